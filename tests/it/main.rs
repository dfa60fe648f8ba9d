//! The integration tests: one program, a module a subject.

fn main() {}
