//! A listing's record: only `id` and `title` are required.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::Datelike;

use super::super::json::Json;
use super::super::kept::hidden;
use super::super::{FieldFault, ReadOptions};
use super::fields::{Fields, web_address};
use super::{ADDRESS_CHARS_MAX, Identifiers, PHOTOS_MAX, REFERENCE_CHARS_MAX, description, parse_object, place, price};
use crate::domain::listing::{ListingDraft, ListingStatus, PhotoSource, SellerGiven};
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;

/// Of what is kept under a name of the feed's own, so much, characters.
const EXTRA_CHARS_MAX: usize = 500;
const STATUSES: [(&str, ListingStatus); 4] = [
    ("active", ListingStatus::Active),
    ("sold", ListingStatus::Sold),
    ("ended", ListingStatus::Ended),
    ("withdrawn", ListingStatus::Withdrawn),
];

/// Years in which something can have been put up for sale, or ends to be. Tables write 20.11.26 for 2026 and 1899 for nothing, and
/// what is dated before a theft is never matched with it.
const YEARS: RangeInclusive<i32> = 1995..=2100;
/// Said of a time of another year.
const OTHER_YEAR: &str =
    "left out, since nothing was put up for sale in that year, or will end then: is the year written in four digits?";

/// Reads a listing's record.
///
/// # Errors
/// What is wrong with it, at most ten faults.
pub fn parse_listing(bytes: &[u8], options: &ReadOptions) -> Result<ListingDraft<SellerGiven>, Vec<FieldFault>> {
    parse_object(bytes, |fields| listing(fields, options))
}

/// Reads a listing's fields.
pub(in super::super) fn listing(fields: &Fields<'_, '_>, options: &ReadOptions) -> ListingDraft<SellerGiven> {
    let reference = fields.code("id", REFERENCE_CHARS_MAX).unwrap_or_default();
    let mut description = description(fields, Identifiers::Offered);
    description.extra = extra(fields, options);
    let only_withdraws = matches!(fields.get("status"), Some(Json::Text(word)) if word.trim() == ListingStatus::Withdrawn.word());
    for (name, value) in [("id", &reference), ("title", &description.title)] {
        // To take a listing off sale nothing need be said of it.
        let is_needed = name == "id" || !only_withdraws;
        if value.is_empty() && is_needed && !fields.is_wrong(name) {
            fields.fault(name, "missing");
        }
    }
    ListingDraft {
        reference,
        url: fields.url("url"),
        description,
        price: price(fields),
        no_photos: no_photos(fields),
        photos: photos(fields, options),
        seller: seller(fields),
        place: place(fields),
        posted_at: offer_time(fields, "posted_at"),
        ends_at: offer_time(fields, "ends_at"),
        status: fields.word("status", &STATUSES).unwrap_or_default(),
    }
}

/// A time of an offer. One that cannot be is left out and noted: the listing counts all the same.
fn offer_time(fields: &Fields<'_, '_>, name: &str) -> Option<Timestamp> {
    let time = fields.time(name)?;
    if !YEARS.contains(&time.year()) {
        fields.note(name, OTHER_YEAR);
        return None;
    }
    Some(time)
}

/// What a record says under the names that the feed's settings allow. Lists and objects are left out, and so is what only its hash is
/// left of.
fn extra(fields: &Fields<'_, '_>, options: &ReadOptions) -> BTreeMap<String, String> {
    let names = options.mapping.iter().flat_map(|mapping| &mapping.keep);
    let said = names.filter_map(|name| {
        let mut text = match fields.get(name)? {
            Json::Text(text) => text.trim().to_owned(),
            Json::Integer(number) => number.to_string(),
            Json::Number(number) => number.to_string(),
            Json::Bool(flag) => flag.to_string(),
            _ => return None,
        };
        if let Some((cut, _)) = text.char_indices().nth(EXTRA_CHARS_MAX) {
            text.truncate(cut);
            text.push('…');
        }
        (!text.is_empty() && hidden(&text).is_none()).then(|| (name.clone(), text))
    });
    said.collect()
}

/// Whether a record names a list of photos, and none in it. One that names no list says nothing of them.
fn no_photos(fields: &Fields<'_, '_>) -> bool {
    matches!(fields.get("photos"), Some(Json::List(photos)) if photos.is_empty())
}

fn seller(fields: &Fields<'_, '_>) -> Option<SellerGiven> {
    let seller = fields.object("seller")?;
    let reference = seller.code("ref", REFERENCE_CHARS_MAX);
    if reference.is_none() && !seller.is_wrong("ref") {
        seller.fault("ref", "missing");
    }
    Some(SellerGiven {
        reference: reference.unwrap_or_default(),
        since: seller.date("since"),
    })
}

/// The photos that a record names.
pub(super) fn photos(fields: &Fields<'_, '_>, options: &ReadOptions) -> Vec<PhotoSource> {
    let places = fields.list("photos", PHOTOS_MAX).into_iter();
    places
        .filter_map(|(at, value)| match value {
            Json::Text(text) => photo(fields, &at, text, options),
            Json::Object(object) => {
                let named = fields.element_object(&at, object);
                let address = named.text("url", ADDRESS_CHARS_MAX);
                let sha256 = named.maybe_text("sha256", 64).map(|text| text.parse::<ContentHash>());
                if let Some(Err(error)) = &sha256 {
                    named.fault("sha256", error.to_string());
                }
                Some(PhotoSource {
                    sha256: sha256.and_then(Result::ok),
                    ..photo(fields, &format!("{at}.url"), &address, options)?
                })
            }
            other => {
                fields.fault(
                    &at,
                    format!("expected an address or an object with url, found {}", other.sort()),
                );
                None
            }
        })
        .collect()
}

fn photo(fields: &Fields<'_, '_>, at: &str, given: &str, options: &ReadOptions) -> Option<PhotoSource> {
    let given = fields.element_text(at, given, ADDRESS_CHARS_MAX)?;
    let url = web_address(&given);
    let path = (url.is_none() && options.photo_paths && stays_below(&given)).then_some(given);
    if url.is_none() && path.is_none() {
        let reason = if options.photo_paths {
            "expected a path below the photo directory, or a web address"
        } else {
            "expected a web address that begins with http:// or https://"
        };
        fields.fault(at, reason);
        return None;
    }
    Some(PhotoSource { url, path, sha256: None })
}

/// Whether a path leads nowhere but into the directory that it is joined to.
fn stays_below(path: &str) -> bool {
    use std::path::{Component, Path};
    !path.contains('\\')
        && Path::new(path)
            .components()
            .all(|component| matches!(component, Component::Normal(_) | Component::CurDir))
}
