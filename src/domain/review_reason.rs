//! Why an officer decided as they did, from a fixed set beside their own words: what can be counted and learned from.

use serde::{Deserialize, Serialize};

use super::report::Decision;

/// A reason for a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewReason {
    /// The number is the registered one.
    SameNumber,
    /// A photo shows the very object.
    SamePhoto,
    /// A mark, damage or alteration is the item's own.
    SameMarks,
    /// The owner recognises it.
    OwnerRecognises,
    /// Taken together it leaves no doubt, though nothing does by itself.
    AllTogether,
    /// It bears another number.
    AnotherNumber,
    /// It looks different: another model, colour or mark.
    LooksDifferent,
    /// It was with the seller, or on sale, before the theft.
    BeforeTheTheft,
    /// The owner says that it is another object.
    OwnerDenies,
    /// Picture or text are copied from elsewhere, so that they prove nothing.
    Copied,
    /// The seller has it lawfully, though it may be the item: its owner sold it, an insurer or a pawnbroker owns it, or it was bought
    /// in good faith.
    LawfulSeller,
    /// There is too little to tell.
    TooLittle,
}

impl ReviewReason {
    /// The reasons that a decision can rest on, in the order in which forms show them.
    #[must_use]
    pub fn of(decision: Decision) -> &'static [Self] {
        match decision {
            Decision::Confirmed => &[
                Self::SameNumber,
                Self::SamePhoto,
                Self::SameMarks,
                Self::OwnerRecognises,
                Self::AllTogether,
            ],
            Decision::Dismissed => &[
                Self::AnotherNumber,
                Self::LooksDifferent,
                Self::BeforeTheTheft,
                Self::OwnerDenies,
                Self::Copied,
                Self::LawfulSeller,
                Self::TooLittle,
            ],
        }
    }

    /// The word in files and forms.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SameNumber => "same_number",
            Self::SamePhoto => "same_photo",
            Self::SameMarks => "same_marks",
            Self::OwnerRecognises => "owner_recognises",
            Self::AllTogether => "all_together",
            Self::AnotherNumber => "another_number",
            Self::LooksDifferent => "looks_different",
            Self::BeforeTheTheft => "before_the_theft",
            Self::OwnerDenies => "owner_denies",
            Self::Copied => "copied",
            Self::LawfulSeller => "lawful_seller",
            Self::TooLittle => "too_little",
        }
    }

    /// In a few words, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SameNumber => "the number is the registered one",
            Self::SamePhoto => "a photo shows the very object",
            Self::SameMarks => "a mark or damage is the item’s own",
            Self::OwnerRecognises => "the owner recognises it",
            Self::AllTogether => "everything taken together",
            Self::AnotherNumber => "it bears another number",
            Self::LooksDifferent => "it looks different: model, colour or marks",
            Self::BeforeTheTheft => "it was there before the theft",
            Self::OwnerDenies => "the owner says it is another object",
            Self::Copied => "picture or text are copied from elsewhere",
            Self::LawfulSeller => "the seller has it lawfully: sold by its owner, an insurer’s, pawned, or bought in good faith",
            Self::TooLittle => "there is too little to tell",
        }
    }

    /// Whether the reason itself says that the listing is another object, and not only that nothing can be told. That the seller has
    /// it lawfully does not: it may be the very item.
    #[must_use]
    pub fn tells_another(self) -> bool {
        matches!(
            self,
            Self::AnotherNumber | Self::LooksDifferent | Self::BeforeTheTheft | Self::OwnerDenies
        )
    }

    /// Reads a reason of a decision.
    #[must_use]
    pub fn parse(decision: Decision, word: &str) -> Option<Self> {
        Self::of(decision).iter().copied().find(|reason| reason.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_belongs_to_one_decision_and_is_written_as_in_files() {
        for (decision, other) in [
            (Decision::Confirmed, Decision::Dismissed),
            (Decision::Dismissed, Decision::Confirmed),
        ] {
            for reason in ReviewReason::of(decision) {
                assert_eq!(ReviewReason::parse(decision, reason.word()), Some(*reason));
                assert_eq!(ReviewReason::parse(other, reason.word()), None);
                let json = serde_json::to_value(reason).unwrap_or_default();
                assert_eq!(json, reason.word());
            }
        }
    }
}
