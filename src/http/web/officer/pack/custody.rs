//! The custody record: from the first word on either side to this pack, who did what when, and by what it can be told again.

use serde::Serialize;

use super::Contents;
use crate::domain::item::Verification;
use crate::domain::time::Timestamp;
use crate::http::web::words;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct CustodyLine {
    pub(super) at: Timestamp,
    pub(super) what: String,
    /// Who did it.
    pub(super) by: String,
    /// A hash or a number by which it can be told again; empty when there is none.
    pub(super) reference: String,
}

/// The record, oldest step first.
pub(super) fn lines(contents: &Contents) -> Vec<CustodyLine> {
    let (facts, view) = (&contents.facts, &contents.facts.view);
    let line = |at, what: &str, by: &str, reference: String| CustodyLine {
        at,
        what: what.to_owned(),
        by: by.to_owned(),
        reference,
    };
    let mut lines = vec![line(view.theft.created_at, "theft reported", "the reporter", String::new())];
    if let Verification::Verified { at, .. } = view.theft.verification {
        let case = view.theft.theft.crime_reference.clone().unwrap_or_default();
        lines.push(line(at, "theft verified", "an officer", case));
    }
    for change in &view.item.changes {
        let what = if change.registered {
            "item registered"
        } else {
            "item changed"
        };
        lines.push(line(change.at, what, "its owner", String::new()));
    }
    for (revision, delivery) in &facts.revisions {
        let what = format!("listing received, revision {}", revision.number);
        let reference = delivery.as_ref().map_or_else(String::new, |delivery| {
            format!("delivery of {} bytes, SHA-256 {}", delivery.size_bytes, delivery.sha256)
        });
        lines.push(line(revision.received_at, &what, &view.partner.name, reference));
    }
    for photo in &facts.photos {
        let of = contents.photos.iter().find(|shown| shown.sha256 == photo.sha256);
        let what = format!(
            "photo {} first received, {} of {} × {}",
            of.map_or("", |shown| shown.name.as_str()),
            photo.format,
            photo.width,
            photo.height
        );
        lines.push(line(
            photo.created_at,
            &what,
            "the service",
            format!("SHA-256 {}", photo.sha256),
        ));
    }
    // What colleagues say to each other is no part of the record.
    for step in view.history.iter().filter(|step| step.event.step != "commented") {
        let what = format!("report: {}", step.event.step);
        let note = step.event.note.clone().unwrap_or_default();
        let note = match &step.event.facts {
            Some(facts) => format!("seen: {facts}; concluded: {note}"),
            None => note,
        };
        lines.push(line(
            step.event.at,
            &what,
            step.by_name.as_deref().unwrap_or("the service"),
            note,
        ));
    }
    let log = format!("log: {} entries, head {}", facts.log.entries, hex::encode(facts.log.head.0));
    let what = format!("this pack made, marked {}", facts.marking.word());
    lines.push(line(contents.now, &what, &facts.by_name, log));
    lines.sort_by_key(|line| line.at);
    lines
}

impl CustodyLine {
    /// When, as people read it.
    pub(super) fn when(&self) -> String {
        words::instant(self.at)
    }
}
