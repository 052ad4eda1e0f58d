//! Both sides in words beside each other, times and places in their order, and what hangs on the report.

use crate::casework::views::{OtherReport, ReportView};
use crate::domain::assessment::Comparison;
use crate::domain::description::Description;
use crate::domain::item::{ItemDraft, Verification};
use crate::domain::listing::ListingDraft;
use crate::domain::time::Timestamp;
use crate::http::web::shell::SummaryRow;
use crate::http::web::words;

use super::{item_changes, state_colour};

/// One attribute of both sides.
pub(super) struct SideRow {
    pub(super) name: String,
    pub(super) registered: String,
    pub(super) offered: String,
    /// What the comparison said: words and the tag's colour; empty when it is not compared.
    pub(super) finding: &'static str,
    pub(super) colour: &'static str,
}

/// One event, as the time line shows it.
pub(super) struct Event {
    pub(super) at: String,
    /// The same for programs; empty of a span of time.
    pub(super) machine: String,
    pub(super) what: String,
    pub(super) place: String,
    /// What makes it suspect.
    pub(super) flags: Vec<&'static str>,
    /// It belongs to the theft, the listing, or our own work.
    pub(super) whose: &'static str,
    key: Timestamp,
}

/// Another report that has to do with this one.
pub(super) struct Related {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) item: String,
    pub(super) listing: String,
    pub(super) hundredths: u8,
    pub(super) probability: String,
    pub(super) state: &'static str,
    pub(super) colour: &'static str,
}

/// What both sides say of the object.
pub(super) fn described(view: &ReportView) -> Vec<SideRow> {
    let detail = view
        .report
        .assessment
        .evidence
        .iter()
        .find(|evidence| evidence.comparison == Comparison::Description)
        .map(|evidence| &evidence.detail);
    let agrees = |name: &str| detail.and_then(|detail| detail.get(name)?.as_bool());
    attributes(&view.item.draft, &view.listing.draft, agrees)
}

/// What an item's owner and a listing's seller say of it, one attribute a row; `agrees` tells what a comparison found.
pub(super) fn attributes<T>(item: &ItemDraft, listing: &ListingDraft<T>, agrees: impl Fn(&str) -> Option<bool>) -> Vec<SideRow> {
    let (ours, theirs): (&Description, &Description) = (&item.description, &listing.description);
    let row = |name: &str, ours: &str, theirs: &str, agrees: Option<bool>| {
        let (finding, colour) = match agrees {
            Some(true) => ("Agrees", "green"),
            Some(false) => ("Differs", "red"),
            None => ("", ""),
        };
        SideRow {
            name: name.to_owned(),
            registered: ours.to_owned(),
            offered: theirs.to_owned(),
            finding,
            colour,
        }
    };
    let rows = vec![
        row("Called", &ours.title, &theirs.title, None),
        row("Brand", &ours.brand, &theirs.brand, agrees("brand")),
        row("Model", &ours.model, &theirs.model, agrees("model")),
        row("Colour", &ours.color, &theirs.color, agrees("color")),
        row("Category", &ours.category, &theirs.category, None),
        row("Condition", &ours.condition, &theirs.condition, None),
        row("Marks", &ours.marks, &theirs.marks, None),
        row("In words", &ours.text, &theirs.text, None),
        row(
            "Value, price",
            &words::money(item.value.as_ref()),
            &words::money(listing.price.as_ref()),
            None,
        ),
    ];
    // Under the source's own names, as the feed's settings allow: never compared.
    let extra = theirs.extra.iter().map(|(name, text)| row(name, "", text, None));
    rows.into_iter()
        .chain(extra)
        .filter(|row| !row.registered.is_empty() || !row.offered.is_empty())
        .collect()
}

/// Theft, item, listing and report in the order of time.
pub(super) fn events(view: &ReportView) -> Vec<Event> {
    let theft = &view.theft.theft;
    let draft = &view.listing.draft;
    let (scene, offered) = (words::place(&theft.place), words::place(&draft.place));
    let event = |key: Timestamp, what: &str, place: &str, whose| Event {
        at: words::instant(key),
        machine: words::machine(key),
        what: what.to_owned(),
        place: place.to_owned(),
        flags: Vec::new(),
        whose,
        key,
    };
    let mut events = vec![
        Event {
            at: words::span(theft.from, theft.to),
            machine: String::new(),
            ..event(theft.from, "Stolen within this time", &scene, "theft")
        },
        event(view.theft.created_at, "Theft reported to us", "", "theft"),
        event(view.listing.received_at, "We received the listing", "", "listing"),
        event(view.report.raised_at, "This report was raised", "", "report"),
    ];
    if let Verification::Verified { at, .. } = view.theft.verification {
        events.push(event(at, "Theft verified by an officer", "", "theft"));
    }
    if let Some(at) = draft.posted_at {
        events.push(event(at, "Put up for sale, says the partner", &offered, "listing"));
    }
    if view.listing.revision > 1 {
        let what = format!("Listing last changed (revision {})", view.listing.revision);
        events.push(event(view.listing.updated_at, &what, "", "listing"));
    }
    if let Some(at) = draft.ends_at {
        events.push(event(at, "Sale ends", "", "listing"));
    }
    if draft.posted_at.is_none()
        && let Some(received) = events.iter_mut().find(|event| event.what == "We received the listing")
    {
        received.place = offered;
    }
    events.extend(item_changes::lines(&view.item.changes).into_iter().map(|line| Event {
        flags: line.flags,
        ..event(line.key, &line.what, "", "theft")
    }));
    events.sort_by_key(|event| event.key);
    events
}

/// How the listing reached us. Its address is shown apart, as a link.
pub(super) fn provenance(view: &ReportView) -> Vec<SummaryRow> {
    let draft = &view.listing.draft;
    let mut rows = vec![
        SummaryRow::new("Partner", view.partner.name.clone()),
        SummaryRow::new("Partner’s number", draft.reference.clone()),
        SummaryRow::new("Status", draft.status.word().to_owned()),
        SummaryRow::new(
            "Received",
            format!(
                "{}, revision {}",
                words::instant(view.listing.received_at),
                view.listing.revision
            ),
        ),
    ];
    rows.push(match &draft.seller {
        None => SummaryRow::new("Seller", "not said by the partner".to_owned()),
        Some(seller) => {
            let since = seller
                .since
                .map(|day| format!(", with the partner since {}", day.format("%-d %b %Y")));
            SummaryRow::new(
                "Seller",
                format!("sealed, shown here as {}{}", seller.key.short(), since.unwrap_or_default()),
            )
        }
    });
    rows
}

/// Further reports, as rows.
pub(super) fn related(others: &[OtherReport]) -> Vec<Related> {
    let one = |other: &OtherReport| Related {
        id: other.id.to_string(),
        number: other.number,
        item: if other.item_title.is_empty() {
            "Item no longer shown".to_owned()
        } else {
            other.item_title.clone()
        },
        listing: other.listing_title.clone(),
        hundredths: words::hundredths(other.probability),
        probability: words::probability(other.probability),
        state: other.state,
        colour: state_colour(other.state),
    };
    others.iter().map(one).collect()
}
