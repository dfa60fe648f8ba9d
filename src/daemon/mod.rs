//! Evaluation on a timer.
