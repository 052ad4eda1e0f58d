//! What an owner changed of an item, in sentences, with what makes a change suspect.

use chrono::TimeDelta;

use super::identifiers;
use crate::casework::item_changes::ItemChangeView;
use crate::domain::item_revision::{ItemDifference, ItemField};
use crate::domain::late_entry::Entered;
use crate::domain::time::Timestamp;
use crate::http::web::words;

/// What stands beside a change that came after the listing.
pub(super) const AFTER_LISTING: &str =
    "Entered after the listing was put up: it can have been copied from there, and cannot be counted as proof.";
/// What stands beside a registration that came after the listing, and soon after the theft.
pub(super) const PROMPTLY: &str = "Entered after the listing was put up, but within 3 days of the theft, as victims do: nothing to \
     suspect by itself, and no proof that is independent of the listing.";
/// What stands beside a change that came after the theft was verified.
pub(super) const AFTER_VERIFICATION: &str = "Entered after an officer had verified the theft.";
/// Changes that follow each other within this time are told together, as when photos are put one by one.
const TOGETHER: TimeDelta = TimeDelta::hours(1);
/// What a quoted text may take, characters.
const QUOTED_CHARACTERS: usize = 160;

/// One or several changes that belong together.
pub(super) struct ChangeLine {
    pub(super) key: Timestamp,
    pub(super) at: String,
    pub(super) what: String,
    pub(super) flags: Vec<&'static str>,
}

/// What a page says of all that was entered of an item, where somebody is about to rely on it; nothing where nothing is to be said.
pub(in crate::http::web) fn summary(entered: Entered) -> &'static str {
    match entered {
        Entered::Before => "",
        Entered::Promptly => {
            "after the listing was put up, within 3 days of the theft, as victims do; no proof that is independent of the listing"
        }
        Entered::Late => "wholly or in part after the listing was put up, which cannot be counted as proof: see the report",
    }
}

/// The changes in sentences, oldest first.
pub(super) fn lines(changes: &[ItemChangeView]) -> Vec<ChangeLine> {
    let mut groups: Vec<Vec<&ItemChangeView>> = Vec::new();
    for change in changes {
        let flags = (change.entered, change.after_verification);
        match groups.last_mut() {
            Some(group)
                if group
                    .last()
                    .is_some_and(|last| (last.entered, last.after_verification) == flags && change.at - last.at < TOGETHER) =>
            {
                group.push(change);
            }
            _ => groups.push(vec![change]),
        }
    }
    groups.iter().filter_map(|group| line(group)).collect()
}

fn line(group: &[&ItemChangeView]) -> Option<ChangeLine> {
    let first = group.first()?;
    let mut parts = Vec::new();
    if first.registered {
        parts.push("Item registered with us".to_owned());
    }
    let later = group.iter().filter(|change| !change.registered);
    let differences: Vec<&ItemDifference> = later.flat_map(|change| &change.differences).collect();
    parts.extend(
        differences
            .iter()
            .filter(|one| one.field != ItemField::Photo)
            .map(|one| told(one)),
    );
    let photos = |came: bool| {
        differences
            .iter()
            .filter(|one| one.field == ItemField::Photo && one.after.is_some() == came)
            .count()
    };
    for (number, how) in [(photos(false), "taken away"), (photos(true), "added")] {
        match number {
            0 => {}
            1 => parts.push(format!("a photo {how}")),
            number => parts.push(format!("{number} photos {how}")),
        }
    }
    let flags = [
        (first.entered == Entered::Late, AFTER_LISTING),
        (first.entered == Entered::Promptly, PROMPTLY),
        (first.after_verification, AFTER_VERIFICATION),
    ];
    let lead = if first.registered { "" } else { "Item changed by its owner: " };
    Some(ChangeLine {
        key: first.at,
        at: words::instant(first.at),
        what: format!("{lead}{}", parts.join("; ")),
        flags: flags.into_iter().filter_map(|(holds, text)| holds.then_some(text)).collect(),
    })
}

fn told(difference: &ItemDifference) -> String {
    let name = match difference.field {
        ItemField::Title => "title",
        ItemField::Text => "text",
        ItemField::Language => "language",
        ItemField::Category => "category",
        ItemField::Brand => "brand",
        ItemField::Model => "model",
        ItemField::Color => "colour",
        ItemField::Condition => "condition",
        ItemField::Marks => "marks",
        ItemField::Identifier(kind) => return number(identifiers::word(kind), difference),
        ItemField::Photo => "photo",
    };
    match (&difference.before, &difference.after) {
        (Some(before), Some(after)) => format!("{name} “{}” instead of “{}”", quoted(after), quoted(before)),
        (None, Some(after)) => format!("{name} “{}” added", quoted(after)),
        (Some(before), None) => format!("{name} “{}” taken away", quoted(before)),
        (None, None) => format!("{name} changed"),
    }
}

fn number(kind: &str, difference: &ItemDifference) -> String {
    match (&difference.before, &difference.after) {
        (_, Some(after)) => format!("{kind} {} added", quoted(after)),
        (before, None) => format!("{kind} {} taken away", quoted(before.as_deref().unwrap_or_default())),
    }
}

fn quoted(text: &str) -> String {
    if text.chars().count() <= QUOTED_CHARACTERS {
        return text.to_owned();
    }
    let cut: String = text.chars().take(QUOTED_CHARACTERS).collect();
    format!("{cut} …")
}

#[cfg(test)]
mod tests {
    use replevin_index::identifier::IdentifierKind;

    use super::*;

    fn change(minutes: i64, late: bool, differences: &[(ItemField, Option<&str>, Option<&str>)]) -> ItemChangeView {
        ItemChangeView {
            at: Timestamp::UNIX_EPOCH + TimeDelta::minutes(minutes),
            registered: minutes == 0,
            differences: (differences.iter())
                .map(|(field, before, after)| ItemDifference {
                    field: *field,
                    before: before.map(str::to_owned),
                    after: after.map(str::to_owned),
                })
                .collect(),
            after_verification: false,
            entered: if late { Entered::Late } else { Entered::Before },
        }
    }

    #[test]
    fn what_a_victim_entered_soon_is_told_as_that() {
        let mut prompt = change(0, false, &[(ItemField::Title, None, Some("Bicycle"))]);
        prompt.entered = Entered::Promptly;
        let flags: Vec<_> = lines(&[prompt]).into_iter().flat_map(|line| line.flags).collect();
        assert_eq!(flags, [PROMPTLY]);
        let days = format!("within {} days", crate::domain::late_entry::PROMPT_DAYS);
        assert!(PROMPTLY.contains(&days) && summary(Entered::Promptly).contains(&days));
        assert_eq!(summary(Entered::Before), "");
    }

    #[test]
    fn photos_put_one_by_one_are_one_line_and_what_came_late_is_its_own() {
        let frame = ItemField::Identifier(IdentifierKind::FrameNumber);
        let changes = [
            change(0, false, &[(ItemField::Title, None, Some("Bicycle"))]),
            change(1, false, &[(ItemField::Photo, None, Some("aa"))]),
            change(2, false, &[(ItemField::Photo, None, Some("bb"))]),
            change(
                3,
                true,
                &[
                    (frame, None, Some("WBK123456Z")),
                    (ItemField::Marks, Some("dent"), Some("scratch")),
                ],
            ),
        ];
        let told: Vec<_> = lines(&changes).into_iter().map(|line| (line.what, line.flags)).collect();
        let expected = [
            ("Item registered with us; 2 photos added".to_owned(), vec![]),
            (
                "Item changed by its owner: Frame number WBK123456Z added; marks “scratch” instead of “dent”".to_owned(),
                vec![AFTER_LISTING],
            ),
        ];
        assert_eq!(told, expected);
    }
}
