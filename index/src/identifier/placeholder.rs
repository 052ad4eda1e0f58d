//! What people type when they have no number: words, runs of one character, counting.
//!
//! Owns the list of words in the languages of the service. Leaves telling the person so to [`super::normalize`].

use unicode_normalization::UnicodeNormalization;

/// Without separators and marks, upper case. Phrases that only *begin* so ("see photo 3") are in [`BEGINNINGS`].
const WORDS: &[&str] = &[
    "NA",
    "NO",
    "NONE",
    "NIL",
    "NULL",
    "NUL",
    "UNKNOWN",
    "UNKNOW",
    "UNKOWN",
    "NOTKNOWN",
    "IDK",
    "DONTKNOW",
    "DONOTKNOW",
    "TBD",
    "TBA",
    "TODO",
    "TEST",
    "MISSING",
    "NOTAVAILABLE",
    "NOTAPPLICABLE",
    "NOSERIAL",
    "NONUMBER",
    "ILLEGIBLE",
    "UNREADABLE",
    "ASK",
    "QWERTY",
    "ASDF",
    "ASDFGH",
    "ABC",
    "ABCD",
    "ABCDE",
    "ABCDEF", // da, no, sv
    "UKENDT",
    "UKJENT",
    "OKAND",
    "OKANT",
    "INGEN",
    "INTET",
    "INGA",
    "INGET",
    "MANGLER",
    "SAKNAS",
    "VEDIKKE",
    "VEDEJ",
    "VETEJ",
    "VETIKKE",
    "IKKEOPLYST",
    "FINDESIKKE",
    "HARIKKE",
    "ULÆSELIG",
    "ULÆSELIGT",
    "SPØRG", // de
    "UNBEKANNT",
    "KEINE",
    "KEIN",
    "KEINER",
    "KEINES",
    "OHNE",
    "KA",
    "FEHLT",
    "KEINEANGABE",
    "NICHTBEKANNT",
    "NICHTVORHANDEN",
    "UNLESERLICH",
    "WEISSNICHT", // nl
    "ONBEKEND",
    "GEEN",
    "NIETBEKEND",
    "WEETNIET",
    "ONLEESBAAR", // fr
    "INCONNU",
    "INCONNUE",
    "AUCUN",
    "AUCUNE",
    "SANS",
    "NONCONNU",
    "ILLISIBLE", // es, it
    "DESCONOCIDO",
    "NINGUNO",
    "NINGUNA",
    "NODISPONIBLE",
    "SINNUMERO",
    "NOLOSE",
    "SCONOSCIUTO",
    "NESSUNO",
    "NESSUNA",
    "NONDISPONIBILE",
    "NONSO",
    "ILLEGGIBILE", // pl, cs
    "NIEZNANY",
    "NIEZNANA",
    "NIEZNANE",
    "BRAK",
    "NIEMA",
    "NIEWIEM",
    "NEZNAMY",
    "NEZNAME",
    "NEZNAMO",
    "NENI",
    "ZADNY",
    "ZADNE",
    "NEVIM",
];

const BEGINNINGS: &[&str] = &[
    "SEEPHOTO",
    "SEEPIC",
    "SEEIMAGE",
    "SEETEXT",
    "SEEDESC",
    "SEBILLED",
    "SEFOTO",
    "SEBILD",
    "SEEBILD",
    "SIEHEFOTO",
    "SIEHEBILD",
    "SIEHEBESCHREIBUNG",
    "SIEHETEXT",
    "SIEHEABBILDUNG",
    "ZIEFOTO",
    "ZIEAFBEELDING",
    "VOIRPHOTO",
    "VOIRIMAGE",
    "VERFOTO",
    "VEASEFOTO",
    "VERIMAGEN",
    "VEDIFOTO",
    "VEDIIMMAGIN",
    "PATRZZDJECIE",
    "ZDJECIE",
    "NAZDJECIU",
    "VIZFOTO",
    "VIZOBRAZ",
    "NAFOTO",
    "UNKNOWN",
    "UKENDT",
    "UNBEKANNT",
    "ONBEKEND",
    "INCONNU",
];

/// Whether a canonical value (upper case, no separators) is a word for "none".
pub(super) fn is_word(canonical: &str) -> bool {
    let plain: String = canonical
        .nfd()
        .filter(|c| c.is_alphanumeric())
        .map(|c| if c == 'Ł' { 'L' } else { c })
        .collect();
    WORDS.contains(&plain.as_str()) || BEGINNINGS.iter().any(|beginning| plain.starts_with(beginning))
}

/// Whether a canonical value is one character repeated (`0000`, `XXX`) or plain counting (`123456`, `98765`).
pub(super) fn is_run(canonical: &str) -> bool {
    let mut chars = canonical.chars();
    let Some(first) = chars.next() else { return false };
    if chars.clone().all(|c| c == first) {
        return canonical.len() > 1 || first == '0';
    }
    if canonical.len() < 3 || !canonical.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let counts = |step: u8| {
        canonical
            .as_bytes()
            .windows(2)
            .all(|pair| (pair[0] - b'0' + step) % 10 == pair[1] - b'0')
    };
    (counts(1) && matches!(first, '0' | '1')) || (counts(9) && first != '0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::characters::canonical;

    #[test]
    fn words_and_runs() {
        for word in [
            "n/a",
            "Ukendt",
            "se billede",
            "Siehe Foto 2",
            "see photos!",
            "okänd",
            "žádné",
            "voir photo",
            "geen",
        ] {
            assert!(is_word(&canonical(word)), "{word}");
        }
        for run in [
            "000000",
            "xx-xx-xx",
            "123456",
            "0123456789",
            "1234567890",
            "987654",
            "00",
            "0",
        ] {
            assert!(is_run(&canonical(run)), "{run}");
        }
        for value in ["WBK123456Z", "NA1234", "1235", "345678", "7", "0010", "KA12"] {
            assert!(!is_run(&canonical(value)) && !is_word(&canonical(value)), "{value}");
        }
    }
}
