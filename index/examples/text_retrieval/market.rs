//! Items and listings from a seed.

use replevin_index::{Record, RecordText, Side};
use uuid::Uuid;

use crate::random::Random;

/// Brands; the first are the most common.
const BRANDS: usize = 4_000;
/// Models a brand.
const MODELS: usize = 60;
/// Kinds of objects, in Danish, German and English.
const KINDS: [[&str; 3]; 12] = [
    ["cykel", "Fahrrad", "bicycle"],
    ["kamera", "Kamera", "camera"],
    ["ur", "Uhr", "watch"],
    ["telefon", "Handy", "phone"],
    ["boremaskine", "Bohrmaschine", "drill"],
    ["guitar", "Gitarre", "guitar"],
    ["højttaler", "Lautsprecher", "loudspeaker"],
    ["barnevogn", "Kinderwagen", "pram"],
    ["stol", "Stuhl", "chair"],
    ["symaskine", "Nähmaschine", "sewing machine"],
    ["påhængsmotor", "Außenborder", "outboard motor"],
    ["jakke", "Jacke", "jacket"],
];
const COLORS: [[&str; 3]; 6] = [
    ["sort", "schwarz", "black"],
    ["hvid", "weiß", "white"],
    ["rød", "rot", "red"],
    ["blå", "blau", "blue"],
    ["grøn", "grün", "green"],
    ["grå", "grau", "grey"],
];
const SAYINGS: [[&str; 3]; 6] = [
    [
        "brugt men i fin stand",
        "gebraucht, aber in gutem Zustand",
        "used but in good condition",
    ],
    [
        "oplader og taske medfølger",
        "Ladegerät und Tasche dabei",
        "charger and bag included",
    ],
    [
        "sælges da jeg har købt ny",
        "Verkauf wegen Neuanschaffung",
        "selling as I bought a new one",
    ],
    [
        "lidt ridser på siden",
        "leichte Kratzer an der Seite",
        "some scratches on the side",
    ],
    ["kvittering haves", "Rechnung vorhanden", "receipt available"],
    ["afhentes hurtigst muligt", "nur Abholung", "collection only"],
];
const LANGUAGES: [&str; 3] = ["da", "de", "en"];
const SYLLABLES: [&str; 20] = [
    "ka", "lo", "min", "tor", "vex", "ra", "sul", "den", "fi", "gro", "bel", "nu", "pas", "tik", "wo", "jar", "mo", "cel", "hyr",
    "dan",
];

/// Small numbers often, large ones rarely: the cube of an even draw.
fn skewed(random: &mut Random, end: usize) -> usize {
    (random.share().powi(3) * end as f64) as usize
}

/// What an item is, in numbers.
struct Drawn {
    kind: usize,
    color: usize,
    brand: String,
    model: String,
    sayings: [usize; 2],
}

fn drawn(seed: u64, number: u64) -> Drawn {
    let mut random = Random(seed.wrapping_mul(0xD6E8_FEB8_6659_FD93).wrapping_add(number));
    let brand = skewed(&mut random, BRANDS);
    let model = skewed(&mut random, MODELS);
    // A brand makes a few kinds of objects.
    let kind = (brand * 5 + model % 2) % KINDS.len();
    let mut named = Random((brand * 1_000) as u64);
    let syllables: String = (0..3).map(|_| SYLLABLES[named.below(SYLLABLES.len())]).collect();
    let mut numbered = Random((brand * 1_000 + model) as u64 + 7);
    let letter = |random: &mut Random| char::from(b'A' + random.below(26) as u8);
    let model = format!(
        "{}{}-{}{}",
        letter(&mut numbered),
        letter(&mut numbered),
        10 + numbered.below(990),
        letter(&mut numbered)
    );
    Drawn {
        kind,
        color: skewed(&mut random, COLORS.len()),
        brand: syllables,
        model,
        sayings: [random.below(SAYINGS.len()), random.below(SAYINGS.len())],
    }
}

/// The item with this number.
pub(super) fn item(seed: u64, number: u64) -> Record {
    let of = drawn(seed, number);
    let text = RecordText {
        language: Some(LANGUAGES[0].to_owned()),
        title: format!("{} {} {}", KINDS[of.kind][0], of.brand, of.model),
        description: of.sayings.map(|saying| SAYINGS[saying][0]).join(", "),
        brand: of.brand,
        model: of.model,
        color: COLORS[of.color][0].to_owned(),
        ..RecordText::default()
    };
    record(Side::Registered, number, text)
}

/// A listing of that item.
pub(super) fn listing(seed: u64, number: u64) -> Record {
    let of = drawn(seed, number);
    let language = if number.is_multiple_of(3) {
        1 + (number / 3 % 2) as usize
    } else {
        0
    };
    let said = |saying: usize| SAYINGS[saying][language];
    let text = RecordText {
        language: Some(LANGUAGES[language].to_owned()),
        title: format!(
            "{} {} {} {}",
            COLORS[of.color][language], KINDS[of.kind][language], of.brand, of.model
        ),
        description: format!("{}. {}.", said(of.sayings[0]), said((of.sayings[1] + 1) % SAYINGS.len())),
        ..RecordText::default()
    };
    record(Side::Offered, number, text)
}

/// A record without photos and identifiers.
pub(super) fn record(side: Side, number: u64, text: RecordText) -> Record {
    Record {
        side,
        id: Uuid::from_u128(u128::from(number) + 1),
        source: None,
        by_words: true,
        text,
        identifiers: Vec::new(),
        photos: Vec::new(),
        features: Vec::new(),
    }
}
