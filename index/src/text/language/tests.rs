//! Languages told apart, their endings and stop words.
#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn languages_are_told_apart() {
    let cases = [
        ("Sort herrecykel sælges, den har kun været brugt en sommer", Some("da")),
        ("Damecykel med kurv og syv gear, lidt rust på skærmen", Some("da")),
        ("Herrenfahrrad zu verkaufen, wurde nur einen Sommer gefahren", Some("de")),
        (
            "Gebrauchte Kamera mit Tasche und Ladegerät, kleine Kratzer am Gehäuse",
            Some("de"),
        ),
        ("Black mountain bike for sale, hardly used and in good condition", Some("en")),
        ("Used camera with bag and charger, some scratches on the body", Some("en")),
        ("Svart damcykel till salu, knappt använd och i fint skick", Some("sv")),
        ("Svart damesykkel selges, har bare vært brukt noen ganger", Some("nb")),
        ("Zwarte herenfiets te koop, bijna niet gebruikt", Some("nl")),
        ("Vélo homme noir à vendre, très bon état, avec un panier", Some("fr")),
        ("Bicicleta negra de hombre en muy buen estado, se vende con cesta", Some("es")),
        ("Bicicletta nera da uomo in ottime condizioni, con il cestino", Some("it")),
        ("Sprzedam czarny rower męski, stan bardzo dobry, z koszykiem", Some("pl")),
        ("Prodám černé pánské kolo ve velmi dobrém stavu", Some("cs")),
        ("iPhone 12", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(detect(text).map(|language| language.code), expected, "{text}");
    }
}

#[test]
fn codes_may_carry_a_region() {
    for (code, expected) in [
        ("da", Some("da")),
        ("DE-at", Some("de")),
        ("en_GB", Some("en")),
        ("nb-NO", Some("nb")),
        ("no", Some("nb")),
        ("fi", None),
        ("", None),
    ] {
        assert_eq!(by_code(code).map(|language| language.code), expected, "{code}");
    }
}

#[test]
fn inflections_meet_in_their_language() {
    let cases = [
        ("da", "cykler", "cykel"),
        ("da", "cyklen", "cykler"),
        ("da", "modeller", "model"),
        ("da", "kabler", "kabel"),
        ("da", "lamperne", "lampe"),
        ("da", "ringene", "ringen"),
        ("de", "fahrräder", "fahrrädern"),
        ("de", "lampen", "lampe"),
        ("de", "uhren", "uhr"),
        ("en", "bicycles", "bicycle"),
        ("en", "watches", "watch"),
        ("en", "engraved", "engraving"),
    ];
    for (code, one, other) in cases {
        let mut endings = Endings::new(by_code(code).unwrap());
        assert_eq!(endings.stem(&fold(one)), endings.stem(&fold(other)), "{one} {other}");
    }
}

#[test]
fn stop_words_are_known_in_every_language() {
    for word in ["og", "på", "für", "und", "the", "with", "Über"] {
        assert!(is_stop_word(&fold(word)), "{word}");
    }
    for word in ["cykel", "uhr", "watch", "mk7"] {
        assert!(!is_stop_word(&fold(word)), "{word}");
    }
}
