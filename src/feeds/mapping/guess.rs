//! A first mapping, guessed from a table's header and some of its rows: what a person then looks over.
//!
//! Owns the words for our fields in the languages of the first markets. A column is claimed only by its name; its values say how
//! amounts, times and photos are written.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, BufRead};
use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveDateTime};

use super::super::charset::Decoded;
use super::super::content::Content;
use super::super::table::{Expected, Table};
use super::super::{RecordSource, value};
use super::unread::number_field;
use crate::domain::mapping::{Columns, Mapping};

/// Stands in a guess for the status that only a person knows.
pub const UNTRANSLATED: &str = "?";
/// More different words than this in a column are no statuses.
const STATUSES_MAX: usize = 12;
/// Stands in a guess for the address that only a person knows; a mapping that names it is not accepted.
const PHOTO_BASE: &str = "https://photos.invalid/";

/// Rows that are looked at.
const ROWS_MAX: usize = 200;

/// Our fields and what their columns are called, in letters and digits alone: a field a line, a tab, the words.
const NAMES: &str = include_str!("names.tsv");

/// What a title is called as well, after all other words, unless the table says how to reach somebody: then it is a person's name.
const NAME: [&str; 5] = ["name", "navn", "namn", "naam", "nom"];
/// Columns that say how to reach somebody.
const REACH: [&str; 20] = [
    "adresse",
    "address",
    "adress",
    "adres",
    "anschrift",
    "telefon",
    "telefonnr",
    "telefonnummer",
    "tlf",
    "phone",
    "telephone",
    "téléphone",
    "telefoon",
    "mobil",
    "mobile",
    "handy",
    "mail",
    "email",
    "epost",
    "courriel",
];

/// Forms of times that mean something else elsewhere, so that they are believed only when every row fits.
const FORMS: [&str; 10] = [
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M %p",
    "%d-%m-%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y%m%d",
];

/// Guesses what a table's columns mean from its beginning. What is not claimed is left out, and so is what only a person knows:
/// the currency, the time zone. Words for statuses that are not known are named with [`UNTRANSLATED`], and where photos lie that
/// are named by file alone with an address that is none: both have to be replaced.
///
/// # Errors
/// When the stream cannot be read.
pub fn guess(stream: impl BufRead) -> io::Result<Mapping> {
    let mut table = Table::new(Decoded::new(stream, None), Expected::default());
    let (mut names, mut rows) = (Vec::new(), Vec::new());
    while rows.len() < ROWS_MAX
        && let Some(record) = table.next_record()?
    {
        if let Ok(Content::Cells(cells)) = record.content {
            names.clone_from(&cells.header.names);
            rows.push(cells.values);
        }
    }
    let mut mapping = Mapping::default();
    for (field, words) in NAMES.lines().filter_map(|line| line.split_once('\t')) {
        let mut words: Vec<&str> = words.split(' ').collect();
        if field == "title" && !names.iter().any(|name| REACH.contains(&bare(name).as_str())) {
            words.extend(NAME);
        }
        let found = words.into_iter().flat_map(|word| columns_called(&names, word));
        // Photos and identifiers may stand in many columns; of anything else the likeliest is enough for a guess.
        let may_be_many = field == "photos" || field.starts_with("identifiers.");
        let found: Vec<usize> = found.take(if may_be_many { 50 } else { 1 }).collect();
        if let Some(columns) = columns(&names, &found) {
            let cells: Vec<&str> = cells_of(&rows, &found);
            let field = written(field, &cells, &mut mapping);
            mapping.columns.insert(field.to_owned(), columns);
        }
    }
    announced(&names, &mut mapping);
    if !mapping.columns.keys().any(|field| field.starts_with("price")) {
        // Whichever column is the price, amounts are all written alike.
        let mut columns = (0..names.len()).map(|at| cells_of(&rows, &[at]));
        mapping.decimal_comma = columns.any(|cells| !cells.is_empty() && cells.iter().all(has_decimal_comma));
    }
    Ok(mapping)
}

/// Claims the columns that are left and whose names announce identifiers, such as `Gerätenummer` or `numéro de série du cadre`.
fn announced(names: &[String], mapping: &mut Mapping) {
    let claimed: Vec<String> = mapping.columns.values().flat_map(Columns::names).cloned().collect();
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, name) in names.iter().enumerate().filter(|(_, name)| !claimed.contains(name)) {
        if let Some(field) = number_field(name).filter(|field| !mapping.columns.contains_key(*field)) {
            found.entry(field).or_default().push(at);
        }
    }
    let found = found
        .into_iter()
        .filter_map(|(field, at)| Some((field.to_owned(), columns(names, &at)?)));
    mapping.columns.extend(found);
}

/// Whether a cell is an amount with a comma before its decimals.
fn has_decimal_comma(cell: &&str) -> bool {
    let decimals = |at: usize| matches!(cell[at..].len(), 2 | 3) && cell[at + 1..].bytes().all(|b| b.is_ascii_digit());
    cell.rfind(',').is_some_and(decimals) && value::amount(cell, true).is_some()
}

/// The field that a column of this name usually holds. Names that a person's may stand under as well are no usual ones.
pub(in super::super) fn usual_field(name: &str) -> Option<&'static str> {
    static FIELDS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
        let fields = NAMES.lines().filter_map(|line| line.split_once('\t'));
        fields
            .flat_map(|(field, words)| words.split(' ').map(move |word| (word, field)))
            .collect()
    });
    let name = bare(name);
    FIELDS.get(name.trim_end_matches(|c: char| c.is_ascii_digit())).copied()
}

fn bare(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Columns of a name; numbers behind it count as the same name.
fn columns_called(names: &[String], word: &str) -> Vec<usize> {
    let called = |name: &String| bare(name).trim_end_matches(|c: char| c.is_ascii_digit()) == word;
    let places = names.iter().enumerate();
    places.filter(|(_, name)| called(name)).map(|(at, _)| at).collect()
}

fn columns(names: &[String], found: &[usize]) -> Option<Columns> {
    let mut named: Vec<String> = found.iter().filter_map(|at| names.get(*at)).cloned().collect();
    match named.len() {
        0 => None,
        1 => named.pop().map(Columns::One),
        _ => Some(Columns::Several(named)),
    }
}

fn cells_of<'r>(rows: &'r [Vec<String>], columns: &[usize]) -> Vec<&'r str> {
    let cells = rows.iter().flat_map(|row| columns.iter().filter_map(|at| row.get(*at)));
    cells.map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect()
}

/// Notes how a field's values are written, and says which field they are.
fn written<'f>(field: &'f str, cells: &[&str], mapping: &mut Mapping) -> &'f str {
    match field {
        "price" => {
            mapping.decimal_comma = cells.iter().any(has_decimal_comma);
            let with_currency = cells
                .iter()
                .any(|cell| matches!(value::amount(cell, mapping.decimal_comma), Some((_, Some(_)))));
            if with_currency { "price" } else { "price.amount" }
        }
        "photos" => {
            mapping.photo_separator = ['|', ';', ' ', ',']
                .into_iter()
                .find(|separator| cells.iter().any(|cell| cell.contains(*separator)));
            let is_address = |cell: &&str| cell.starts_with("http://") || cell.starts_with("https://");
            if !cells.is_empty() && !cells.iter().any(is_address) {
                mapping.photo_base = PHOTO_BASE.parse().ok();
            }
            field
        }
        "status" => {
            let unknown = cells.iter().filter(|cell| value::status(cell).is_none());
            let words: BTreeSet<&str> = unknown.copied().collect();
            if words.len() <= STATUSES_MAX {
                let untranslated = |word: &str| (word.to_owned(), UNTRANSLATED.to_owned());
                mapping.statuses = words.into_iter().map(untranslated).collect();
            }
            field
        }
        "posted_at" | "ends_at" => {
            let fits = |form: &&&str| cells.iter().all(|cell| is_time(cell, form));
            let understood = cells.iter().all(|cell| value::time(cell, chrono_tz::Tz::UTC, None).is_some());
            if !understood && mapping.time_format.is_none() {
                mapping.time_format = FORMS.iter().find(fits).map(|form| (*form).to_owned());
            }
            field
        }
        _ => field,
    }
}

fn is_time(cell: &str, form: &str) -> bool {
    NaiveDateTime::parse_from_str(cell, form).is_ok() || NaiveDate::parse_from_str(cell, form).is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Cursor;

    use serde_json::json;

    use super::*;

    #[test]
    fn the_danish_sample_is_guessed_but_for_what_only_a_person_knows() {
        let sample = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/feeds/danish.csv")).unwrap();
        let known = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/feeds/danish.mapping.json")).unwrap();
        let known: Mapping = serde_json::from_slice(&known).unwrap();
        let guessed = guess(Cursor::new(sample)).unwrap();
        let mut columns = known.columns;
        columns.remove("status");
        assert_eq!(guessed.columns, columns);
        assert!(guessed.decimal_comma);
        assert_eq!(
            (guessed.time_format, guessed.photo_separator),
            (known.time_format, known.photo_separator)
        );
    }

    #[test]
    fn columns_are_guessed_in_several_languages() {
        let body = "Losnr.,Bezeichnung,Preis,Bild 1,Bild 2,Einlieferer\n7,Ring,12.50 EUR,a.jpg,b.jpg,u-1\n";
        let columns = serde_json::to_value(guess(Cursor::new(body)).unwrap().columns).unwrap();
        let expected = json!({"id": "Losnr.", "title": "Bezeichnung", "price": "Preis", "photos": ["Bild 1", "Bild 2"], "seller.ref": "Einlieferer"});
        assert_eq!(columns, expected);
        let body =
            "Losnr.;Titel;Ausruf;Waehrung;IMEI-Nr.;Einlieferer-Nr.;Auktionsbeginn;Auktionsende\n7;Ring;1.200,00;EUR;;u-1;;\n";
        let guessed = guess(Cursor::new(body)).unwrap();
        let columns = serde_json::to_value(guessed.columns).unwrap();
        let expected = json!({"id": "Losnr.", "title": "Titel", "price.amount": "Ausruf", "price.currency": "Waehrung", "identifiers.imei": "IMEI-Nr.",
            "seller.ref": "Einlieferer-Nr.", "posted_at": "Auktionsbeginn", "ends_at": "Auktionsende"});
        assert_eq!((columns, guessed.decimal_comma), (expected, true));
        assert_eq!(guess(Cursor::new("")).unwrap(), Mapping::default());
        for (body, title) in [
            (
                "Nr;Navn;Overskrift;Adresse\n1;Karl;Ring;Vej 1\n",
                json!({"id": "Nr", "title": "Overskrift"}),
            ),
            ("Nr;Navn;Telefon\n1;Karl;20304050\n", json!({"id": "Nr"})),
            (
                "Nr;Navn;Pris\n1;Ring;5\n",
                json!({"id": "Nr", "title": "Navn", "price.amount": "Pris"}),
            ),
        ] {
            let columns = serde_json::to_value(guess(Cursor::new(body)).unwrap().columns).unwrap();
            assert_eq!(columns, title, "{body}");
        }
    }

    #[test]
    fn columns_are_guessed_in_eleven_languages() {
        for (header, expected) in [
            (
                "Nr;Titel;Beskrivelse;Startpris;IMEI 1;IMEI 2;Apparatets nr",
                json!({"id": "Nr", "title": "Titel", "description": "Beskrivelse", "price.amount": "Startpris",
                       "identifiers.imei": ["IMEI 1", "IMEI 2"], "identifiers.serial": "Apparatets nr"}),
            ),
            (
                "Objektnr;Tittel;Minstepris;Understellsnummer;Innleverer",
                json!({"id": "Objektnr", "title": "Tittel", "price.amount": "Minstepris", "identifiers.vin": "Understellsnummer",
                       "seller.ref": "Innleverer"}),
            ),
            (
                "Utropsnr;Rubrik;Utropspris;Ramnummer;Skick",
                json!({"id": "Utropsnr", "title": "Rubrik", "price.amount": "Utropspris", "identifiers.frame_number": "Ramnummer",
                       "condition": "Skick"}),
            ),
            (
                "Katalognr.;Bezeichnung;Limit;Gerätenummer;Kommittent;Auktionsende",
                json!({"id": "Katalognr.", "title": "Bezeichnung", "price.amount": "Limit", "identifiers.serial": "Gerätenummer",
                       "seller.ref": "Kommittent", "ends_at": "Auktionsende"}),
            ),
            (
                "Kavelnummer;Titel;Omschrijving;Inzet;Framenummer;Inbringer",
                json!({"id": "Kavelnummer", "title": "Titel", "description": "Omschrijving", "price.amount": "Inzet",
                       "identifiers.frame_number": "Framenummer", "seller.ref": "Inbringer"}),
            ),
            (
                "Lot no.;Title;Hammer price;Serial no.;Closing date",
                json!({"id": "Lot no.", "title": "Title", "price.amount": "Hammer price", "identifiers.serial": "Serial no.",
                       "ends_at": "Closing date"}),
            ),
            (
                "Référence;Désignation;Mise à prix;Numéro de série;Déposant",
                json!({"id": "Référence", "title": "Désignation", "price.amount": "Mise à prix", "identifiers.serial": "Numéro de série",
                       "seller.ref": "Déposant"}),
            ),
            (
                "Lote;Título;Precio de salida;Número de serie;Vendedor",
                json!({"id": "Lote", "title": "Título", "price.amount": "Precio de salida", "identifiers.serial": "Número de serie",
                       "seller.ref": "Vendedor"}),
            ),
            (
                "Lotto;Titolo;Descrizione;Base d'asta;Matricola;Venditore",
                json!({"id": "Lotto", "title": "Titolo", "description": "Descrizione", "price.amount": "Base d'asta",
                       "identifiers.serial": "Matricola", "seller.ref": "Venditore"}),
            ),
            (
                "Nr lotu;Nazwa;Cena wywoławcza;Numer seryjny;Numer ramy;Sprzedawca",
                json!({"id": "Nr lotu", "title": "Nazwa", "price.amount": "Cena wywoławcza", "identifiers.serial": "Numer seryjny",
                       "identifiers.frame_number": "Numer ramy", "seller.ref": "Sprzedawca"}),
            ),
            (
                "Číslo;Název;Vyvolávací cena;Výrobní číslo;Prodejce",
                json!({"id": "Číslo", "title": "Název", "price.amount": "Vyvolávací cena", "identifiers.serial": "Výrobní číslo",
                       "seller.ref": "Prodejce"}),
            ),
        ] {
            let row = vec!["1"; header.split(';').count()].join(";");
            let guessed = guess(Cursor::new(format!("{header}\n{row}\n"))).unwrap();
            assert_eq!(serde_json::to_value(guessed.columns).unwrap(), expected, "{header}");
        }
    }

    #[test]
    fn what_only_a_person_knows_is_asked_for() {
        let body = "Nr;Titel;Gebot;Zustand der Auktion;Status;Foto\n1;Ring;12,50;neu;offen;a.jpg\n2;Ur;;gut;sold;b.jpg\n3;Vase;7,00;;verkauft;\n";
        let guessed = guess(Cursor::new(body)).unwrap();
        assert!(guessed.decimal_comma, "amounts are known by how they are written");
        let statuses = serde_json::to_value(&guessed.statuses).unwrap();
        assert_eq!(statuses, json!({"offen": "?", "verkauft": "?"}));
        let faults = super::super::check(&guessed).unwrap_err();
        let faults: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(faults, ["statuses.offen", "statuses.verkauft", "photo_base"]);
        let amounts = guess(Cursor::new("Nr;Titel;Mass\n1;Ring;1,5 x 2,5\n")).unwrap();
        assert!(!amounts.decimal_comma);
    }
}
