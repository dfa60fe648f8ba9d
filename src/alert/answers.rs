//! Reading exhibits in the form a judgement needs them. Pure.

use jiff::Timestamp;

use crate::evidence::{Answer, Ask, Evidence, LoadedRule, Sample};
use crate::promise::Step;
use crate::verdict::{Reason, Verdict};

/// Asks what has not been asked, then judges. The verdict cites every answer.
pub(crate) fn ask_then_judge(
    seen: &Evidence,
    asks: Vec<Ask>,
    judge: impl FnOnce() -> Verdict,
) -> Step {
    let missing = seen.missing(asks.iter().cloned());
    if !missing.is_empty() {
        return Step::Ask(missing);
    }
    let cites = asks
        .iter()
        .filter_map(|ask| seen.latest(ask).map(|(at, _)| at));
    Step::Done(judge().citing(cites))
}

/// The worst of what was found, the first of equals; `pass` when nothing was.
pub(crate) fn worst(
    found: impl IntoIterator<Item = Option<Verdict>>,
    pass: impl FnOnce() -> Verdict,
) -> Verdict {
    found
        .into_iter()
        .flatten()
        .min_by_key(|verdict| verdict.outcome.badness())
        .unwrap_or_else(pass)
}

/// The samples that answer `ask`.
pub(crate) fn samples<'a>(seen: &'a Evidence, ask: &Ask) -> Result<&'a [Sample], Reason> {
    match answer(seen, ask)? {
        (Answer::Vector(samples), _) => Ok(samples),
        _ => Err(senseless(ask)),
    }
}

/// The rules that answer `ask`, and when they were asked for.
pub(crate) fn rules<'a>(
    seen: &'a Evidence,
    ask: &Ask,
) -> Result<(&'a [LoadedRule], Timestamp), Reason> {
    match answer(seen, ask)? {
        (Answer::AlertRules(rules), at) => Ok((rules, at)),
        _ => Err(senseless(ask)),
    }
}

fn answer<'a>(seen: &'a Evidence, ask: &Ask) -> Result<(&'a Answer, Timestamp), Reason> {
    let Some((_, exhibit)) = seen.latest(ask) else {
        let what = "a question has not been asked".into();
        return Err(Reason::Blocked { what });
    };
    match &exhibit.answer {
        Ok(answer) => Ok((answer, exhibit.at)),
        Err(reason) => Err(reason.clone()),
    }
}

fn senseless(ask: &Ask) -> Reason {
    Reason::Unreachable {
        peer: ask.peer().unwrap_or_default().to_owned(),
        error: "it answers another question".into(),
    }
}
