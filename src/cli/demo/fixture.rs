//! The sample data: read from the binary or a folder, with all its times moved so that its own *now* becomes the present.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_embed::RustEmbed;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::super::admin::letter::days;
use crate::domain::partner::{LegalBasis, LetterTerms, SellerField};
use crate::domain::time::Timestamp;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/fixtures/demo/"]
struct Embedded;

/// The sample data, ready to be loaded.
pub(super) struct Fixture {
    folder: Option<PathBuf>,
    pub(super) seed: u64,
    pub(super) items: Vec<SampleItem>,
    pub(super) thefts: Vec<SampleTheft>,
    pub(super) partners: Vec<SamplePartner>,
    pub(super) truth: Vec<Planted>,
}

/// One item of the register.
pub(super) struct SampleItem {
    pub(super) key: String,
    pub(super) owner: String,
    pub(super) recovered: bool,
    /// What its owner sends to register it.
    pub(super) form: Value,
    pub(super) photos: Vec<String>,
}

/// One theft report.
pub(super) struct SampleTheft {
    pub(super) id: String,
    pub(super) owner: String,
    pub(super) items: Vec<String>,
    /// What its owner states, without the items.
    pub(super) statement: Map<String, Value>,
    pub(super) verified: bool,
}

/// One partner with its letter and its feed.
pub(super) struct SamplePartner {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) terms: LetterTerms,
    pub(super) listings: Vec<SampleListing>,
}

/// One listing of a feed.
pub(super) struct SampleListing {
    pub(super) reference: String,
    /// What its partner pushes: without photos, which are put afterwards.
    pub(super) line: Value,
    pub(super) photos: Vec<String>,
}

/// One line of the truth.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Planted {
    pub(super) item: String,
    pub(super) listing: String,
    pub(super) plant: String,
    pub(super) expected: String,
    pub(super) note: String,
}

#[derive(Deserialize)]
struct About {
    seed: u64,
    now: Timestamp,
}

#[derive(Deserialize)]
struct PartnerLine {
    slug: String,
    name: String,
    letter: LetterLine,
}

#[derive(Deserialize)]
struct LetterLine {
    legal_basis: String,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    threshold: f64,
    askable: Vec<SellerField>,
    approvals: u8,
    response_hours: u32,
    retention_days: u32,
}

impl Fixture {
    /// Reads the embedded sample, or a folder of the same layout.
    pub(super) fn read(folder: Option<&Path>) -> anyhow::Result<Self> {
        let source = Source { folder };
        let about: About = serde_json::from_str(&source.text("fixture.json")?).context("fixture.json")?;
        let shift = Shift(Utc::now() - about.now);
        let owners: BTreeMap<String, String> = rows::<(String, String)>(&source, "owners.csv")?.into_iter().collect();
        let partners: Vec<PartnerLine> = serde_json::from_str(&source.text("partners.json")?).context("partners.json")?;
        let partner = |line: PartnerLine| sample_partner(line, &source, shift);
        let thefts: Vec<Value> = serde_json::from_str(&source.text("theft_reports.json")?).context("theft_reports.json")?;
        Ok(Self {
            folder: folder.map(Path::to_owned),
            seed: about.seed,
            items: objects(&source.text("register.ndjson")?)?
                .into_iter()
                .map(|line| sample_item(line, &owners))
                .collect::<Result<_, _>>()?,
            thefts: thefts
                .into_iter()
                .map(|theft| sample_theft(theft, shift))
                .collect::<Result<_, _>>()?,
            partners: partners.into_iter().map(partner).collect::<Result<_, _>>()?,
            truth: rows(&source, "truth.csv")?,
        })
    }

    /// The bytes of a photo.
    pub(super) fn photo(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let source = Source {
            folder: self.folder.as_deref(),
        };
        Ok(source.bytes(path)?.into_owned())
    }

    /// The addresses of all owners, each once.
    pub(super) fn owners(&self) -> Vec<&str> {
        let mut owners: Vec<&str> = self.items.iter().map(|item| item.owner.as_str()).collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }
}

/// Where the sample lies.
struct Source<'a> {
    folder: Option<&'a Path>,
}

impl Source<'_> {
    fn bytes(&self, path: &str) -> anyhow::Result<Cow<'static, [u8]>> {
        match self.folder {
            Some(folder) => {
                let path = folder.join(path);
                let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                Ok(Cow::Owned(bytes))
            }
            None => Ok(Embedded::get(path).with_context(|| format!("no {path} in the sample"))?.data),
        }
    }

    fn text(&self, path: &str) -> anyhow::Result<String> {
        String::from_utf8(self.bytes(path)?.into_owned()).with_context(|| format!("{path} is not UTF-8"))
    }
}

/// From the sample's *now* to the present.
#[derive(Clone, Copy)]
struct Shift(TimeDelta);

impl Shift {
    /// Moves a time that stands in a record, when it is there.
    fn field(self, record: &mut Map<String, Value>, name: &str) -> anyhow::Result<()> {
        if let Some(Value::String(text)) = record.get_mut(name) {
            let at = DateTime::parse_from_rfc3339(text).with_context(|| format!("{name}: {text}"))?;
            *text = (at.to_utc() + self.0).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        }
        Ok(())
    }
}

fn sample_item(mut line: Map<String, Value>, owners: &BTreeMap<String, String>) -> anyhow::Result<SampleItem> {
    let key = take_text(&mut line, "id")?;
    let status = take_text(&mut line, "status")?;
    let photos = take_texts(&mut line, "photos")?;
    // The theft is stated in a report of its own.
    line.remove("theft");
    Ok(SampleItem {
        owner: owners.get(&key).with_context(|| format!("{key} has no owner"))?.clone(),
        recovered: status == "recovered",
        form: Value::Object(line),
        photos,
        key,
    })
}

fn sample_theft(theft: Value, shift: Shift) -> anyhow::Result<SampleTheft> {
    let Value::Object(mut statement) = theft else {
        bail!("a theft report is no object");
    };
    shift.field(&mut statement, "from")?;
    shift.field(&mut statement, "to")?;
    Ok(SampleTheft {
        id: take_text(&mut statement, "id")?,
        owner: take_text(&mut statement, "owner")?,
        items: take_texts(&mut statement, "items")?,
        verified: statement.remove("verified") == Some(Value::Bool(true)),
        statement,
    })
}

fn sample_partner(line: PartnerLine, source: &Source<'_>, shift: Shift) -> anyhow::Result<SamplePartner> {
    let letter = line.letter;
    let (valid_from, valid_to) = days(letter.valid_from, letter.valid_to)?;
    let feed = source.text(&format!("listings/{}.ndjson", line.slug))?;
    Ok(SamplePartner {
        listings: objects(&feed)?
            .into_iter()
            .map(|line| sample_listing(line, shift))
            .collect::<Result<_, _>>()?,
        slug: line.slug,
        name: line.name,
        terms: LetterTerms {
            legal_basis: LegalBasis::VoluntaryLetter,
            reference: letter.legal_basis,
            valid_from: valid_from + shift.0,
            valid_to: valid_to + shift.0,
            threshold: letter.threshold,
            askable: letter.askable,
            approvals: letter.approvals,
            response_hours: letter.response_hours,
            retention_days: letter.retention_days,
            document_sha256: None,
        },
    })
}

fn sample_listing(mut line: Map<String, Value>, shift: Shift) -> anyhow::Result<SampleListing> {
    shift.field(&mut line, "posted_at")?;
    shift.field(&mut line, "ends_at")?;
    let photos = take_texts(&mut line, "photos")?;
    let reference = line.get("id").and_then(Value::as_str).context("a listing without id")?;
    Ok(SampleListing {
        reference: reference.to_owned(),
        photos,
        line: Value::Object(line),
    })
}

fn objects(ndjson: &str) -> anyhow::Result<Vec<Map<String, Value>>> {
    let lines = ndjson.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn take_text(record: &mut Map<String, Value>, name: &str) -> anyhow::Result<String> {
    match record.remove(name) {
        Some(Value::String(text)) => Ok(text),
        _ => bail!("a record without {name}"),
    }
}

fn take_texts(record: &mut Map<String, Value>, name: &str) -> anyhow::Result<Vec<String>> {
    match record.remove(name) {
        None => Ok(Vec::new()),
        Some(texts) => serde_json::from_value(texts).with_context(|| format!("{name} are no texts")),
    }
}

/// The rows of a CSV after its head.
fn rows<T: DeserializeOwned>(source: &Source<'_>, name: &str) -> anyhow::Result<Vec<T>> {
    let text = source.text(name)?;
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
    rows.collect::<Result<_, _>>().with_context(|| name.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_sample_reads_whole_and_in_the_present() {
        let fixture = Fixture::read(None).unwrap();
        assert!(fixture.items.len() >= 60 && fixture.partners.len() == 3);
        let now = Utc::now();
        let active = |partner: &&SamplePartner| partner.terms.valid_from <= now && now < partner.terms.valid_to;
        assert_eq!(fixture.partners.iter().filter(active).count(), 2, "one letter has expired");
        for theft in &fixture.thefts {
            let to: Timestamp = serde_json::from_value(theft.statement["to"].clone()).unwrap();
            assert!(to <= now, "{} lies in the future", theft.id);
            assert!(
                theft
                    .items
                    .iter()
                    .all(|key| fixture.items.iter().any(|item| item.key == *key && item.owner == theft.owner))
            );
        }
        for item in &fixture.items {
            assert!(item.photos.iter().all(|photo| fixture.photo(photo).is_ok()));
            assert!(item.form.get("theft").is_none() && item.form.get("status").is_none());
        }
        let listings: usize = fixture.partners.iter().map(|partner| partner.listings.len()).sum();
        assert_eq!(listings, 400);
        assert!(fixture.truth.iter().any(|planted| planted.expected == "report"));
    }
}
