//! Alert rules: loaded as written, able to fire, and quiet.
