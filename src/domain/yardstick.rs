//! The yardstick: agreed words for a probability.
//!
//! Source of the bands: the uncertainty yardstick of a UK police profile of 2017. The bands leave gaps on purpose; a value
//! inside a gap takes the neighbouring band that is nearer to an even chance.

use serde::{Deserialize, Serialize};

/// One band: words for the probabilities from `from` to `to`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Its words.
    pub words: String,
    /// Lowest probability, inclusive.
    pub from: f64,
    /// Highest probability, inclusive.
    pub to: f64,
}

/// A table of bands in rising order, and its version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Yardstick {
    /// Names the table, shown with every probability.
    pub version: String,
    /// The bands.
    pub bands: Vec<Band>,
}

/// A yardstick that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("yardstick bands must rise without overlap from 0 to 1, and at least one is needed")]
pub struct YardstickError;

impl Default for Yardstick {
    fn default() -> Self {
        let band = |words: &str, from: f64, to: f64| Band {
            words: words.to_owned(),
            from,
            to,
        };
        Self {
            version: "uk-police-2017".to_owned(),
            bands: vec![
                band("remote or highly unlikely", 0.0, 0.10),
                band("improbable or unlikely", 0.15, 0.20),
                band("realistic possibility", 0.25, 0.50),
                band("probable or likely", 0.55, 0.70),
                band("highly probable or very likely", 0.75, 0.85),
                band("almost certain", 0.90, 1.0),
            ],
        }
    }
}

impl Yardstick {
    /// Checks a table that came from configuration.
    pub fn check(&self) -> Result<(), YardstickError> {
        let rises = self.bands.windows(2).all(|pair| pair[0].to <= pair[1].from);
        let whole = self.bands.iter().all(|band| band.from <= band.to);
        match (self.bands.first(), self.bands.last()) {
            (Some(first), Some(last)) if rises && whole && first.from <= 0.0 && last.to >= 1.0 => Ok(()),
            _ => Err(YardstickError),
        }
    }

    /// The words for a probability.
    #[must_use]
    pub fn words(&self, probability: f64) -> &str {
        let mut below: Option<&Band> = None;
        for band in &self.bands {
            if probability < band.from {
                // In the gap between `below` and `band`: the one nearer to an even chance.
                let nearer = match below {
                    Some(lower) if (0.5 - lower.to).abs() < (0.5 - band.from).abs() => lower,
                    _ => band,
                };
                return &nearer.words;
            }
            if probability <= band.to {
                return &band.words;
            }
            below = Some(band);
        }
        below.map_or("", |band| &band.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_bands_and_gaps() {
        let yardstick = Yardstick::default();
        for (probability, words) in [
            (0.0, "remote or highly unlikely"),
            (0.10, "remote or highly unlikely"),
            (0.12, "improbable or unlikely"),
            (0.22, "realistic possibility"),
            (0.5, "realistic possibility"),
            (0.52, "realistic possibility"),
            (0.72, "probable or likely"),
            (0.87, "highly probable or very likely"),
            (0.90, "almost certain"),
            (1.0, "almost certain"),
        ] {
            assert_eq!(yardstick.words(probability), words, "{probability}");
        }
    }

    #[test]
    fn refuses_bands_that_overlap() {
        let mut yardstick = Yardstick::default();
        assert_eq!(yardstick.check(), Ok(()));
        yardstick.bands[1].from = 0.05;
        assert_eq!(yardstick.check(), Err(YardstickError));
    }
}
