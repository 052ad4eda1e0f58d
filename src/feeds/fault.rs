//! What is wrong with a record: which field, and why, as a person reads it.

use crate::domain::listing::RejectedLine;

/// Faults described of one line.
pub(super) const FAULTS_A_LINE_MAX: usize = 10;
/// Longest name of a field, and longest reason, of a fault, bytes: both may quote the record.
const TOLD_BYTES_MAX: usize = 900;
/// How what is said of a stream's last record reads where the stream breaks off in it, or before it.
const CUT_OFF: [&str; 2] = ["ends too early", "the document ends"];

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// The field, as a path such as `price.amount` or `identifiers[0].kind`; empty when the record as a whole is at fault.
    pub field: String,
    /// What is wrong, for people.
    pub reason: String,
}

impl RejectedLine {
    pub(super) fn says(&self, fault: &FieldFault) -> bool {
        self.field == fault.field && self.reason == fault.reason
    }
}

impl FieldFault {
    /// The same, of a line.
    #[must_use]
    pub fn at(&self, line: u64) -> RejectedLine {
        RejectedLine {
            line,
            field: self.field.clone(),
            reason: self.reason.clone(),
        }
    }

    /// Whether it says that the stream breaks off.
    pub(super) fn is_of_the_end(&self) -> bool {
        self.field.is_empty() && CUT_OFF.iter().any(|said| self.reason.contains(said))
    }

    pub(super) fn whole(reason: impl Into<String>) -> Self {
        Self {
            field: String::new(),
            reason: reason.into(),
        }
    }
}

/// Faults as they are told and kept: a few, and none longer than a person reads.
pub(super) fn brief(mut faults: Vec<FieldFault>) -> Vec<FieldFault> {
    faults.truncate(FAULTS_A_LINE_MAX);
    for fault in &mut faults {
        for text in [&mut fault.field, &mut fault.reason] {
            if text.len() > TOLD_BYTES_MAX {
                text.truncate(text.floor_char_boundary(TOLD_BYTES_MAX));
                text.push('…');
            }
        }
    }
    faults
}
