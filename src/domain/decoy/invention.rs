//! Things that nobody has: of sorts that are stolen often, numbered as their kind is, with a mark that nobody made.

use replevin_index::identifier::IdentifierKind;
use serde::{Deserialize, Serialize};

use super::DecoyVariant;
use crate::domain::description::{Description, GivenIdentifier};
use crate::domain::money::Money;

/// What is said of the invented thing, on either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invention {
    /// As it would be registered.
    pub item: Description,
    /// As the test listing offers it.
    pub listing: Description,
    /// What the test listing asks for it.
    pub price: Money,
}

/// How a sort of thing is numbered.
#[derive(Clone, Copy)]
enum Numbering {
    /// A Danish frame number: maker letters, digits, a letter for the year.
    Frame(&'static str),
    /// Fifteen digits with their check digit.
    Imei,
    /// Letters, then so many digits.
    Serial(&'static str, usize),
}

/// A sort of thing that is stolen often, as sellers name it.
struct Sort {
    title: &'static str,
    category: &'static str,
    brand: &'static str,
    model: &'static str,
    text: &'static str,
    numbering: Numbering,
    /// What is asked for it, in whole kroner.
    price: u64,
}

const SORTS: [Sort; 6] = [
    Sort {
        title: "Kildemoes herrecykel, 7 gear",
        category: "bicycles",
        brand: "Kildemoes",
        model: "City",
        text: "Pæn stand, nye dæk, lygter medfølger.",
        numbering: Numbering::Frame("WBK"),
        price: 1800,
    },
    Sort {
        title: "Gazelle Chamonix dames fiets",
        category: "bicycles",
        brand: "Gazelle",
        model: "Chamonix",
        text: "Godt vedligeholdt, med kurv og lås.",
        numbering: Numbering::Frame("GZ"),
        price: 2600,
    },
    Sort {
        title: "Samsung Galaxy S21 128 GB",
        category: "phones",
        brand: "Samsung",
        model: "Galaxy S21",
        text: "Virker som den skal, oplader medfølger.",
        numbering: Numbering::Imei,
        price: 1900,
    },
    Sort {
        title: "Canon EOS 80D kamerahus",
        category: "cameras",
        brand: "Canon",
        model: "EOS 80D",
        text: "Lidt brugt, to batterier og taske.",
        numbering: Numbering::Serial("", 12),
        price: 2900,
    },
    Sort {
        title: "Makita DHP484 boremaskine 18 V",
        category: "tools",
        brand: "Makita",
        model: "DHP484",
        text: "Med lader og kuffert.",
        numbering: Numbering::Serial("MK", 9),
        price: 900,
    },
    Sort {
        title: "Lenovo ThinkPad T14 bærbar",
        category: "computers",
        brand: "Lenovo",
        model: "ThinkPad T14",
        text: "16 GB hukommelse, dansk tastatur.",
        numbering: Numbering::Serial("PF", 8),
        price: 3400,
    },
];

/// Marks that an owner tells of, and how a seller speaks of the same.
const MARKS: [(&str, &str); 4] = [
    (
        "ugleklistermærke på undersiden, brændt hjerte ved håndtaget",
        "Der sidder et ugleklistermærke på undersiden og et brændt hjerte ved håndtaget.",
    ),
    (
        "indgraveret anker og tre stjerner på siden",
        "Indgraveret på siden med et anker og tre stjerner, ellers fin.",
    ),
    (
        "grøn maling fra et havehegn på venstre side, loddet revne",
        "Lidt grøn maling på venstre side, fra et havehegn, og en loddet revne.",
    ),
    (
        "svane ridset i bunden, gul tape om hjørnet",
        "En svane er ridset i bunden, og der er gul tape om hjørnet.",
    ),
];

/// Letters that stand for years in frame numbers.
const YEARS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVXZ";

/// Numbers drawn from a seed, by Steele, Lea and Flood's SplitMix64 (2014).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or_default()
    }

    fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// Digits of which the first is no zero.
    fn digits(&mut self, count: usize) -> String {
        let mut digit = |at: usize| char::from(b'0' + self.below(10) as u8).max(if at == 0 { '1' } else { '0' });
        (0..count).map(&mut digit).collect()
    }
}

impl Invention {
    /// A thing that nobody has, and its test listing: the same for the same seed.
    #[must_use]
    pub fn of(variant: DecoyVariant, seed: u64) -> Self {
        let mut draws = Draws(seed);
        let sort = draws.of(&SORTS);
        let (kind, number) = number(&mut draws, sort.numbering);
        let (mark, mention) = *draws.of(&MARKS);
        let identifiers = |value: &str| {
            vec![GivenIdentifier {
                kind,
                value: value.to_owned(),
            }]
        };
        let item = Description {
            title: sort.title.to_owned(),
            category: sort.category.to_owned(),
            brand: sort.brand.to_owned(),
            model: sort.model.to_owned(),
            language: Some("da".to_owned()),
            marks: mark.to_owned(),
            identifiers: identifiers(&number),
            ..Description::default()
        };
        let listing = Description {
            title: sort.title.to_owned(),
            category: sort.category.to_owned(),
            brand: sort.brand.to_owned(),
            language: Some("da".to_owned()),
            text: match variant {
                DecoyVariant::Numbered | DecoyVariant::Misread => sort.text.to_owned(),
                DecoyVariant::Described => format!("{} {mention}", sort.text),
            },
            identifiers: match variant {
                DecoyVariant::Numbered => identifiers(&number),
                DecoyVariant::Misread => identifiers(&misread(&mut draws, &number)),
                DecoyVariant::Described => Vec::new(),
            },
            ..Description::default()
        };
        let hundredths = i64::try_from(sort.price * 100).unwrap_or_default() + 100 * draws.below(200) as i64;
        Self {
            item,
            listing,
            price: Money {
                hundredths,
                currency: "DKK".to_owned(),
            },
        }
    }

    /// The number that the thing is invented with.
    #[must_use]
    pub fn number(&self) -> &str {
        self.item.identifiers.first().map_or("", |identifier| &identifier.value)
    }
}

fn number(draws: &mut Draws, numbering: Numbering) -> (IdentifierKind, String) {
    match numbering {
        Numbering::Frame(maker) => {
            let (digits, year) = (draws.digits(7), char::from(*draws.of(YEARS)));
            (IdentifierKind::FrameNumber, format!("{maker}{digits}{year}"))
        }
        Numbering::Imei => {
            let digits = format!("35{}", draws.digits(12));
            let check = luhn(&digits);
            (IdentifierKind::Imei, format!("{digits}{check}"))
        }
        Numbering::Serial(letters, count) => (IdentifierKind::Serial, format!("{letters}{}", draws.digits(count))),
    }
}

/// The check digit of an IMEI's fourteen digits (3GPP TS 23.003, annex B).
fn luhn(digits: &str) -> u32 {
    let each = digits.chars().filter_map(|c| c.to_digit(10)).enumerate();
    let sum: u32 = each
        .map(|(at, digit)| match at % 2 {
            0 => digit,
            _ if digit > 4 => digit * 2 - 9,
            _ => digit * 2,
        })
        .sum();
    (10 - sum % 10) % 10
}

/// A number with one digit in its middle taken for another one.
fn misread(draws: &mut Draws, number: &str) -> String {
    let digits: Vec<usize> = (number.char_indices().filter(|(_, c)| c.is_ascii_digit()))
        .map(|(at, _)| at)
        .collect();
    let at = digits[digits.len() / 2];
    let other = |c: char| {
        let digit = c.to_digit(10).unwrap_or_default() as usize;
        char::from(b'0' + ((digit + 1 + draws.below(9)) % 10) as u8)
    };
    let read: String = number[at..].chars().take(1).map(other).collect();
    format!("{}{read}{}", &number[..at], &number[at + 1..])
}

#[cfg(test)]
mod tests {
    use replevin_index::identifier::{Validity, normalize};

    use super::*;

    #[test]
    fn what_is_invented_fits_the_grammar_of_its_kind() {
        for seed in 0..300 {
            let numbered = Invention::of(DecoyVariant::Numbered, seed);
            let given = &numbered.item.identifiers[0];
            let read = normalize::parse(given.kind, &given.value);
            assert!(
                read.as_ref()
                    .is_ok_and(|read| read.valid == Validity::Yes || given.kind == IdentifierKind::Serial),
                "{given:?}: {read:?}"
            );
            assert_eq!(numbered.listing.identifiers, numbered.item.identifiers);
            let misread = Invention::of(DecoyVariant::Misread, seed);
            assert_eq!(misread.number(), numbered.number(), "one seed, one thing");
            let shown = &misread.listing.identifiers[0].value;
            let differ = shown
                .chars()
                .zip(misread.number().chars())
                .filter(|(one, other)| one != other);
            assert_eq!((differ.count(), shown.len()), (1, misread.number().len()), "{shown}");
            let described = Invention::of(DecoyVariant::Described, seed);
            assert!(described.listing.identifiers.is_empty() && !described.item.marks.is_empty());
        }
    }
}
