//! What time it is: the one place that reads the clock.

use jiff::Timestamp;

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge where time is read"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
