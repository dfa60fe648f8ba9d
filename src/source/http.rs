//! Synthetic requests with the time of every phase.
