//! The history strip: past evaluations as bars whose height tells the standing, so that no colour is needed to read it.

use crate::report::number::count;
use crate::report::{HistoryPoint, Standing};

/// Units of width of one bar, gap included.
const STEP: usize = 5;

/// A strip, drawn as one path for each standing.
pub(super) struct Strip {
    /// Of the drawing; 0 where there is no history.
    pub(super) width: usize,
    /// Class and path of each standing that occurs.
    pub(super) paths: Vec<(&'static str, String)>,
    /// The same in words.
    pub(super) label: String,
}

impl Strip {
    /// The newest `most` evaluations, oldest left.
    pub(super) fn new(history: &[HistoryPoint], most: usize) -> Self {
        let shown = &history[history.len().saturating_sub(most)..];
        let paths = Standing::ALL
            .into_iter()
            .map(|standing| (standing.name(), path(shown, standing)));
        Self {
            width: shown.len() * STEP,
            paths: paths.filter(|(_, path)| !path.is_empty()).collect(),
            label: label(shown),
        }
    }
}

/// A bar for every evaluation of this standing: low for kept, half for can't tell, full for broken.
fn path(shown: &[HistoryPoint], standing: Standing) -> String {
    let height = match standing {
        Standing::Kept => 3,
        Standing::Unknown => 9,
        Standing::Broken => 16,
    };
    let bars = shown
        .iter()
        .enumerate()
        .filter(|(_, point)| point.standing == standing);
    bars.map(|(at, _)| format!("M{} 16v-{height}h4v{height}z", at * STEP))
        .collect()
}

fn label(shown: &[HistoryPoint]) -> String {
    let of = |standing| {
        shown
            .iter()
            .filter(|point| point.standing == standing)
            .count()
    };
    let told = Standing::ALL
        .into_iter()
        .filter(|standing| of(*standing) > 0)
        .map(|standing| format!("{} {}", count(of(standing) as f64), standing.word()));
    let told: Vec<_> = told.collect();
    format!(
        "the last {}: {}",
        crate::report::number::plural(shown.len(), "evaluation"),
        told.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::row::samples::at;

    #[test]
    fn the_newest_are_drawn_and_told() {
        let standings = [
            Standing::Broken,
            Standing::Kept,
            Standing::Unknown,
            Standing::Broken,
        ];
        let history = standings.map(|standing| HistoryPoint {
            at: at(0),
            standing,
            value: None,
        });
        let strip = Strip::new(&history, 3);
        assert_eq!(strip.width, 15);
        assert_eq!(
            strip.paths,
            [
                ("fail", "M10 16v-16h4v16z".to_owned()),
                ("inconclusive", "M5 16v-9h4v9z".to_owned()),
                ("pass", "M0 16v-3h4v3z".to_owned()),
            ]
        );
        assert_eq!(
            strip.label,
            "the last 3 evaluations: 1 broken, 1 can't tell, 1 kept"
        );
    }

    #[test]
    fn no_history_is_no_drawing() {
        assert_eq!(Strip::new(&[], 3).width, 0);
    }
}
