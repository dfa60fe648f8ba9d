//! The sentences of an SLO's verdicts, and the numbers they turn on. Pure.

use super::burn::{BurnRate, ErrorRatio};
use super::judge::{Burning, Spent};
use super::number;
use super::plan::Plan;
use crate::duration::human;
use crate::verdict::{Figure, Reason, Unit};

impl Plan {
    /// A pair that burns too fast.
    pub(super) fn says_burning(&self, burning: &Burning, budget: &Result<Spent, Reason>) -> String {
        format!(
            "{} ({}; {}{})",
            self.says_bad(burning),
            self.says_rates(burning, "where"),
            self.says_budget(budget),
            self.says_left(burning.rate, budget),
        )
    }

    /// A pair that does not. Burn rates are told where one window alone has more bad events than is promised.
    pub(super) fn says_kept(&self, burning: &Burning, budget: &Result<Spent, Reason>) -> String {
        let worst = burning.short.ratio().max(burning.long.ratio());
        let rates = match worst > self.objective.budget().ratio() {
            true => format!("{}; ", self.says_rates(burning, "where both above")),
            false => String::new(),
        };
        format!(
            "{} ({rates}{})",
            self.says_bad(burning),
            self.says_budget(budget)
        )
    }

    /// The share of bad events in both windows, and what is promised.
    fn says_bad(&self, burning: &Burning) -> String {
        format!(
            "{} of {} were bad over the last {} and {} over the last {}; at most {} is promised",
            number::percent(burning.short.ratio()),
            self.measure.noun(),
            human(burning.pair.short),
            number::percent(burning.long.ratio()),
            human(burning.pair.long),
            number::percent(self.objective.budget().ratio()),
        )
    }

    /// The burn rates of both windows beside the factor.
    fn says_rates(&self, burning: &Burning, limit: &str) -> String {
        let factor = burning.pair.factor.0;
        let burn = |ratio: ErrorRatio| number::factor_beside(ratio.burn(self.objective).0, factor);
        format!(
            "burning {} and {}, {limit} {} is too fast",
            burn(burning.short),
            burn(burning.long),
            number::factor(factor),
        )
    }

    /// How much of the budget is spent, with what is known of it.
    pub(super) fn says_budget(&self, budget: &Result<Spent, Reason>) -> String {
        let window = human(self.window);
        match budget {
            Ok(spent) => format!(
                "{} of the error budget over {window} is spent, with {} of it covered",
                number::percent(spent.share.0),
                number::percent(spent.covered),
            ),
            Err(reason) => format!("the error budget over {window} is unknown: {reason}"),
        }
    }

    /// How long the rest of the budget lasts.
    fn says_left(&self, rate: BurnRate, budget: &Result<Spent, Reason>) -> String {
        let left = budget.as_ref().ok().map(|spent| spent.share.remaining());
        match left.and_then(|left| rate.lasts(left, self.window)) {
            Some(lasts) => format!(", and the rest lasts {}", human(lasts)),
            None => String::new(),
        }
    }

    pub(super) fn burn_figure(&self, burning: &Burning) -> Figure {
        let (short, long) = (human(burning.pair.short), human(burning.pair.long));
        Figure {
            name: format!("burn rate over {short} and {long}"),
            value: burning.rate.0,
            target: Some(burning.pair.factor.0),
            unit: Unit::Factor,
            lower_is_better: true,
        }
    }

    pub(super) fn budget_figure(&self, spent: &Spent) -> Figure {
        Figure {
            name: format!("error budget spent over {}", human(self.window)),
            value: spent.share.0,
            target: Some(1.0),
            unit: Unit::Ratio,
            lower_is_better: true,
        }
    }
}
