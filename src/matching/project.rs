//! From the service's language to the engine's: an item or a listing becomes a record of its side.
//!
//! Owns which identifiers a record carries and where each was found. Leaves grammars to `replevin_index::identifier`.

use replevin_index::identifier::extract::{self, Extracted, LOOSE_MAX, Reading};
use replevin_index::identifier::{FoundIdentifier, FoundIn, Identifier, IdentifierKind, Scheme, Validity, parse};
use replevin_index::image::features::PhotoFeatures;
use replevin_index::image::{Hash256, HashPair, PhotoFingerprint};
use replevin_index::{Record, RecordText, Side, SourceKey};
use uuid::Uuid;

use crate::domain::description::{Description, GivenIdentifier, IDENTIFIERS_MAX};
use crate::domain::ids::AccountId;
use crate::domain::listing::SellerKey;
use crate::domain::photo::PHOTOS_MAX;

/// A record carries at most this many identifiers that were read from its text and its photos, beside those that were given;
/// texts that hold more are lists of numbers, not descriptions. They have places of their own, so that invented numbers that
/// are given do not push out the true one in the text.
const READ_MAX: usize = 32;

/// What was read from one photo.
#[derive(Debug, Clone, PartialEq)]
pub struct PhotoFacts {
    /// To find it again; absent while the one that is held is of another version of the program.
    pub fingerprint: Option<PhotoFingerprint>,
    /// To find parts of it again; absent likewise.
    pub features: Option<PhotoFeatures>,
    /// The camera body's serial, from EXIF.
    pub body_serial: Option<String>,
    /// The lens's serial, from EXIF.
    pub lens_serial: Option<String>,
    /// Numbers that were read off the picture, from barcodes and labels.
    pub numbers: Vec<FoundIdentifier>,
}

/// The record of an item. Serials of the camera that took an owner's photos are not the item's.
#[must_use]
pub fn item_record(id: Uuid, owner: Option<SourceKey>, description: &Description, photos: &[PhotoFacts]) -> Record {
    record(Side::Registered, id, owner, description, photos)
}

/// The record of a listing. A photo that was taken with a stolen camera is a hit on the camera.
#[must_use]
pub fn listing_record(id: Uuid, seller: Option<SourceKey>, description: &Description, photos: &[PhotoFacts]) -> Record {
    record(Side::Offered, id, seller, description, photos)
}

/// The key of a seller: the first eight bytes.
#[must_use]
pub fn seller_source(seller: SellerKey) -> SourceKey {
    let mut key = [0; 8];
    key.copy_from_slice(&seller.0[..8]);
    SourceKey(u64::from_be_bytes(key))
}

/// The key of an owner: both halves of the id, folded.
#[must_use]
pub fn owner_source(owner: AccountId) -> SourceKey {
    let (high, low) = owner.0.as_u64_pair();
    SourceKey(high ^ low)
}

fn record(side: Side, id: Uuid, source: Option<SourceKey>, description: &Description, photos: &[PhotoFacts]) -> Record {
    let identifiers = identifiers(side, description, photos);
    let (kept, cut) = identifiers.bounded();
    let photos_cut = photos.len().saturating_sub(PHOTOS_MAX);
    if cut + photos_cut > 0 {
        metrics::counter!("replevin_matching_cut", "what" => "identifiers").increment(cut as u64);
        metrics::counter!("replevin_matching_cut", "what" => "photos").increment(photos_cut as u64);
        tracing::warn!(
            ?side,
            %id,
            identifiers = cut,
            photos = photos_cut,
            "more identifiers or photos than are compared"
        );
    }
    Record {
        side,
        id,
        source,
        by_words: true,
        text: RecordText {
            language: description.language.clone(),
            title: description.title.clone(),
            description: description.text.clone(),
            brand: description.brand.clone(),
            model: description.model.clone(),
            category: description.category.clone(),
            color: description.color.clone(),
            marks: description.marks.clone(),
        },
        identifiers: kept,
        photos: photos
            .iter()
            .take(PHOTOS_MAX)
            .map(|photo| photo.fingerprint.clone().unwrap_or_else(unread))
            .collect(),
        features: photos
            .iter()
            .take(PHOTOS_MAX)
            .map(|photo| photo.features.clone().unwrap_or_default())
            .collect(),
    }
}

/// Keeps the place of a photo whose fingerprint is not held, so that the others keep theirs; it is near nothing.
fn unread() -> PhotoFingerprint {
    let nothing = Hash256([0; 32]);
    PhotoFingerprint {
        version: 0,
        quality: 0,
        full: [HashPair {
            pdq: nothing,
            second: nothing,
        }; 8],
        trimmed: None,
    }
}

/// All identifiers of a record: given ones, then those that a word of the text announces, then those that its photos show, by
/// barcodes before labels, then those of the camera, then what merely looks like one: by its form, then loosely.
fn identifiers(side: Side, description: &Description, photos: &[PhotoFacts]) -> Identifiers {
    let mut identifiers = Identifiers::default();
    for given in &description.identifiers {
        identifiers.add(given_identifier(given), FoundIn::Given, true);
    }
    let texts = [
        (&description.title, FoundIn::Title),
        (&description.marks, FoundIn::Marks),
        (&description.text, FoundIn::Description),
    ];
    let read = texts.map(|(text, found_in)| (extract::read(text), found_in));
    let add_read = |identifiers: &mut Identifiers, announced: bool| {
        for (found, found_in) in &read {
            for one in found.identifiers.iter().filter(|one| one.announced == announced) {
                identifiers.add(Some(one.identifier.clone()), *found_in, announced);
            }
        }
    };
    add_read(&mut identifiers, true);
    let shown = |loose: bool| shown(photos).filter(move |found| found.is_loose() == loose);
    for found_in in [FoundIn::Barcode, FoundIn::Label] {
        let of_these = shown(false).filter(|found| found.found_in == found_in);
        of_these.for_each(|found| identifiers.put(found));
    }
    if side == Side::Offered {
        let serials = photos.iter().flat_map(|photo| [&photo.body_serial, &photo.lens_serial]);
        for serial in serials.flatten() {
            identifiers.add(parse(IdentifierKind::Serial, serial).ok(), FoundIn::Exif, true);
        }
    }
    add_read(&mut identifiers, false);
    identifiers.add_loose(read, &description.model);
    shown(true).for_each(|found| identifiers.put(found));
    identifiers
}

/// What was read off the photos that are compared, with the number of the photo that shows it.
fn shown(photos: &[PhotoFacts]) -> impl Iterator<Item = FoundIdentifier> {
    photos.iter().take(PHOTOS_MAX).zip(1..).flat_map(|(photo, number)| {
        photo.numbers.iter().map(move |found| FoundIdentifier {
            photo: Some(number),
            ..found.clone()
        })
    })
}

/// Each normalised value once a kind: the first place where it was found counts, and places are added best first.
#[derive(Default)]
struct Identifiers(Vec<FoundIdentifier>);

impl Identifiers {
    fn add(&mut self, identifier: Option<Identifier>, found_in: FoundIn, announced: bool) {
        let Some(identifier) = identifier else { return };
        self.put(FoundIdentifier {
            identifier,
            found_in,
            announced,
            photo: None,
        });
    }

    fn put(&mut self, new: FoundIdentifier) {
        let (kind, value) = (new.identifier.kind, &new.identifier.normalised);
        let known = |found: &FoundIdentifier| found.identifier.kind == kind && found.identifier.normalised == *value;
        if !self.0.iter().any(known) {
            self.0.push(new);
        }
    }

    /// The most telling of the values that nothing calls a number. What the model's name says is the model.
    fn add_loose(&mut self, read: [(Reading, FoundIn); 3], model: &str) {
        let plain = |text: &str| -> String { text.chars().filter(char::is_ascii_alphanumeric).collect() };
        let model = plain(model).to_ascii_uppercase();
        let of_text = |(reading, found_in): (Reading, FoundIn)| reading.loose.into_iter().map(move |found| (found, found_in));
        let mut loose: Vec<(Extracted, FoundIn)> = read.into_iter().flat_map(of_text).collect();
        loose.retain(|(found, _)| !model.contains(&found.identifier.normalised));
        loose.sort_by_cached_key(|(found, _)| extract::rank(&found.identifier));
        let most = self.0.len() + LOOSE_MAX;
        for (found, found_in) in loose {
            if self.0.len() < most {
                self.add(Some(found.identifier), found_in, false);
            }
        }
    }

    /// As many as are compared, and how many are left out.
    fn bounded(self) -> (Vec<FoundIdentifier>, usize) {
        let all = self.0.len();
        let (given, mut read): (Vec<_>, Vec<_>) = (self.0.into_iter()).partition(|found| found.found_in == FoundIn::Given);
        read.truncate(READ_MAX);
        let kept: Vec<_> = given.into_iter().take(IDENTIFIERS_MAX).chain(read).collect();
        let cut = all - kept.len();
        (kept, cut)
    }
}

/// A value that was given as an identifier. One with a typing slip violates its grammar; it is kept all the same, marked,
/// because it still lies near the right one. Placeholders and values without letter and digit are no identifiers.
fn given_identifier(given: &GivenIdentifier) -> Option<Identifier> {
    if let Ok(identifier) = parse(given.kind, &given.value) {
        return Some(identifier);
    }
    if given.kind == IdentifierKind::ProductCode {
        return None;
    }
    // Any grammar rejects placeholders; the one of serials rejects little else.
    let serial = parse(IdentifierKind::Serial, &given.value).ok()?;
    Some(Identifier {
        kind: given.kind,
        scheme: Scheme::Generic,
        valid: Validity::No,
        ..serial
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn described(title: &str, text: &str, identifiers: &[(IdentifierKind, &str)]) -> Description {
        Description {
            title: title.into(),
            text: text.into(),
            identifiers: (identifiers.iter())
                .map(|(kind, value)| GivenIdentifier {
                    kind: *kind,
                    value: (*value).into(),
                })
                .collect(),
            ..Description::default()
        }
    }

    #[test]
    fn given_values_with_a_slip_are_kept_and_placeholders_are_not() {
        use IdentifierKind::{Imei, ProductCode, Serial, Vin};
        let cases = [
            (Imei, "490154203237518", Some(("490154203237518", Validity::Yes))),
            (Imei, "490154203237519", Some(("490154203237519", Validity::No))),
            (Imei, "49O154203237518", Some(("49O154203237518", Validity::No))),
            (Vin, "1M8GDM9AXKP04278", Some(("1M8GDM9AXKP04278", Validity::No))),
            (Serial, "ukendt", None),
            (Imei, "000000000000000", None),
            (ProductCode, "4006381333932", None),
            (Serial, "", None),
        ];
        for (kind, value, expected) in cases {
            let record = item_record(Uuid::nil(), None, &described("x", "", &[(kind, value)]), &[]);
            let found: Vec<_> = record.identifiers.iter().map(|found| &found.identifier).collect();
            match expected {
                Some((normalised, valid)) => {
                    assert_eq!(
                        (found[0].kind, found[0].normalised.as_str(), found[0].valid),
                        (kind, normalised, valid)
                    );
                }
                None => assert!(found.is_empty(), "{value}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_value_counts_once_a_kind_and_where_it_was_given() {
        let description = described(
            "Cykel",
            "Stelnummer WBK 123456 Z.",
            &[(IdentifierKind::FrameNumber, "WBK123456Z")],
        );
        let record = listing_record(Uuid::nil(), None, &description, &[]);
        assert_eq!(record.identifiers.len(), 1);
        assert_eq!(record.identifiers[0].found_in, FoundIn::Given);
    }

    #[test]
    fn the_text_is_searched_for_identifiers() {
        let record = listing_record(Uuid::nil(), None, &described("Cykel", "Stelnummer: WBK123456Z", &[]), &[]);
        assert_eq!(record.identifiers.len(), 1);
        let found = &record.identifiers[0];
        assert_eq!((found.found_in, found.announced), (FoundIn::Description, true));
        assert_eq!(found.identifier.normalised, "WBK123456Z");
    }

    #[test]
    fn invented_numbers_do_not_push_out_the_true_one() {
        let invented: Vec<String> = (0..IDENTIFIERS_MAX).map(|number| format!("QX{number:03}7K")).collect();
        let given: Vec<_> = invented
            .iter()
            .map(|value| (IdentifierKind::Serial, value.as_str()))
            .collect();
        let looks: String = (0..60).map(|number| format!("RT{number:02}93{number:02}V ")).collect();
        let description = described(&looks, "Stelnummer: WBK123456Z", &given);
        let record = listing_record(Uuid::nil(), None, &description, &[]);
        let holds = |value: &str| record.identifiers.iter().any(|found| found.identifier.normalised == value);
        assert!(holds("WBK123456Z"), "announced in the text");
        assert!(invented.iter().all(|value| holds(value)), "all that intake takes is compared");
        assert!(record.identifiers.len() <= IDENTIFIERS_MAX + READ_MAX);
    }

    #[test]
    fn every_photo_that_intake_takes_is_compared() {
        let photo = PhotoFacts {
            fingerprint: Some(PhotoFingerprint {
                version: replevin_index::image::FINGERPRINT_VERSION,
                quality: 100,
                full: [HashPair {
                    pdq: Hash256([0; 32]),
                    second: Hash256([0; 32]),
                }; 8],
                trimmed: None,
            }),
            features: None,
            body_serial: None,
            lens_serial: None,
            numbers: Vec::new(),
        };
        let photos = vec![photo; PHOTOS_MAX + 1];
        let record = listing_record(Uuid::nil(), None, &described("Camera", "", &[]), &photos);
        assert_eq!(record.photos.len(), PHOTOS_MAX);
    }

    #[test]
    fn loose_values_are_few_and_last() {
        let many = "AB1234567, AB12345678, AB123456789 and AB1234567890";
        let description = Description {
            marks: "CD123456789012".into(),
            model: "X-AB 12345678".into(),
            ..described("AB12345678", many, &[(IdentifierKind::Serial, "EF77")])
        };
        let record = listing_record(Uuid::nil(), None, &description, &[]);
        let values: Vec<_> = record
            .identifiers
            .iter()
            .map(|found| found.identifier.normalised.as_str())
            .collect();
        assert_eq!(values, ["EF77", "CD123456789012", "AB1234567890", "AB123456789"]);
        assert_eq!(record.identifiers.iter().filter(|found| found.is_loose()).count(), 3);
    }

    #[test]
    fn the_camera_counts_for_listings_only() {
        let hash = HashPair {
            pdq: Hash256([0; 32]),
            second: Hash256([0; 32]),
        };
        let photo = PhotoFacts {
            fingerprint: Some(PhotoFingerprint {
                version: replevin_index::image::FINGERPRINT_VERSION,
                quality: 100,
                full: [hash; 8],
                trimmed: None,
            }),
            features: None,
            body_serial: Some("6012345".into()),
            lens_serial: None,
            numbers: Vec::new(),
        };
        let description = described("Camera", "", &[]);
        assert!(
            item_record(Uuid::nil(), None, &description, std::slice::from_ref(&photo))
                .identifiers
                .is_empty()
        );
        let listing = listing_record(Uuid::nil(), None, &description, &[photo]);
        assert_eq!(listing.identifiers[0].found_in, FoundIn::Exif);
    }
}
