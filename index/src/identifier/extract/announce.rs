//! The words that announce an identifier, and those that announce some other number.
//!
//! Owns the tables (Danish, Norwegian, Swedish, German, Dutch, English, French, Spanish, Italian, Polish, Czech; plain form:
//! lower case, no accents) and the reading of an announcement from them. Leaves finding its value to [`super::value`].
//!
//! An announcement is a subject with a word for "number" glued on (`stelnummer`), after it (`frame no`) or before it
//! (`numéro de série`), or a subject that stands for itself (`IMEI`).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::super::kind::IdentifierKind;
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

impl Subject {
    /// The kind of identifier that it is, where that is plain: a mark of an owner is not, nor is a code that tax offices use too.
    pub(super) fn kind(self) -> Option<IdentifierKind> {
        Some(match self {
            Self::Imei => IdentifierKind::Imei,
            Self::Vin | Self::Chassis => IdentifierKind::Vin,
            Self::Frame | Self::Fnuci => IdentifierKind::FrameNumber,
            Self::Serial => IdentifierKind::Serial,
            Self::Chip => IdentifierKind::Chip,
            Self::Hull | Self::Boat => IdentifierKind::HullNumber,
            Self::Plate => IdentifierKind::Plate,
            Self::Product => IdentifierKind::ProductCode,
            Self::Owner | Self::GermanEin | Self::Other => return None,
        })
    }
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
        "vin vincode vinkode fin voertuigidentificatienummer fahrzeugidentifikationsnummer fahrzeugidentifizierungsnummer",
    ),
    (
        Subject::Vin,
        Needs::Number,
        "identification identifizierungs identifikations identificatie identyfikacyjny identifikacni \
         identifierings identificacion identificazione fahrzeugident fordons",
    ),
    (
        Subject::Chassis,
        Needs::Number,
        "chassis chassi chasis fahrgestell fgst understel understells karosserie vehicle fahrzeug nadwozia podwozia podvozku \
         karoserie motor motors engine moteur silnika motoru maskin",
    ),
    (Subject::Frame, Needs::Mark, "telaio bastidor rahmenkennung"),
    (
        Subject::Frame,
        Needs::Number,
        "rijwiel sykkel ramie rama stel stell cykelstel ramme ram rame cykelramme cykel frame bikeframe bicycle bike rahmen fahrradrahmen fahrrad cadre \
         velo quadro cuadro marco telaietto ramy ramu rower roweru kola fiets",
    ),
    (
        Subject::Serial,
        Needs::Mark,
        "serial sn matricola serialno serialnumber serie matricule seriale",
    ),
    (
        Subject::Serial,
        Needs::Number,
        "serien series ser seriel seriell seriales seryjny seryjnego seryjnym seriove seriovy serioveho seriovym vyr vyrobniho pristroje fabriek fabrieks \
         productie \
         vyrobnim fabr fabrikasjons fabrication fabricacion fabbricazione tillv prod produktions produktion produksjons \
         produktie production produkcyjny manufacturing herstellungs werk werks fabrik fabriks fabrikations \
         fabryczny fabricage tillverknings tilvirknings produktionsserie vyrobni gerate geraete gerat apparat apparatets \
         maskine maschinen kamera kamerahus camera body hus gehause objektiv lens device enheds enhets unit machine toestel",
    ),
    (
        Subject::Owner,
        Needs::Mark,
        "indgraveret graveret graveringen gravering engraved engraving etched eingraviert graviert gravur gravert gravyr \
         ingraverad graverad ingraverat gegraveerd gravure grave gravee grabado grabada inciso incisa grawer wygrawerowany \
         wygrawerowano grawerowany vygravirovano gravirovano gravirovani vyryto vyryte innrisset inngravert ingegraveerd incisione \
         inciso wygrawerowana grawerunek \
         indgravering indgraveringen inscribed inscripcion stoldmarkt agarmarkning eigentumerkennzeichnung ingekrast marquage \
         marked smartwater selectadna oan ejermaerket ejermaerke",
    ),
    (
        Subject::Owner,
        Needs::Number,
        "eingravierte eingravierten gravirovany maerket merket markt gekennzeichnet gemerkt marcado marchiato oznakowany \
         oznaceno ejer ejers eier owner owners owned applied eigentumer besitzer agare eigenaar proprietaire",
    ),
    (
        Subject::Chip,
        Needs::Mark,
        "chip chipa microchip mikrochip mikrocip mikrocipu mikroczip mikroczipa cip cipu czip czipa transponder transpondera transpondeur \
         transpondedor trasponder chippens rfid \
         puce brikke mikrobrikke",
    ),
    (Subject::Hull, Needs::Nothing, "hin cin win wincode"),
    (
        Subject::Boat,
        Needs::Number,
        "hull skrov skrovidentitet trup kadlub skrog skrov rumpf bootsrumpf coque casco scafo kadluba trupu romp",
    ),
    (
        Subject::Plate,
        Needs::Mark,
        "targa spz rz registreringsskylt immatriculation plaque matricula registration rejestracja reg regnr immat \
         immatricule matriculado targata targato placa tablica kjennemerke",
    ),
    (
        Subject::Plate,
        Needs::Nothing,
        "kennzeichen nummerplade nummerskilt nummerplate numberplate kenteken kentekenplaat kentekennummer skiltnummer bilskilt nummerpladen autokennzeichen kfzkennzeichen \
         nummernschild nummerplaat",
    ),
    (
        Subject::Plate,
        Needs::Number,
        "registrerings rejestracyjny registracni indregistrerings skilt licence license plate kent rej",
    ),
    (
        Subject::Product,
        Needs::Nothing,
        "ean ean13 ean8 gtin gtin13 gtin14 stregkodenummer strekkodenummer streckkodsnummer streepjescode gencod upc isbn isbn13 stregkode strichcode strekkode streckkod barcode",
    ),
    (Subject::Product, Needs::Number, "barras barres barre kreskowy paskowy carovy"),
    (
        Subject::GermanEin,
        Needs::Nothing,
        "ein kodierung kodiert codiernummer codierung codiert fahrradcode fahrradcodierung",
    ),
    (Subject::GermanEin, Needs::Number, "codier kodier"),
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

/// Announcements of two words.
const PAIRS: &[(Subject, Needs, &str, &str)] = &[
    (Subject::Plate, Needs::Nothing, "license", "plate"),
    (Subject::Plate, Needs::Nothing, "licence", "plate"),
    (Subject::Plate, Needs::Nothing, "number", "plate"),
    (Subject::Plate, Needs::Nothing, "tablice", "rejestracyjne"),
    (Subject::Plate, Needs::Nothing, "registracni", "znacka"),
    (Subject::Plate, Needs::Nothing, "reg", "znacka"),
    (Subject::Plate, Needs::Nothing, "poznavaci", "znacka"),
    (Subject::Plate, Needs::Mark, "znacka", "vozu"),
    (Subject::Product, Needs::Nothing, "bar", "code"),
    (Subject::Vin, Needs::Number, "fahrzeug", "ident"),
    (Subject::Boat, Needs::Number, "hull", "identification"),
    (Subject::Chip, Needs::Mark, "rfid", "tag"),
    (Subject::Chip, Needs::Mark, "puce", "electronique"),
    (Subject::Chip, Needs::Mark, "id", "markning"),
    (Subject::Serial, Needs::Number, "manufacturer", "s"),
];
/// Joins a mark's word to the code: "mærket med koden", "marcado con".
const WITH: &str = "med mit with met con avec kodem";

const NUMBERS: &str = "nr no num number numbers nummer nummeret nummern numre numrene numret nbr numero numeros numer numeru \
    numerem numery cislo cisla cislem nos kode koden code kod kodu kodem cod codigo codice n c id nro";
const GLUED: &str = "nr nrs no num number numbers nummer nummeret nummern numre numrene numret kode code id";
const ABBREVIATIONS: &str = "nr no num n nbr c sn ser reg id art tlf tel";
const BETWEEN: &str = "a na sul de du d di del della do da of the des der van van";

/// How compounds end that are looked for by their last stem, and the fewest letters of that stem and before it.
const COMPOUND_ENDS: [&str; 4] = ["nummer", "nummeret", "nummern", "nr"];
const COMPOUND_STEM_MIN: usize = 4;
const COMPOUND_FRONT_MIN: usize = 3;
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
    if let Some(composed) = of_several_words(tokens, at) {
        return announcement(composed.0, composed.1, composed.2);
    }
    if let Some((subject, needs)) = subject(word) {
        if joined(at + 1) && is_number(tokens, at + 1) {
            return announcement(subject, at + 2, false);
        }
        if needs > Needs::Number || tokens.gap_before(at + 1).contains('#') {
            return announcement(subject, at + 1, needs == Needs::Mark);
        }
    }
    if is_number(tokens, at) {
        // "N.º" is two tokens.
        let mut stem = at + 1 + usize::from(word == "n" && tokens.word(at + 1) == "o" && tokens.gap_before(at + 1) == ".");
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

/// Announcements whose subject takes more than one word: the subject, the token after them, and whether they need a mark.
fn of_several_words(tokens: &Tokens<'_>, at: usize) -> Option<(Subject, usize, bool)> {
    let (word, second) = (tokens.word(at), tokens.word(at + 1));
    // French "marqué"; without its accent it is the brand.
    if word == "marque" && tokens.given(at, at).to_lowercase().ends_with('é') {
        return Some((Subject::Owner, at + 1, true));
    }
    if !joins(tokens.gap_before(at + 1)) || second.is_empty() {
        return None;
    }
    let ended = |subject, next: usize, needs: Needs| {
        let number = joins(tokens.gap_before(next)) && is_number(tokens, next);
        let enough = number || needs > Needs::Number;
        enough.then_some((subject, next + usize::from(number), needs == Needs::Mark && !number))
    };
    if word == "v" && second == "i" && tokens.word(at + 2) == "n" && tokens.gap_before(at + 1) == "." {
        return Some((Subject::Vin, at + 3, false));
    }
    if let Some(&(subject, needs, ..)) = PAIRS.iter().find(|pair| pair.2 == word && pair.3 == second) {
        return ended(subject, at + 2, needs);
    }
    let (first, needs) = subject(word)?;
    // "Frame serial", "bike serial number".
    let serial = || WORDS.subjects.get(second).is_some_and(|known| known.0 == Subject::Serial);
    if first == Subject::Frame && serial() {
        return ended(first, at + 2, Needs::Mark);
    }
    let with = || WITH.split_whitespace().any(|with| with == second);
    (first == Subject::Owner && needs == Needs::Number && with()).then(|| ended(first, at + 2, Needs::Mark))?
}

/// What a word is about: by itself, or as a compound that ends in such a word with its "number" (`Fahrradrahmennummer`).
fn subject(word: &str) -> Option<(Subject, Needs)> {
    if let Some(&known) = WORDS.subjects.get(word) {
        return Some(known);
    }
    let end = COMPOUND_ENDS.into_iter().find(|end| word.ends_with(end))?;
    // Short stems end other words too ("Bestellnummer", "programnummer").
    let stems = COMPOUND_FRONT_MIN..(word.len() + 1).saturating_sub(end.len() + COMPOUND_STEM_MIN);
    stems.filter_map(|at| WORDS.subjects.get(word.get(at..)?).copied()).next()
}

/// Whether a word names the frame, when it says of what the announced serial is ("numéro de série du cadre").
pub(super) fn of_frame(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let between = BETWEEN.split_whitespace().any(|between| between == tokens.word(at));
    let stem = at + usize::from(between && joins(tokens.gap_before(at)));
    let frame = matches!(WORDS.subjects.get(tokens.word(stem)), Some((Subject::Frame, _)));
    (frame && joins(tokens.gap_before(stem))).then_some(stem + 1)
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
