//! tars
mod rl;
