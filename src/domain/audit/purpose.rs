//! The purpose for which personal data is looked at or asked for: a case and a reason.

use serde::{Deserialize, Serialize};

/// Why personal data is looked at or asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    /// The case number.
    pub case: String,
    /// The reason in the person's words.
    pub reason: String,
}

/// A purpose that says too little.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PurposeError {
    /// No case number.
    #[error("the case number is missing or longer than 100 characters")]
    Case,
    /// No reason.
    #[error("the reason is missing, shorter than 5 characters, or longer than 1,000")]
    Reason,
    /// Neither.
    #[error("{}; {}", Self::Case, Self::Reason)]
    Both,
}

impl PurposeError {
    /// What is at fault, one by one.
    #[must_use]
    pub fn faults(self) -> &'static [Self] {
        match self {
            Self::Case => &[Self::Case],
            Self::Reason => &[Self::Reason],
            Self::Both => &[Self::Case, Self::Reason],
        }
    }
}

impl Purpose {
    /// Reads a purpose from what somebody typed.
    pub fn parse(case: &str, reason: &str) -> Result<Self, PurposeError> {
        let (case, reason) = (case.trim(), reason.trim());
        let case_reads = (1..=100).contains(&case.chars().count());
        let reason_reads = (5..=1000).contains(&reason.chars().count());
        match (case_reads, reason_reads) {
            (true, true) => Ok(Self {
                case: case.to_owned(),
                reason: reason.to_owned(),
            }),
            (false, true) => Err(PurposeError::Case),
            (true, false) => Err(PurposeError::Reason),
            (false, false) => Err(PurposeError::Both),
        }
    }

    /// Whether it names this case, however upper and lower case and white space are written.
    #[must_use]
    pub fn is_for_case(&self, case: &str) -> bool {
        let bare = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
        bare(&self.case) == bare(case)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_the_same_however_it_is_spaced() {
        let purpose = Purpose::parse("4100-1-26 K", "a stolen bicycle");
        let is_for = |case: &str| purpose.as_ref().is_ok_and(|purpose| purpose.is_for_case(case));
        assert!(is_for("4100-1-26 K") && is_for(" 4100-1-26k"));
        assert!(!is_for("4100-1-27 K") && !is_for("my own curiosity"));
    }
}
