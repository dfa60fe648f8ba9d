//! The body of an answer, read up to a limit. Pure.

use reqwest::StatusCode;

/// What was read of an answer.
#[derive(Debug)]
pub(super) struct Body {
    /// The status it came with.
    pub(super) status: StatusCode,
    /// What was read.
    pub(super) bytes: Vec<u8>,
}

impl Body {
    /// Nothing read yet.
    pub(super) fn new(status: StatusCode) -> Self {
        Self {
            status,
            bytes: Vec::new(),
        }
    }

    /// Takes a chunk; false when it would exceed `limit` bytes.
    pub(super) fn take(&mut self, chunk: &[u8], limit: usize) -> bool {
        let fits = self.bytes.len() + chunk.len() <= limit;
        if fits {
            self.bytes.extend_from_slice(chunk);
        }
        fits
    }
}

/// A number of bytes for people.
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        bytes if bytes >= 1 << 20 => format!("{} MiB", bytes >> 20),
        bytes => format!("{} KiB", bytes >> 10),
    }
}
