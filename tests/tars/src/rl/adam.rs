//! The Adam optimiser (Kingma and Ba, 2015): what both agents learn with.

/// First and second moments of the gradient of `N` weights.
#[derive(Clone, Debug)]
pub(crate) struct Adam<const N: usize> {
    rate: f64,
    share: f64,
    mean: [f64; N],
    square: [f64; N],
    decay: (f64, f64),
}

impl<const N: usize> Adam<N> {
    const MEAN_DECAY: f64 = 0.9;
    const SQUARE_DECAY: f64 = 0.999;

    /// An optimiser with the given learning rate.
    pub(crate) fn new(rate: f64) -> Self {
        Self {
            rate,
            share: 1.0,
            mean: [0.0; N],
            square: [0.0; N],
            decay: (1.0, 1.0),
        }
    }

    /// Slows down: from now on, the learning rate is this share of what it was at first.
    pub(crate) fn anneal(&mut self, share: f64) {
        self.share = share;
    }

    /// Moves the weights one step against the gradient.
    pub(crate) fn descend(&mut self, weights: &mut [f64; N], gradient: &[f64; N]) {
        self.decay.0 *= Self::MEAN_DECAY;
        self.decay.1 *= Self::SQUARE_DECAY;
        let scale = self.share * self.rate * (1.0 - self.decay.1).sqrt() / (1.0 - self.decay.0);
        for i in 0..N {
            self.mean[i] = Self::MEAN_DECAY * self.mean[i] + (1.0 - Self::MEAN_DECAY) * gradient[i];
            self.square[i] = Self::SQUARE_DECAY * self.square[i]
                + (1.0 - Self::SQUARE_DECAY) * gradient[i] * gradient[i];
            weights[i] -= scale * self.mean[i] / (self.square[i].sqrt() + 1e-8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_the_learning_rate() {
        let mut weights = [1.0, 1.0];
        Adam::new(0.1).descend(&mut weights, &[3.0, -0.01]);
        assert!((weights[0] - 0.9).abs() < 1e-6 && (weights[1] - 1.1).abs() < 1e-5);
    }
}
