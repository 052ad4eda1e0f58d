//! Given values of every kind, and the promises about the three forms.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::super::characters::to_digit;
use super::*;
use IdentifierKind::{Chip, FrameNumber, HullNumber, Imei, OwnerNumber, Plate, ProductCode, Serial, Vin};

const KINDS: [IdentifierKind; 9] = [
    Imei,
    Vin,
    FrameNumber,
    HullNumber,
    Chip,
    Serial,
    OwnerNumber,
    Plate,
    ProductCode,
];

#[test]
fn accepted() {
    use Scheme::{Apple, Danish, Generic, GermanEin, Gtin, Hin, Iso11784};
    use Validity::{Nonconforming, Partial, Weak, Yes};
    let cases = [
        (Imei, "26-053179-311383-7", Scheme::Imei, "260531793113837", Yes),
        (Imei, "26-053179-311383", Scheme::Imei, "26053179311383", Partial),
        (Imei, "26053179 311383 02", Scheme::Imei, "2605317931138302", Yes),
        (Imei, "２６０５３１７９３１１３８３７", Scheme::Imei, "260531793113837", Yes),
        (Vin, "1m8gdm9axkp042788", Scheme::Vin, "1M8GDM9AXKP042788", Yes),
        (Vin, "WVW ZZZ 1KZ AW 123456", Scheme::Vin, "WVWZZZ1KZAW123456", Weak),
        (FrameNumber, " wdk 98123 k ", Danish, "WDK98123K", Yes),
        (FrameNumber, "WHN55X0172B", Danish, "WHN55X0172B", Nonconforming),
        (FrameNumber, "WDK98123Y", Danish, "WDK98123Y", Nonconforming),
        (FrameNumber, "M-100 12345 007 AB 24", GermanEin, "M10012345007AB24", Yes),
        (FrameNumber, "1209-5533", Generic, "12095533", Yes),
        (HullNumber, "DK-XYA0B123-L9-99", Hin, "DKXYA0B123L999", Yes),
        (HullNumber, "ABC12345D404", Hin, "ABC12345D404", Yes),
        (HullNumber, "Nr. 77/1963", Hin, "NR771963", Nonconforming),
        (Chip, "208 2100 0001 2345", Iso11784, "208210000012345", Yes),
        (Chip, "0006A1B2C3", Generic, "0006A1B2C3", Yes),
        (Serial, "dmpq41a7f182", Apple, "DMPQ41A7F182", Yes),
        (Serial, "SN–4471/02", Generic, "SN447102", Yes),
        (Serial, "KXCV", Generic, "KXCV", Weak),
        (OwnerNumber, "8210-14B", Generic, "821014B", Yes),
        (Plate, "AB 12 345", Generic, "AB12345", Yes),
        (ProductCode, "036000291452", Gtin, "00036000291452", Yes),
        (ProductCode, "9638-5074", Gtin, "00000096385074", Yes),
    ];
    for (kind, given, scheme, normalised, valid) in cases {
        let found = parse(kind, given).unwrap_or_else(|error| panic!("{given}: {error}"));
        assert_eq!(
            (found.scheme, found.normalised.as_str(), found.valid),
            (scheme, normalised, valid),
            "{given}"
        );
        assert_eq!(found.given, given.trim());
    }
    assert_eq!(parse_fnuci("bc-1234-wxy9").unwrap().scheme, Scheme::FrenchFnuci);
    assert!(parse_fnuci("bc-1234-wxy").is_err());
    assert_eq!(parse_fnuci("chip models").unwrap_err(), IdentifierError::LettersOnly);
}

#[test]
fn refused_with_the_reason() {
    use IdentifierError::{CheckDigit, Empty, ForbiddenCharacter, Form, Length, LettersOnly, Placeholder, TooLong, TooShort};
    let long = "7A".repeat(33);
    let cases = [
        (Serial, "", Empty),
        (Serial, "  \t", Empty),
        (Serial, "-", Placeholder),
        (Serial, "???", Placeholder),
        (Serial, "N/A", Placeholder),
        (Serial, "se billederne", Placeholder),
        (FrameNumber, "siehe Foto", Placeholder),
        (Imei, "000000000000000", Placeholder),
        (OwnerNumber, "0", Placeholder),
        (Vin, "00000000000000000", Placeholder),
        (Serial, "1 2 3 4 5 6", Placeholder),
        (Serial, long.as_str(), TooLong { max: 64, found: 66 }),
        (Serial, "7B", TooShort { min: 3, found: 2 }),
        (Imei, "260531793113838", CheckDigit),
        (Imei, "26O531793113837", ForbiddenCharacter('O')),
        (
            Imei,
            "2605317931138",
            Length {
                expected: "14, 15 or 16",
                found: 13,
            },
        ),
        (
            Imei,
            "123",
            Length {
                expected: "14, 15 or 16",
                found: 3,
            },
        ),
        (Imei, "000", Placeholder),
        (Vin, "1M8GDM9AXKPQ42788", ForbiddenCharacter('Q')),
        (
            Vin,
            "1M8GDM9AXKP04278",
            Length {
                expected: "17",
                found: 16,
            },
        ),
        (FrameNumber, "KILDEMOES", LettersOnly),
        (OwnerNumber, "JHK", LettersOnly),
        (OwnerNumber, "475869708192031425364", TooLong { max: 20, found: 21 }),
        (Chip, "208274877906944", Form),
        (ProductCode, "4006381333932", CheckDigit),
        (
            ProductCode,
            "40063813339",
            Length {
                expected: "8, 12, 13 or 14",
                found: 11,
            },
        ),
    ];
    for (kind, given, error) in cases {
        assert_eq!(parse(kind, given), Err(error), "{kind:?} {given}");
    }
}

#[test]
fn guesses() {
    let cases = [
        ("26-053179-311383", Some(Imei)),
        ("260531793113837", Some(Imei)),
        ("1M8GDM9AXKP042788", Some(Vin)),
        ("968000004531235", Some(Chip)),
        ("4006381333931", Some(ProductCode)),
        ("DK-XYA0B123-L9-99", Some(HullNumber)),
        ("WDK98123K", Some(FrameNumber)),
        ("DMPQ41A7F182", Some(Serial)),
        ("ukendt", None),
        ("cykel", None),
    ];
    for (value, kind) in cases {
        assert_eq!(guess(value).map(|found| found.kind), kind, "{value}");
    }
}

/// A character's look-alikes, itself among them.
fn exchange(c: char, choice: usize) -> char {
    let alike: Vec<char> = ('0'..='9')
        .chain('A'..='Z')
        .filter(|&other| to_digit(other) == to_digit(c))
        .collect();
    if alike.is_empty() { c } else { alike[choice % alike.len()] }
}

proptest! {
    #[test]
    fn parsing_is_idempotent_on_its_own_normalised_form(kind in 0..9usize, given in "\\PC{0,24}|[A-Za-z0-9 ./-]{1,24}|[0-9]{8,16}") {
        if let Ok(first) = parse(KINDS[kind], &given) {
            prop_assert_ne!(first.valid, Validity::No);
            let again = parse(KINDS[kind], &first.normalised);
            prop_assert_eq!(again, Ok(Identifier { given: first.normalised.clone(), ..first }));
        }
    }

    #[test]
    fn look_alikes_share_the_folded_key(value in "[A-Z0-9]{4,18}", choices in prop::collection::vec(0..4usize, 18), kind in 0..4usize) {
        let kind = [Serial, OwnerNumber, Plate, FrameNumber][kind];
        let exchanged: String = value.chars().zip(&choices).map(|(c, &choice)| exchange(c, choice)).collect();
        if let (Ok(a), Ok(b)) = (parse(kind, &value), parse(kind, &exchanged)) {
            let german = [a.scheme, b.scheme].contains(&Scheme::GermanEin);
            prop_assert!(a.folded == b.folded || german, "{} {}", a.folded, b.folded);
        }
    }

    #[test]
    fn writing_does_not_matter(value in "[A-Z]{2}[0-9]{5,9}[A-Z]", separator in "[ ./–-]{1,2}", at in 1..7usize) {
        let written = format!("{}{separator}{}", &value[..at], &value[at..]).to_lowercase();
        let (plain, written) = (parse(FrameNumber, &value).unwrap(), parse(FrameNumber, &written).unwrap());
        prop_assert_eq!(plain.normalised, written.normalised);
        prop_assert_eq!(plain.folded, written.folded);
    }

    #[test]
    fn any_text_is_answered(kind in 0..9usize, given in any::<String>()) {
        let _ = parse(KINDS[kind], &given);
        let _ = guess(&given);
    }
}
