//! tars
fn main() {}
