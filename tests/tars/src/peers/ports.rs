//! Free loopback ports.

use std::net::TcpListener;

use rand::RngExt;

/// Below the range from which the kernel takes ports of outgoing connections: nobody takes ours by chance.
const RANGE: std::ops::Range<u16> = 20_000..32_000;

/// A port of 127.0.0.1 that nobody listens on.
///
/// # Panics
/// When none is found in a thousand tries.
pub fn free_port() -> u16 {
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let mut tries = (0..1000).map(|_| rand::rng().random_range(RANGE));
    tries.find(free).expect("some port is free")
}
