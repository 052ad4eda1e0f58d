//! The words that announce an identifier, and those that announce some other number.
//!
//! Owns the tables (Danish, Norwegian, Swedish, German, Dutch, English, French, Spanish, Italian, Polish, Czech; plain form:
//! lower case, no accents) and the reading of an announcement from them. Leaves finding its value to [`super::value`].
//!
//! An announcement is a subject with a word for "number" glued on (`stelnummer`), after it (`frame no`) or before it
//! (`numéro de série`), or a subject that stands for itself (`IMEI`).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::super::scheme::vin;
use super::token::Tokens;

/// What an announcement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Imei,
    Vin,
    /// A vehicle's frame: a VIN, or whatever older vehicles carry.
    Chassis,
    Frame,
    Serial,
    Owner,
    Chip,
    Hull,
    /// A boat's number of any form.
    Boat,
    Plate,
    Product,
    GermanEin,
    Fnuci,
    /// Another number: model, article, order, telephone, postcode, price.
    Other,
}

/// What a subject needs beside it to announce a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Needs {
    /// A word for "number".
    Number,
    /// A word for "number", or a colon or the like before the value.
    Mark,
    Nothing,
}

/// An announcement read from the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Announcement {
    pub(super) subject: Subject,
    /// The token after it.
    pub(super) next: usize,
    /// Whether it still needs a colon or the like, or a value that speaks for itself.
    pub(super) needs_mark: bool,
    /// Whether its last word is an abbreviation, after which a full stop does not end the sentence.
    pub(super) abbreviated: bool,
}

const SUBJECTS: &[(Subject, Needs, &str)] = &[
    (
        Subject::Imei,
        Needs::Nothing,
        "imei imeinummer imeisv imeicode imeikode imei1 imei2 meid",
    ),
    (
        Subject::Vin,
        Needs::Nothing,
        "vin vincode fin fahrzeugidentifikationsnummer fahrzeugidentifizierungsnummer",
    ),
    (Subject::Vin, Needs::Number, "identification identifizierungs identifikations"),
    (
        Subject::Chassis,
        Needs::Number,
        "chassis chassi chasis fahrgestell fgst understel understells karosserie vehicle fahrzeug nadwozia podwozia \
         karoserie motor motors engine moteur silnika motoru maskin",
    ),
    (
        Subject::Frame,
        Needs::Number,
        "stel stell cykelstel ramme ram rame cykelramme cykel frame bikeframe bicycle bike rahmen fahrradrahmen fahrrad cadre \
         velo quadro cuadro marco telaio telaietto bastidor ramy ramu rower roweru kola fiets",
    ),
    (
        Subject::Serial,
        Needs::Mark,
        "serial sn matricola serialno serialnumber serie matricule",
    ),
    (
        Subject::Serial,
        Needs::Number,
        "serien series seriale seriel seriell seriales seryjny seryjnego seriove seriovy fabrik fabriks fabrikations \
         fabryczny fabricage tillverknings tilvirknings produktionsserie vyrobni gerate geraete gerat apparat apparatets \
         maskine maschinen kamera kamerahus camera body hus gehause objektiv lens device enheds enhets unit machine toestel",
    ),
    (
        Subject::Owner,
        Needs::Mark,
        "indgraveret graveret graveringen gravering engraved engraving etched eingraviert graviert gravur gravert gravyr \
         ingraverad graverad ingraverat gegraveerd gravure grave gravee grabado grabada inciso incisa grawer wygrawerowany \
         wygrawerowano grawerowany vygravirovano gravirovano smartwater selectadna oan ejermaerket ejermaerke",
    ),
    (
        Subject::Owner,
        Needs::Number,
        "ejer ejers eier owner owners owned applied eigentumer besitzer agare eigenaar proprietaire",
    ),
    (
        Subject::Chip,
        Needs::Mark,
        "chip microchip mikrochip mikrocip cip transponder rfid puce",
    ),
    (Subject::Hull, Needs::Nothing, "hin cin win wincode"),
    (
        Subject::Boat,
        Needs::Number,
        "hull skrog skrov rumpf bootsrumpf coque casco scafo kadluba trupu romp",
    ),
    (
        Subject::Plate,
        Needs::Mark,
        "targa spz registreringsskylt immatriculation reg",
    ),
    (
        Subject::Plate,
        Needs::Nothing,
        "kennzeichen nummerplade nummerskilt nummerplate numberplate kenteken",
    ),
    (
        Subject::Plate,
        Needs::Number,
        "registrerings registration rejestracyjny indregistrerings licence license plate",
    ),
    (
        Subject::Product,
        Needs::Nothing,
        "ean ean13 ean8 gtin gtin13 gtin14 upc isbn isbn13 stregkode strichcode strekkode streckkod barcode",
    ),
    (
        Subject::GermanEin,
        Needs::Nothing,
        "ein codiernummer codierung codiert fahrradcode fahrradcodierung",
    ),
    (Subject::Fnuci, Needs::Nothing, "fnuci bicycode"),
    (
        Subject::Other,
        Needs::Nothing,
        "model modell modele modelo modello modelnr modelnummer modellnummer modelnumber typ type tipo typenummer art artikel \
         artikelnr artikelnummer artnr article articulo articolo vare varenr varenummer item produkt produktnr produktnummer \
         product productnumber part partno partnumber mpn sku asin ref referenz reference referentie referencia bestellnummer \
         bestell ordre ordrenr order ordernumber katalog katalognr catalog lot lotnr auktion auktionsnr sag sagsnr tlf tel \
         telefonnr telefonnummer mobilnr ring call ruf whatsapp sms fax postnr \
         plz zip postcode konto kontonr iban cvr faktura fakturanr invoice rechnung rechnungsnummer kvittering firmware version \
         pris price preis prix precio prezzo cena chipset annonce annoncenr anzeige",
    ),
];

const NUMBERS: &str = "nr no num number numbers nummer nummeret nummern numre numrene numret nbr numero numer numeru cislo \
    cisla nos kode koden code n c id nro";
const GLUED: &str = "nr nrs no num number numbers nummer nummeret nummern numre numrene numret kode code id";
const ABBREVIATIONS: &str = "nr no num n nbr c sn reg id art tlf tel";
const BETWEEN: &str = "de du d di del della do da of the des der van van";

/// Words for a serial's number that it is glued to, the longest first.
const GLUED_SERIALS: [&str; 6] = ["serialno", "serienr", "serial", "snr", "sno", "sn"];

struct Words {
    subjects: HashMap<String, (Subject, Needs)>,
    numbers: HashSet<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut subjects = HashMap::new();
    for &(subject, _, words) in SUBJECTS {
        for word in words.split_whitespace() {
            if subject != Subject::Other && subject != Subject::Product {
                for glued in GLUED.split_whitespace() {
                    subjects.entry(format!("{word}{glued}")).or_insert((subject, Needs::Nothing));
                    // German and the Nordic languages join with an s or an n.
                    subjects.entry(format!("{word}s{glued}")).or_insert((subject, Needs::Nothing));
                    subjects.entry(format!("{word}n{glued}")).or_insert((subject, Needs::Nothing));
                }
            }
        }
    }
    for &(subject, needs, words) in SUBJECTS {
        for word in words.split_whitespace() {
            subjects.insert(word.to_owned(), (subject, needs));
        }
    }
    Words {
        subjects,
        numbers: NUMBERS.split_whitespace().collect(),
    }
});

/// Whether a plain word announces a value with nothing else beside it.
pub(super) fn announces_alone(word: &str) -> bool {
    matches!(WORDS.subjects.get(word), Some(&(subject, Needs::Nothing)) if subject != Subject::Other)
}

/// How many letters at the front of a word in plain form announce the rest of it; with the `s` and stroke of `s/n` before
/// it when `stroke`. The rest must be too dense for a word that merely begins so.
pub(super) fn glued(word: &str, stroke: bool) -> Option<usize> {
    let serial = |rest: &str| {
        let digits = rest.bytes().filter(u8::is_ascii_digit).count();
        rest.len() >= 7 && digits >= 4 && (rest.len() >= 8 || rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let vehicle = |rest: &str| vin::fits(&rest.to_ascii_uppercase());
    let rest = |front: &str| word.strip_prefix(front);
    if stroke {
        return rest("n").is_some_and(serial).then_some(1);
    }
    let front = GLUED_SERIALS.iter().find(|front| rest(front).is_some_and(serial));
    let front = front.or_else(|| ["vin", "fin"].iter().find(|front| rest(front).is_some_and(vehicle)));
    front.map(|front| front.len())
}

/// The announcement that begins at a token, if one does.
pub(super) fn read(tokens: &Tokens<'_>, at: usize) -> Option<Announcement> {
    let token = tokens.get(at)?;
    if token.letters == 0 || token.len() > 40 {
        return None;
    }
    let word = tokens.word(at);
    let joined = |at: usize| joins(tokens.gap_before(at));
    let announcement = |subject, next: usize, needs_mark| {
        let last = tokens.word(next - 1);
        let abbreviated = ABBREVIATIONS.split_whitespace().any(|word| word == last) || last.ends_with("nr");
        Some(Announcement {
            subject,
            next,
            needs_mark,
            abbreviated,
        })
    };
    if word == "s" && tokens.word(at + 1) == "n" && matches!(tokens.gap_before(at + 1), "/" | "." | "-" | "\\" | "／") {
        return announcement(Subject::Serial, at + 2, false);
    }
    if let Some(&(subject, needs)) = WORDS.subjects.get(word) {
        if joined(at + 1) && is_number(tokens, at + 1) {
            return announcement(subject, at + 2, false);
        }
        if needs > Needs::Number || tokens.gap_before(at + 1).contains('#') {
            return announcement(subject, at + 1, needs == Needs::Mark);
        }
    }
    if is_number(tokens, at) {
        let mut stem = at + 1;
        if joined(stem) && BETWEEN.split_whitespace().any(|between| between == tokens.word(stem)) {
            stem += 1;
        }
        if joined(stem)
            && let Some(&(subject, _)) = WORDS.subjects.get(tokens.word(stem))
            && subject != Subject::Other
        {
            return announcement(subject, stem + 1, false);
        }
    }
    None
}

fn is_number(tokens: &Tokens<'_>, at: usize) -> bool {
    let word = tokens.word(at);
    match word {
        // Single letters stand for "number" only as abbreviations: n°, n., č.
        "n" | "c" => tokens.gap_after(at).starts_with(['°', '.', 'º', '˚']),
        // "no" is also a word.
        "no" => tokens.gap_after(at).starts_with(['.', ':', '#', ' ']),
        _ => word.len() <= 9 && WORDS.numbers.contains(word),
    }
}

/// Whether a gap can stand inside an announcement.
fn joins(gap: &str) -> bool {
    gap.len() <= 4
        && gap
            .chars()
            .all(|c| matches!(c, ' ' | '\u{a0}' | '.' | '-' | '/' | '\'' | '’' | '°' | 'º' | '–'))
}
