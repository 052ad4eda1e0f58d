//! The listing's revisions on the report page: what changed when, and the record as it is kept.

use crate::casework::views::RevisionView;
use crate::http::web::words;

/// One revision, in words.
pub(super) struct RevisionRow {
    pub(super) number: u32,
    pub(super) received: String,
    /// The delivery that brought it, as far as it is kept.
    pub(super) delivery: Option<DeliveryRow>,
    /// What changed: field, before, after.
    pub(super) changes: Vec<Change>,
    pub(super) record: String,
    pub(super) sha256: String,
}

/// A delivery as its receipt tells it.
pub(super) struct DeliveryRow {
    pub(super) received: String,
    pub(super) size: u64,
    pub(super) sha256: String,
}

/// One field that changed.
pub(super) struct Change {
    pub(super) field: String,
    pub(super) before: String,
    pub(super) after: String,
}

pub(super) fn rows(revisions: &[RevisionView]) -> Vec<RevisionRow> {
    revisions.iter().map(row).collect()
}

fn row(revision: &RevisionView) -> RevisionRow {
    RevisionRow {
        number: revision.number,
        received: words::instant(revision.received_at),
        delivery: revision.delivery.as_ref().map(|delivery| DeliveryRow {
            received: words::instant(delivery.received_at),
            size: delivery.size_bytes,
            sha256: delivery.sha256.to_string(),
        }),
        changes: revision.differences.iter().map(change).collect(),
        record: revision.record.clone(),
        sha256: revision.sha256.to_string(),
    }
}

fn change((path, before, after): &(String, String, String)) -> Change {
    let field = path.strip_prefix("description.").unwrap_or(path).replace(['.', '_'], " ");
    let said = |text: &String| if text.is_empty() { "nothing".to_owned() } else { text.clone() };
    Change {
        field: words::capitalised(&field),
        before: said(before),
        after: said(after),
    }
}
