//! Windows of time, and their halves. Pure.

use jiff::Timestamp;

/// How often a window is halved: of an hour 3.4 ms are left, which tells a burst from a store that cannot say more.
const MAX_DEPTH: u32 = 20;

/// Requests for a search of `limit` traces in pages of `page`: enough for an honest store whose traces come in bursts, and an
/// end for one whose pages are always full.
pub(super) fn most_requests(page: u32, limit: u32) -> usize {
    64 + 8 * (limit / page.max(1)) as usize
}

/// A stretch of time to search, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    depth: u32,
}

impl Window {
    pub(super) fn new(from: Timestamp, to: Timestamp) -> Self {
        Self { from, to, depth: 0 }
    }

    /// Its earlier and its later half, which share the moment between them; none where it is small enough.
    pub(super) fn halves(self) -> Option<[Window; 2]> {
        let (from, to) = (self.from.as_microsecond(), self.to.as_microsecond());
        if self.depth == MAX_DEPTH || to - from < 2 {
            return None;
        }
        let middle = Timestamp::from_microsecond(from + (to - from) / 2).ok()?;
        let depth = self.depth + 1;
        Some([
            Window {
                to: middle,
                depth,
                ..self
            },
            Window {
                from: middle,
                depth,
                ..self
            },
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_cover_the_whole_and_come_to_an_end() {
        let at = |us| Timestamp::from_microsecond(us).unwrap();
        let [early, late] = Window::new(at(10), at(21)).halves().unwrap();
        assert_eq!((early.from, early.to), (at(10), at(15)));
        assert_eq!((late.from, late.to), (at(15), at(21)));
        assert_eq!(Window::new(at(10), at(11)).halves(), None);
        assert_eq!(Window::new(at(11), at(10)).halves(), None);
        let mut window = Window::new(at(0), Timestamp::MAX);
        let mut n_halved = 0;
        while let Some([early, _]) = window.halves() {
            window = early;
            n_halved += 1;
        }
        assert_eq!(n_halved, MAX_DEPTH);
    }
}
