//! How synthetic traffic is told apart: one trace a journey, one span a request, and header fields that say so. Pure.
//!
//! Everything is derived from the run's id, so that a replay asks for the same.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Header fields that a document must not set.
pub const RESERVED: [&str; 6] = [
    "traceparent",
    "tracestate",
    "baggage",
    "x-steadfast-run",
    "host",
    "content-length",
];

/// The trace that a run's requests belong to, as 32 lower-case hex digits.
pub fn trace_id(run: Uuid) -> String {
    run.as_simple().to_string()
}

/// The run as a number that JSON keeps exactly: its first 48 bits.
pub fn run_number(run: Uuid) -> u64 {
    run.as_u64_pair().0 >> 16
}

/// The header fields of the `index`th request of a run, by lower-case name.
pub fn headers(run: Uuid, index: usize) -> [(&'static str, String); 5] {
    let traceparent = format!("00-{}-{}-01", trace_id(run), span_id(run, index));
    [
        ("traceparent", traceparent),
        ("tracestate", "steadfast=probe".into()),
        ("baggage", "user_agent.synthetic.type=test".into()),
        (
            "user-agent",
            concat!("steadfast/", env!("CARGO_PKG_VERSION"), " (synthetic)").into(),
        ),
        ("x-steadfast-run", run.to_string()),
    ]
}

/// 16 lower-case hex digits; never all zero, which W3C Trace Context forbids.
fn span_id(run: Uuid, index: usize) -> String {
    let mut hash = Sha256::new();
    hash.update(run.as_bytes());
    hash.update((index as u64).to_be_bytes());
    let digest = hash.finalize();
    let id = digest[..8]
        .iter()
        .fold(0_u64, |id, byte| id << 8 | u64::from(*byte));
    format!("{:016x}", id.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_trace_a_run_and_one_span_a_request() {
        let run = Uuid::from_u128(0x0192_3456_789a_7bcd_8123_4567_89ab_cdef);
        let traceparent = |index| headers(run, index)[0].1.clone();
        assert!(traceparent(0).starts_with("00-01923456789a7bcd8123456789abcdef-"));
        assert_eq!(traceparent(0).len(), 55);
        assert_eq!(traceparent(0), traceparent(0));
        assert_ne!(traceparent(0), traceparent(1));
        assert_eq!(run_number(run), 0x0192_3456_789a);
    }
}
