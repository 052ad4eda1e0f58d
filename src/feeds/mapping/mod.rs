//! Cells become our record: by what a format's vocabulary says of its columns, and by the feed's own mapping before that.
//!
//! Owns which column is read as which field, and putting the values together. How a value is written is for [`super::value`]; whether it
//! fits our record is for [`super::record`], whose faults come out under the columns' names.

mod check;
mod fields;
mod guess;
mod keeping;
mod money;
mod unread;

use std::sync::Arc;

use chrono_tz::Tz;

use super::build::Built;
use super::content::{Cells, Header, Vocabulary};
use super::json::Json;
use super::notes::Notes;
use super::{ReadOptions, ebay, google, live_auctioneers, value};
use crate::domain::mapping::{Columns, Mapping};
use fields::{FIELDS, Sort};
use keeping::KeptColumns;
use unread::Unread;

pub use check::check;
pub(super) use guess::usual_field;
pub use guess::{UNTRANSLATED, guess};
pub(super) use unread::number_field;

/// Our fields, and the columns of a vocabulary that hold them, the better first.
pub(super) type Names = [(&'static str, &'static [&'static str])];

/// How what is said of a table begins in which no column is read as an id, or as a title.
pub(super) const NO_COLUMN: &str = "no column is read as this";

/// Which columns of one header are read as what.
pub(super) struct Plan {
    header: Arc<Header>,
    fields: Vec<Planned>,
    /// Columns that are kept as they are.
    kept: KeptColumns,
    /// Columns that no field is read from.
    unread: Unread,
    mapping: Arc<Mapping>,
    photo_separator: Option<char>,
    /// Photos that are no address are left out.
    addresses_only: bool,
}

/// One field and where it comes from.
struct Planned {
    path: &'static str,
    sort: Sort,
    columns: Vec<usize>,
    constant: Option<String>,
}

impl Plan {
    pub(super) fn new(header: &Arc<Header>, options: &ReadOptions) -> Self {
        let mapping = options.mapping.clone().unwrap_or_default();
        let known = known(header.vocabulary);
        let planned = FIELDS.iter().map(|(path, sort)| Planned {
            path,
            sort: *sort,
            columns: columns(header, &mapping, known, path),
            constant: mapping.constants.get(*path).filter(|text| !text.trim().is_empty()).cloned(),
        });
        let mut fields: Vec<Planned> = planned.filter(Planned::says_something).collect();
        let kept = KeptColumns::of(header, &mapping);
        let places = (0..header.names.len()).filter(|at| !kept.places().contains(at));
        let read = |at: &usize| fields.iter().any(|field| field.columns.contains(at));
        let left: Vec<usize> = places.filter(|at| !read(at)).collect();
        let (numbers, unread) = Unread::of(header, &mapping, left);
        for (path, at) in numbers {
            match fields.iter_mut().find(|field| field.path == path) {
                Some(field) => field.columns.push(at),
                None => fields.extend(Planned::of_column(path, at)),
            }
        }
        Self {
            header: Arc::clone(header),
            kept,
            fields,
            unread,
            photo_separator: mapping.photo_separator.or(match header.vocabulary {
                Vocabulary::Google => Some(google::PHOTO_SEPARATOR),
                Vocabulary::Ebay => Some(ebay::PHOTO_SEPARATOR),
                _ => None,
            }),
            addresses_only: header.vocabulary == Vocabulary::LiveAuctioneers && !options.photo_paths,
            mapping,
        }
    }

    /// Whether this is the plan for rows under `header`.
    pub(super) fn fits(&self, header: &Arc<Header>) -> bool {
        Arc::ptr_eq(&self.header, header)
    }

    /// The columns that are read as `field`, or else those that are read as any other.
    pub(super) fn columns_read(&self, field: &str, as_field: bool) -> Vec<usize> {
        let fields = self.fields.iter().filter(|planned| (planned.path == field) == as_field);
        fields.flat_map(|planned| planned.columns.iter().copied()).collect()
    }

    /// The columns that are kept as they are.
    pub(super) fn columns_kept(&self) -> Vec<usize> {
        self.kept.places()
    }

    /// Notes what a header has of the columns that the mapping names.
    pub(super) fn note_header(header: &Header, mapping: &Mapping, notes: &mut Notes) {
        notes.header(header, mapping, same_name);
    }

    /// Counts what the row on a line says that is not read.
    pub(super) fn count_unread(&mut self, line: u64, cells: &Cells) {
        self.unread.count(line, cells);
    }

    /// Tells what was counted.
    pub(super) fn tell_unread(&self, notes: &mut Notes) {
        self.unread.tell(&self.header, notes);
    }

    /// Our record of a row.
    pub(super) fn build<'c>(&self, cells: &'c Cells) -> Built<'c> {
        let mut built = Built::default();
        for field in &self.fields {
            self.build_field(field, cells, &mut built);
        }
        self.kept.build(cells, &mut built);
        self.check_sign(cells, &mut built);
        for path in ["id", "title"] {
            if !self.fields.iter().any(|field| field.path == path) {
                built.absent(path, self.nothing_read_as(path));
            }
        }
        built
    }

    fn nothing_read_as(&self, path: &str) -> String {
        let own = known(self.header.vocabulary).iter().find(|(field, _)| *field == path);
        if let Some((_, names)) = own
            && !self.mapping.columns.contains_key(path)
        {
            return format!("missing: this format says it as {}", names.join(", or as "));
        }
        let mut names = self.header.names.join(", ");
        if let Some((cut, _)) = names.char_indices().nth(200) {
            names.truncate(cut);
            names.push('…');
        }
        format!("{NO_COLUMN}; name one in the feed's mapping. The columns are: {names}")
    }

    fn build_field<'c>(&self, field: &Planned, cells: &'c Cells, built: &mut Built<'c>) {
        let name = |column: usize| self.header.names.get(column).map_or(field.path, String::as_str);
        if let Some(first) = field.columns.first() {
            built.source(field.path, name(*first));
        }
        // The currency of nothing is no price, and one that stands with its amount is not said again.
        if let Some(group) = field.path.strip_suffix(".currency")
            && (!built.has(&format!("{group}.amount")) || built.has(field.path))
        {
            self.contradiction(field, cells, built);
            return;
        }
        let mut given = field.columns.iter().filter_map(|column| {
            let text = cells.values.get(*column)?.trim();
            (!text.is_empty()).then_some((text, name(*column)))
        });
        match field.sort {
            Sort::Id if self.mapping.id_separator.is_some() => self.joined_id(field, cells, built),
            Sort::Photos => given.for_each(|(text, name)| self.photos(text, name, built)),
            Sort::Identifier(kind) => given.for_each(|(text, name)| built.identifier(kind, text, name)),
            Sort::Text | Sort::Prose => {
                let texts: Vec<(&str, &str)> = given.collect();
                let with = if field.sort == Sort::Text { " " } else { "\n" };
                match texts.as_slice() {
                    [] => self.constant(field, built),
                    [(text, name)] => built.text(field.path, *text, name),
                    [(_, name), ..] => {
                        let texts: Vec<&str> = texts.iter().map(|(text, _)| *text).collect();
                        built.text(field.path, texts.join(with), name);
                    }
                }
            }
            _ => match given.next() {
                Some((text, name)) => self.value(field, text, name, built),
                None => self.constant(field, built),
            },
        }
    }

    /// An id that is made of all its columns. Where one of them says nothing there is none: another listing could bear the rest.
    fn joined_id(&self, field: &Planned, cells: &Cells, built: &mut Built<'_>) {
        let name = |at: &usize| self.header.names.get(*at).map_or(field.path, String::as_str);
        let first = field.columns.first().map_or(field.path, name);
        let named = self
            .mapping
            .columns
            .get(field.path)
            .map_or(0, |columns| columns.names().len());
        if field.columns.len() < named {
            return built.fault(
                first,
                "the mapping makes the id of several columns, and not all of them are there",
            );
        }
        let said = |at: &usize| cells.values.get(*at).map_or("", |cell| cell.trim());
        if let Some(silent) = field.columns.iter().find(|at| said(at).is_empty()) {
            let reason = format!("the id is made of several columns, and {} says nothing", name(silent));
            return built.fault(first, reason);
        }
        let parts: Vec<&str> = field.columns.iter().map(said).collect();
        let id = parts.join(self.mapping.id_separator.as_deref().unwrap_or_default());
        built.text(field.path, format!("{}{id}", self.mapping.id_prefix), first);
    }

    fn constant(&self, field: &Planned, built: &mut Built<'_>) {
        if let Some(constant) = &field.constant
            && !built.has(field.path)
        {
            built.text(field.path, constant.clone(), field.path);
        }
    }

    /// Reads one value; `'c` is that of the row.
    fn value<'c>(&self, field: &Planned, text: &'c str, name: &str, built: &mut Built<'c>) {
        let zone = self.mapping.time_zone.unwrap_or(Tz::UTC);
        let format = self.mapping.time_format.as_deref();
        let path = field.path;
        let read = match field.sort {
            Sort::Id if self.mapping.id_prefix.is_empty() => return built.text(path, text, name),
            Sort::Id => Some(format!("{}{text}", self.mapping.id_prefix)),
            Sort::Price | Sort::Amount => return self.amount(field, text, name, built),
            Sort::Time => value::time(text, zone, format),
            Sort::Day => value::day(text, zone, format),
            Sort::Status => match self.status(text) {
                Some(status) => Some(status.to_owned()),
                None => return built.fault(name, unknown_status(text)),
            },
            Sort::Number => return number(path, text, name, built),
            Sort::Flag => {
                let flag = matches!(text.to_ascii_lowercase().as_str(), "true" | "yes" | "1");
                return built.put(path, Json::Bool(flag), name);
            }
            _ => return built.text(path, text, name),
        };
        match (read, field.sort) {
            (Some(read), _) => built.text(path, read, name),
            (None, sort) => built.fault(name, self.no_time(sort, text)),
        }
    }

    /// Why a text is no time, or no day.
    fn no_time(&self, sort: Sort, text: &str) -> String {
        let format = self.mapping.time_format.as_deref();
        if let Some(form) = value::impossible(text, format) {
            return format!("there is no such day or hour, read by {form}");
        }
        let (what, example) = match sort {
            Sort::Day => ("day", "2024-03-01"),
            _ => ("time", "2026-11-20 18:00"),
        };
        match format {
            Some(format) => format!("expected a {what} by {format}, as the feed's mapping says, or such as {example}"),
            None => format!("expected a {what} such as {example}; other forms are named in the feed's mapping, as time_format"),
        }
    }

    fn status(&self, text: &str) -> Option<&str> {
        let own = self.mapping.statuses.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        let own = own
            .map(|(_, status)| status.as_str())
            .filter(|status| *status != UNTRANSLATED);
        // What is an item's is left to the record, which says which there are.
        let of_item = || ITEM_STATUSES.into_iter().find(|status| status.eq_ignore_ascii_case(text));
        own.or_else(|| value::status(text)).or_else(of_item)
    }

    fn photos<'c>(&self, text: &'c str, name: &str, built: &mut Built<'c>) {
        let parts = text.split(|c| Some(c) == self.photo_separator);
        for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
            let is_address = part.starts_with("http://") || part.starts_with("https://");
            match &self.mapping.photo_base {
                Some(base) if !is_address => match value::beneath(base, part) {
                    Ok(address) => built.photo(String::from(address), name),
                    Err(_) => built.fault(name, "this and photo_base make no web address"),
                },
                _ if !is_address && self.addresses_only => {}
                _ => built.photo(part, name),
            }
        }
    }
}

/// What a vocabulary's columns are read as.
fn known(vocabulary: Vocabulary) -> &'static Names {
    match vocabulary {
        Vocabulary::Own => &[],
        Vocabulary::Google => google::NAMES,
        Vocabulary::Ebay => ebay::NAMES,
        Vocabulary::LiveAuctioneers => live_auctioneers::NAMES,
    }
}

impl Planned {
    fn says_something(&self) -> bool {
        !self.columns.is_empty() || self.constant.is_some()
    }

    /// A field that is read from one column.
    fn of_column(path: &str, at: usize) -> Option<Self> {
        let (path, sort) = FIELDS.iter().find(|(known, _)| *known == path)?;
        Some(Self {
            path,
            sort: *sort,
            columns: vec![at],
            constant: None,
        })
    }
}

/// The columns of a header that are read as a field.
fn columns(header: &Header, mapping: &Mapping, known: &Names, path: &str) -> Vec<usize> {
    let own = [path];
    let mapped: Vec<&str> = match mapping.columns.get(path).map(Columns::names) {
        Some(names) => names.iter().map(String::as_str).collect(),
        None => match known.iter().find(|(field, _)| *field == path) {
            Some((_, names)) => names.to_vec(),
            None if header.vocabulary == Vocabulary::Own => own.to_vec(),
            None => Vec::new(),
        },
    };
    let named = mapped.into_iter().flat_map(|wanted| {
        let places = header.names.iter().enumerate();
        places.filter(move |(_, name)| same_name(name, wanted)).map(|(at, _)| at)
    });
    named.collect()
}

/// Whether two names of a column are one, whatever their case, blanks and dashes.
fn same_name(one: &str, other: &str) -> bool {
    let plain = |c: char| if matches!(c, ' ' | '-') { '_' } else { c };
    let letters = |name: &str| {
        name.trim()
            .chars()
            .map(plain)
            .flat_map(char::to_lowercase)
            .collect::<Vec<_>>()
    };
    one == other || (one.len() == other.len() && letters(one) == letters(other))
}

/// The statuses that an item has and a listing has not.
const ITEM_STATUSES: [&str; 3] = ["registered", "stolen", "recovered"];

/// What is said of a word that is no status.
fn unknown_status(text: &str) -> String {
    let word: String = text.chars().take(40).collect();
    format!("found `{word}`; translate it under `statuses` of the feed's mapping, to active, sold, ended or withdrawn")
}

fn number(path: &str, text: &str, name: &str, built: &mut Built<'_>) {
    match text.replace(',', ".").parse::<f64>() {
        Ok(number) if number.is_finite() => built.put(path, Json::Number(number), name),
        _ => built.fault(name, "expected a decimal number"),
    }
}
