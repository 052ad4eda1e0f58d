//! The identifiers of both sides, pair by pair, with the characters that differ.
//!
//! Lists what either side gave and what stands in its texts, read just as matching reads them. Leaves weights to `matching`.

use replevin_index::identifier::{FoundIdentifier, FoundIn, IdentifierKind, Scheme, Validity, distance};
use uuid::Uuid;

use super::align::align;
use crate::domain::description::Description;
use crate::http::web::shell::SerialRun;
use crate::http::web::words::sentence;
use crate::matching::project::{PhotoFacts, item_record, listing_record};

const FORM_FITS: &str = "form fits, there is no check digit";
/// With the version of its software an IMEI has two digits more and loses the one that checks it.
const IMEISV_DIGITS: usize = 16;

/// One row: a number of the register, one of the listing, or both.
pub(super) struct IdentifierRow {
    pub(super) kind: &'static str,
    pub(super) registered: Option<Number>,
    pub(super) offered: Option<Number>,
    /// What the comparison says in two or three words, and the tag's colour.
    pub(super) finding: &'static str,
    pub(super) colour: &'static str,
    /// Each difference in words.
    pub(super) differences: Vec<String>,
}

/// A number as it is shown.
pub(super) struct Number {
    pub(super) runs: Vec<SerialRun>,
    /// As somebody wrote it, when that is not how it is compared.
    pub(super) written: Option<String>,
    pub(super) place: &'static str,
    /// What its grammar says of it.
    pub(super) verdict: &'static str,
}

impl Number {
    pub(super) fn runs(&self) -> &[SerialRun] {
        &self.runs
    }
}

/// Compares the numbers of an item with those of a listing.
pub(super) fn rows(item: &Description, listing: &Description, [our, their]: &[Vec<PhotoFacts>; 2]) -> Vec<IdentifierRow> {
    let mut ours = item_record(Uuid::nil(), None, item, our).identifiers;
    let mut theirs = listing_record(Uuid::nil(), None, listing, their).identifiers;
    drop_mere_words(&mut ours, &theirs);
    drop_mere_words(&mut theirs, &ours);
    let mut rows = Vec::new();
    let mut alone = Vec::new();
    for one in ours {
        match nearest(&one, &theirs) {
            Some(at) => rows.push(near(&one, &theirs.remove(at))),
            None => alone.push(one),
        }
    }
    for one in alone {
        let same_kind = theirs
            .iter()
            .position(|other| other.identifier.kind == one.identifier.kind && other.announced && one.announced);
        rows.push(match same_kind {
            Some(at) => different(&one, &theirs.remove(at)),
            None => IdentifierRow {
                kind: word(one.identifier.kind),
                registered: Some(number(&one, plain(&one))),
                offered: None,
                finding: "Not in the listing",
                colour: "grey",
                differences: Vec::new(),
            },
        });
    }
    rows.extend(theirs.iter().map(|other| IdentifierRow {
        kind: word(other.identifier.kind),
        registered: None,
        offered: Some(number(other, plain(other))),
        finding: "Not registered",
        colour: "grey",
        differences: Vec::new(),
    }));
    rows
}

/// Drops values that nothing calls a number, unless the other side has the very number.
fn drop_mere_words(some: &mut Vec<FoundIdentifier>, others: &[FoundIdentifier]) {
    let same = |one: &FoundIdentifier, other: &FoundIdentifier| {
        !other.is_loose() && distance(&one.identifier, &other.identifier).is_some_and(|apart| apart.slips() == 0)
    };
    some.retain(|one| !one.is_loose() || others.iter().any(|other| same(one, other)));
}

fn nearest(one: &FoundIdentifier, others: &[FoundIdentifier]) -> Option<usize> {
    let far = |other: &FoundIdentifier| distance(&one.identifier, &other.identifier);
    let near = others.iter().enumerate().filter_map(|(at, other)| Some((at, far(other)?)));
    near.min_by_key(|(_, distance)| (distance.slips(), distance.edits))
        .map(|(at, _)| at)
}

fn near(one: &FoundIdentifier, other: &FoundIdentifier) -> IdentifierRow {
    let aligned = align(&one.identifier.normalised, &other.identifier.normalised);
    let apart = distance(&one.identifier, &other.identifier);
    let (finding, colour) = match apart.map_or((0, 0), |apart| (apart.slips(), apart.look_alikes)) {
        (0, 0) => ("Same", "green"),
        (0, 1) => ("A look-alike character", "yellow"),
        (0, _) => ("Look-alike characters", "yellow"),
        (1, _) => ("One slip apart", "yellow"),
        (2, _) => ("Two slips apart", "yellow"),
        _ => ("Several slips apart", "yellow"),
    };
    let kind = if one.identifier.kind == IdentifierKind::Serial {
        other.identifier.kind
    } else {
        one.identifier.kind
    };
    IdentifierRow {
        kind: word(kind),
        registered: Some(number(one, aligned.ours)),
        offered: Some(number(other, aligned.theirs)),
        finding,
        colour,
        differences: aligned.differences.iter().map(|text| sentence(text)).collect(),
    }
}

fn different(one: &FoundIdentifier, other: &FoundIdentifier) -> IdentifierRow {
    IdentifierRow {
        kind: word(one.identifier.kind),
        registered: Some(number(one, whole(one))),
        offered: Some(number(other, whole(other))),
        finding: "Different",
        colour: "red",
        differences: Vec::new(),
    }
}

fn plain(found: &FoundIdentifier) -> Vec<SerialRun> {
    vec![SerialRun {
        text: found.identifier.normalised.clone(),
        differs: false,
    }]
}

fn whole(found: &FoundIdentifier) -> Vec<SerialRun> {
    plain(found)
        .into_iter()
        .map(|run| SerialRun { differs: true, ..run })
        .collect()
}

fn number(found: &FoundIdentifier, runs: Vec<SerialRun>) -> Number {
    let identifier = &found.identifier;
    Number {
        runs,
        written: (identifier.given.trim() != identifier.normalised).then(|| identifier.given.trim().to_owned()),
        place: match found.found_in {
            FoundIn::Given => "given as a number",
            FoundIn::Title => "in the title",
            FoundIn::Description => "in the description",
            FoundIn::Marks => "among the marks",
            FoundIn::Exif => "written into a photo by the camera",
            FoundIn::Barcode => "read from a barcode in a photo",
            FoundIn::Label => "read from the text in a photo",
        },
        verdict: verdict(found),
    }
}

/// What the grammar of a number says of it: whether a check digit vouches for it, or its form alone.
fn verdict(found: &FoundIdentifier) -> &'static str {
    let identifier = &found.identifier;
    match (identifier.valid, identifier.scheme) {
        (Validity::Yes, Scheme::Imei) if identifier.normalised.len() == IMEISV_DIGITS => FORM_FITS,
        (Validity::Yes, Scheme::Imei | Scheme::Vin | Scheme::Gtin) => "check digit right",
        (Validity::Yes, _) => FORM_FITS,
        (Validity::Weak, Scheme::Vin) => "weak form: the check digit, which not every maker uses, does not fit",
        (Validity::Weak, _) if !found.announced => "weak form: nothing beside it says what it is",
        (Validity::Weak, _) => "weak form: letters alone",
        (Validity::No, _) => "breaks the rules of its kind: mistyped?",
        (Validity::Nonconforming, _) => "not in the usual form of its kind",
        (Validity::Partial, _) => "without its check digit",
    }
}

/// The kind in words, a capital first.
pub(super) fn word(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::Imei => "IMEI",
        IdentifierKind::Vin => "VIN",
        IdentifierKind::FrameNumber => "Frame number",
        IdentifierKind::HullNumber => "Hull number",
        IdentifierKind::Chip => "Chip number",
        IdentifierKind::Serial => "Serial number",
        IdentifierKind::OwnerNumber => "Owner’s number",
        IdentifierKind::Plate => "Licence plate",
        IdentifierKind::ProductCode => "Product code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::description::GivenIdentifier;

    fn given(kind: IdentifierKind, value: &str) -> Description {
        Description {
            identifiers: vec![GivenIdentifier {
                kind,
                value: value.to_owned(),
            }],
            ..Description::default()
        }
    }

    fn findings(item: &Description, listing: &Description) -> Vec<&'static str> {
        rows(item, listing, &Default::default())
            .iter()
            .map(|row| row.finding)
            .collect()
    }

    #[test]
    fn pairs_what_belongs_together() {
        let registered = given(IdentifierKind::Serial, "GZ7710345");
        for (value, finding) in [
            ("GZ7710345", "Same"),
            ("GZ771O345", "A look-alike character"),
            ("GZ7710346", "One slip apart"),
            ("XX9999812", "Different"),
        ] {
            assert_eq!(
                findings(&registered, &given(IdentifierKind::Serial, value)),
                [finding],
                "{value}"
            );
        }
    }

    #[test]
    fn says_what_the_grammar_says_of_each_kind() {
        const RIGHT: &str = "check digit right";
        const ODD: &str = "not in the usual form of its kind";
        let weak = [
            "weak form: the check digit, which not every maker uses, does not fit",
            "weak form: letters alone",
        ];
        for (kind, value, said) in [
            (IdentifierKind::Imei, "490154203237518", RIGHT),
            (IdentifierKind::Imei, "49015420323751", "without its check digit"),
            (IdentifierKind::Imei, "4901542032375101", FORM_FITS),
            (IdentifierKind::Vin, "1M8GDM9AXKP042788", RIGHT),
            (IdentifierKind::Vin, "1M8GDM9A1KP042788", weak[0]),
            (IdentifierKind::FrameNumber, "WBK123456Z", FORM_FITS),
            (IdentifierKind::FrameNumber, "AB12345678", FORM_FITS),
            (IdentifierKind::FrameNumber, "WBK12345W6Z", ODD),
            (IdentifierKind::HullNumber, "BOAT77", ODD),
            (IdentifierKind::Chip, "208210000123456", FORM_FITS),
            (IdentifierKind::Serial, "GZ7710345", FORM_FITS),
            (IdentifierKind::Serial, "GZQWXRT", weak[1]),
            (IdentifierKind::OwnerNumber, "JHK-1", FORM_FITS),
            (IdentifierKind::Plate, "AB12345", FORM_FITS),
            (IdentifierKind::ProductCode, "4006381333931", RIGHT),
        ] {
            let shown = rows(&given(kind, value), &Description::default(), &Default::default());
            let verdict = shown
                .first()
                .and_then(|row| row.registered.as_ref())
                .map(|number| number.verdict);
            assert_eq!(verdict, Some(said), "{kind:?} {value}");
        }
    }

    #[test]
    fn shows_what_one_side_alone_has() {
        let registered = given(IdentifierKind::Serial, "GZ7710345");
        assert_eq!(findings(&registered, &Description::default()), ["Not in the listing"]);
        assert_eq!(findings(&Description::default(), &registered), ["Not registered"]);
    }

    #[test]
    fn finds_numbers_in_texts_and_says_where() {
        let listing = Description {
            text: "Serial number: GZ7710345, as new".to_owned(),
            ..Description::default()
        };
        let rows = rows(&given(IdentifierKind::Serial, "GZ 7710345"), &listing, &Default::default());
        let row = rows.first();
        assert_eq!(row.map(|row| row.finding), Some("Same"));
        let place = row.and_then(|row| row.offered.as_ref()).map(|number| number.place);
        assert_eq!(place, Some("in the description"));
        let written = row
            .and_then(|row| row.registered.as_ref())
            .and_then(|number| number.written.clone());
        assert_eq!(written.as_deref(), Some("GZ 7710345"));
    }
}
