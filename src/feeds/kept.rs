//! Records as they may be kept in quarantine: persons unreadable, what nobody asked for left out.
//!
//! Owns what of a record that could not be taken in is kept, so that it can be read again under another mapping. Of a table only
//! cells stay readable that are read as a field of ours other than the seller, and those whose column bears a usual name for one.
//! Everything else is replaced by its keyed hash, which is what a seller's reference is kept as anyway, and so is a text outside
//! the fields that are read in which a telephone number or a mail address stands: a mapping that is wrong may not know what is
//! the seller. Of JSON only fields that are read are kept. What cannot be parsed is not kept at all: it could hold anything.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::content::{Cells, Content, Header, Vocabulary};
use super::mapping::{Plan, usual_field};
use super::record::ListingLine;
use super::{FieldFault, ReadOptions, schema_org};
use crate::domain::listing::{ListingDraft, SellerGiven};

/// Longest record that is kept, bytes of JSON.
const KEPT_BYTES_MAX: usize = 16 << 10;
/// Stands before a keyed hash in place of what it hides.
const HIDDEN: &str = "hmac-sha256:";
/// Our own fields that are kept.
pub(super) const OWN: [&str; 20] = [
    "id",
    "url",
    "title",
    "description",
    "language",
    "category",
    "brand",
    "model",
    "color",
    "condition",
    "marks",
    "price",
    "identifiers",
    "photos",
    "seller",
    "location",
    "posted_at",
    "ends_at",
    "status",
    "value",
];

/// Groups of our own fields, and what of each is kept. Of a seller no more than a hash is.
pub(super) const GROUPS: [(&str, &[&str]); 6] = [
    ("seller", &["ref", "since"]),
    ("price", &["amount", "currency"]),
    ("value", &["amount", "currency"]),
    ("identifiers", &["kind", "value"]),
    ("photos", &["url", "sha256"]),
    ("location", &["country", "postcode", "city", "lat", "lon"]),
];

/// A record as it is kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Own(Map<String, Value>),
    Node(Map<String, Value>),
    Cells {
        vocabulary: Vocabulary,
        names: Vec<String>,
        values: Vec<String>,
    },
}

/// What is kept of a record; `key` gives the hash, in hex, of a seller's reference. `None` when nothing may be.
#[must_use]
pub fn keep(content: &Content, options: &ReadOptions, key: &impl Fn(&str) -> String) -> Option<String> {
    let hide = |text: &str| format!("{HIDDEN}{}", key(text));
    let kept = match content {
        Content::Own(bytes) => {
            let mut record: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
            let keep = options
                .mapping
                .as_ref()
                .map_or(&[] as &[String], |mapping| mapping.keep.as_slice());
            let allowed = |field: &String, value: &Value| keep.contains(field) && !value.is_object() && !value.is_array();
            record.retain(|field, value| OWN.contains(&field.as_str()) || allowed(field, value));
            for (group, fields) in GROUPS {
                record.get_mut(group).into_iter().for_each(|value| leave_only(value, fields));
            }
            if let Some(seller) = record.get_mut("seller") {
                *seller = own_seller(seller, &hide);
            }
            Kept::Own(record)
        }
        Content::Node(product) => Kept::Node(schema_org::redacted(product, &hide)?),
        Content::Cells(cells) => Kept::Cells {
            vocabulary: cells.header.vocabulary,
            names: cells.header.names.clone(),
            values: hidden_cells(cells, options, &hide),
        },
    };
    let json = serde_json::to_string(&kept).ok()?;
    (json.len() <= KEPT_BYTES_MAX).then_some(json)
}

/// The record that was kept, to be read again. Its seller's reference is the hash; see [`hidden`].
#[must_use]
pub fn restore(kept: &str) -> Option<Content> {
    Some(match serde_json::from_str(kept).ok()? {
        Kept::Own(record) => Content::Own(serde_json::to_vec(&record).ok()?),
        Kept::Node(product) => Content::Node(Value::Object(product)),
        Kept::Cells {
            vocabulary,
            names,
            values,
        } if names.len() == values.len() => Content::Cells(Cells {
            header: Arc::new(Header { names, vocabulary }),
            values,
        }),
        Kept::Cells { .. } => return None,
    })
}

/// The hash, in hex, that stands in place of a reference in a record that was kept.
#[must_use]
pub fn hidden(reference: &str) -> Option<&str> {
    reference.strip_prefix(HIDDEN)
}

/// Whether a record that was kept puts a hash where something else is meant to stand: then it is of no use.
#[must_use]
pub fn is_misread(draft: &ListingDraft<SellerGiven>) -> bool {
    let mut line = ListingLine::from(draft);
    line.seller = None;
    serde_json::to_string(&line).is_ok_and(|line| line.contains(HIDDEN))
}

/// What cannot be read any more of a record that was kept: columns that are read as a field now and that no mapping named when it
/// came, so that only their hashes are left.
#[must_use]
pub fn lost(content: &Content, options: &ReadOptions) -> Vec<FieldFault> {
    let Content::Cells(cells) = content else {
        return Vec::new();
    };
    let read = Plan::new(&cells.header, options).columns_read("seller.ref", false);
    let columns = cells.header.names.iter().zip(&cells.values).enumerate();
    let lost = columns.filter(|(at, (_, value))| read.contains(at) && hidden(value).is_some());
    lost.map(|(_, (name, _))| FieldFault {
        field: name.clone(),
        reason: "not kept, since no mapping named it when the record came: send the record again".to_owned(),
    })
    .collect()
}

/// Takes everything but these fields out of an object, or out of the objects of a list.
fn leave_only(value: &mut Value, fields: &[&str]) {
    match value {
        Value::Object(object) => object.retain(|field, _| fields.contains(&field.as_str())),
        Value::Array(values) => values.iter_mut().for_each(|value| leave_only(value, fields)),
        _ => {}
    }
}

fn own_seller(seller: &Value, hide: &impl Fn(&str) -> String) -> Value {
    let mut kept = Map::new();
    if let Value::Object(seller) = seller {
        let reference = match seller.get("ref") {
            Some(Value::String(text)) => Some(text.trim().to_owned()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        if let Some(reference) = reference {
            kept.insert("ref".to_owned(), hide(&reference).into());
        }
        // A day is no person; text that is none could be one.
        if let Some(since) = seller.get("since").and_then(Value::as_str).filter(|since| since.len() <= 10) {
            kept.insert("since".to_owned(), since.into());
        }
    }
    Value::Object(kept)
}

fn hidden_cells(cells: &Cells, options: &ReadOptions, hide: &impl Fn(&str) -> String) -> Vec<String> {
    let plan = Plan::new(&cells.header, options);
    let sellers = plan.columns_read("seller.ref", true);
    let read = [plan.columns_read("seller.ref", false), plan.columns_kept()].concat();
    let names = cells.header.names.iter();
    let each = cells.values.iter().zip(names).enumerate();
    each.map(|(at, (value, name))| {
        let stays = !sellers.contains(&at) && (read.contains(&at) || harmless(name, value));
        if stays || value.trim().is_empty() {
            value.clone()
        } else {
            hide(value.trim())
        }
    })
    .collect()
}

/// Whether a cell that is not read may stay readable: by the usual name of its column, and by what it says.
fn harmless(name: &str, value: &str) -> bool {
    match usual_field(name) {
        None | Some("seller.ref") => false,
        Some("title" | "description" | "category" | "brand" | "model" | "color" | "condition" | "location.city") => {
            !reaches_somebody(value)
        }
        Some(_) => !value.contains('@'),
    }
}

/// Whether a mail address or a telephone number stands in a text: an at sign, or eight digits and more with nothing between them but
/// what numbers are grouped with.
fn reaches_somebody(text: &str) -> bool {
    let mut digits = 0;
    text.contains('@')
        || text.chars().any(|c| {
            digits = match c {
                '0'..='9' => digits + 1,
                ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')' | '+' => digits,
                _ => 0,
            };
            digits >= 8
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Cursor;

    use serde_json::json;

    use super::super::{Format, each_listing, listing_of};
    use super::*;

    fn key(text: &str) -> String {
        format!("key-of-{}", text.len())
    }

    fn kept(format: Format, body: &str) -> Option<String> {
        let options = ReadOptions::default();
        let mut found = None;
        each_listing(format, Cursor::new(body), &options, |read| {
            found = keep(&read.content.unwrap(), &options, &key);
            Ok(())
        })
        .unwrap();
        found
    }

    #[test]
    fn nobody_can_be_read_in_what_is_kept() {
        let node = json!({"@type": "Product", "sku": "1", "author": {"name": "Karl Hansen"},
            "offers": {"price": "cheap", "availableAtOrFrom": {"name": "Karl Hansen", "address": {"telephone": "k@mail.example"}}, "seller": {"name": "Karl Hansen", "email": "k@mail.example"}}});
        for (format, body) in [
            (
                Format::Ndjson,
                "{\"id\":\"1\",\"owner\":\"Karl Hansen\",\"location\":{\"contact\":\"Karl Hansen\"},\"seller\":{\"ref\":\"Karl Hansen\",\"since\":\"Karl Hansen\",\"phone\":\"k@mail.example\"}}".to_owned(),
            ),
            (Format::Csv, "id;Sælger;E-mail;seller.ref\n1;Karl Hansen;k@mail.example;Karl Hansen\n".to_owned()),
            (
                Format::Csv,
                "Lot;Overskrift;Navn;Telefon;Mail;Noter;Adresse\n1;Ring;Karl Hansen;20304050;k@mail.example;indleveret af Karl Hansen, ring 20304050;Karl Hansens Vej 1\n".to_owned(),
            ),
            (
                Format::Csv,
                "Lot;Beskrivelse;Name;Kommentar\n1;ring +45 20 30 40 50, Karl;Karl Hansen;Karl Hansen\n".to_owned(),
            ),
            (Format::LiveAuctioneers, "LotNum,Title,StartPrice,Consigner\n1,,5,Karl Hansen\n".to_owned()),
            (Format::EbayTsv, "itemId\ttitle\titemWebUrl\tsellerUsername\n1\t\t\tKarl Hansen\n".to_owned()),
            (Format::JsonLd, node.to_string()),
        ] {
            let kept = kept(format, &body).unwrap();
            assert!(!kept.contains("Karl") && !kept.contains("mail.example") && !kept.contains("30"), "{format}: {kept}");
            assert!(kept.contains("hmac-sha256:key-of-11"), "{format}: {kept}");
        }
        assert_eq!(kept(Format::Ndjson, "{\"seller\":{\"ref\":\"Karl\"},oops}"), None);
        assert_eq!(
            kept(Format::Ndjson, &json!({"title": "x".repeat(KEPT_BYTES_MAX)}).to_string()),
            None
        );
    }

    #[test]
    fn what_is_kept_reads_again_under_another_mapping() {
        let kept = kept(Format::Csv, "Nr;Titel;Sælger;IMEI\n7;Ring;u-1;356938035643809\n").unwrap();
        let content = restore(&kept).unwrap();
        let mapping = json!({"columns": {"id": "Nr", "title": "Titel", "seller.ref": "Sælger", "identifiers.imei": "IMEI"}});
        let options = ReadOptions {
            mapping: Some(Arc::new(serde_json::from_value(mapping).unwrap())),
            ..ReadOptions::default()
        };
        let draft = listing_of(&content, &options).unwrap();
        assert!(!is_misread(&draft));
        assert_eq!(draft.description.identifiers[0].value, "356938035643809");
        assert_eq!(
            (draft.reference.as_str(), hidden(&draft.seller.unwrap().reference)),
            ("7", Some("key-of-3"))
        );
        assert!(listing_of(&content, &ReadOptions::default()).is_err());
        let slip = json!({"columns": {"id": "Nr", "title": "Sælger"}});
        let slip = ReadOptions {
            mapping: Some(Arc::new(serde_json::from_value(slip).unwrap())),
            ..ReadOptions::default()
        };
        assert!(is_misread(&listing_of(&content, &slip).unwrap()), "a hash is no title");
        assert!(restore("{\"cells\":{\"vocabulary\":\"own\",\"names\":[\"a\"],\"values\":[]}}").is_none());
    }
}
