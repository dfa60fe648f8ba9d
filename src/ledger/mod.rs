//! What was judged, kept over restarts.
