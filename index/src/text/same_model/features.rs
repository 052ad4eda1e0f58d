//! What can be said of two texts that may name the same model: one number for each way of looking.
//!
//! Owns the features and their names. Every feature is monotone by its meaning (see [`Direction`]), and absent where the two
//! texts cannot be compared in that way. Leaves what a value is worth to the learned table.

use super::title::{Item, Kind, Title};
use crate::text::agreement::inverse_document_frequency;
use crate::text::colors;
use crate::text::marks::Counts;
use crate::text::names;
use crate::text::words::Words;

/// What a larger value of a feature means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// It never speaks more against the same model.
    For,
    /// It never speaks more for it.
    Against,
}

/// A way of looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Its name in tables and explanations.
    pub name: &'static str,
    /// What a larger value means.
    pub direction: Direction,
}

/// How many features there are.
pub const FEATURES: usize = 24;
/// The values of a pair, absent where they do not apply.
pub type Values = [Option<f64>; FEATURES];

use Direction::{Against, For};

const fn feature(name: &'static str, direction: Direction) -> Feature {
    Feature { name, direction }
}

/// The features in the order of [`Values`].
pub const NAMES: [Feature; FEATURES] = [
    // Shares of the words of one title that the other title, or the other text, also says, weighted by rarity.
    feature("registered title in offered title", For),
    feature("offered title in registered title", For),
    feature("registered title in offered text", For),
    feature("offered title in registered text", For),
    feature("cosine of the titles", For),
    feature("cosine of the texts", For),
    // How alike the titles are written.
    feature("letters of the titles", For),
    feature("words of the titles", For),
    feature("nearly equal words", For),
    // The rarest words: in nats of inverse document frequency.
    feature("rarest shared word", For),
    feature("rarity of the shared words", For),
    feature("rarest registered word not said", Against),
    feature("rarest offered word not said", Against),
    // Numbers that name models.
    feature("rarest shared number", For),
    feature("nearest numbers", For),
    feature("rarity of numbers not shared", Against),
    feature("rarest number of one text in the other", For),
    // Numbers that do not.
    feature("measures that agree", For),
    feature("measures that differ", Against),
    feature("plain numbers", For),
    // Names.
    feature("maker", For),
    feature("variants that differ", Against),
    feature("colour", For),
    feature("kind of object", For),
];

/// Reads the values of a pair. `records` is the number of records that `counts` counts among.
pub fn values<C: Counts>(registered: &Words, offered: &Words, records: u64, counts: &mut C) -> Result<Values, C::Error> {
    let (ours, theirs) = (
        Weighed::of(registered.sketch(), records, counts)?,
        Weighed::of(offered.sketch(), records, counts)?,
    );
    let mut values: Values = [None; FEATURES];
    if ours.items.is_empty() || theirs.items.is_empty() {
        return Ok(values);
    }
    let shared_ours = ours.shared_with(&theirs);
    let shared_theirs = theirs.shared_with(&ours);
    values[0] = Some(share(&ours, &shared_ours));
    values[1] = Some(share(&theirs, &shared_theirs));
    let in_text_ours: Vec<bool> = (ours.items.iter()).map(|(item, _)| offered.says_item(item)).collect();
    let in_text_theirs: Vec<bool> = (theirs.items.iter()).map(|(item, _)| registered.says_item(item)).collect();
    values[2] = Some(share(&ours, &in_text_ours));
    values[3] = Some(share(&theirs, &in_text_theirs));
    values[4] = Some(cosine(&ours, &shared_ours, &theirs));
    values[5] = registered.sketch().texts_like(offered.sketch());
    values[6] = Some(registered.sketch().letters_like(offered.sketch()));
    values[7] = Some(dice(&shared_ours, &shared_theirs));
    values[8] = Some((ours.nearly(&theirs) + theirs.nearly(&ours)) / 2.0);
    let rarest = |weighed: &Weighed<'_>, shared: &[bool], wanted: bool, numbers: bool| {
        (weighed.items.iter().zip(shared))
            .filter(|((item, _), shared)| **shared == wanted && (!numbers || item.kind == Kind::Number))
            .map(|((_, idf), _)| *idf)
            .fold(0.0, f64::max)
    };
    values[9] = Some(rarest(&ours, &shared_ours, true, false));
    values[10] = Some(sum(&ours, &shared_ours));
    values[11] = Some(rarest(&ours, &in_text_ours, false, false));
    values[12] = Some(rarest(&theirs, &in_text_theirs, false, false));
    numbers(&mut values, [&ours, &theirs], [&shared_ours, &shared_theirs]);
    let crossing = rarest(&ours, &in_text_ours, true, true).max(rarest(&theirs, &in_text_theirs, true, true));
    if ours.has_number() || theirs.has_number() {
        values[16] = Some(crossing);
    }
    measures(&mut values, registered.sketch(), offered.sketch());
    named(&mut values, registered, offered);
    Ok(values)
}

/// A title with the rarity of its words.
struct Weighed<'a> {
    title: &'a Title,
    items: Vec<(&'a Item, f64)>,
}

impl<'a> Weighed<'a> {
    fn of<C: Counts>(title: &'a Title, records: u64, counts: &mut C) -> Result<Self, C::Error> {
        let mut items = Vec::with_capacity(title.items.len());
        for item in &title.items {
            let mut saying = 0;
            for form in item.forms() {
                saying = saying.max(counts.saying(form)?);
            }
            items.push((item, inverse_document_frequency(records, saying)));
        }
        Ok(Self { title, items })
    }

    fn shared_with(&self, other: &Self) -> Vec<bool> {
        self.items.iter().map(|(item, _)| other.title.says(item)).collect()
    }

    fn has_number(&self) -> bool {
        self.items.iter().any(|(item, _)| item.kind == Kind::Number)
    }

    /// The share of its words, by rarity, that come near a word of the other title.
    fn nearly(&self, other: &Self) -> f64 {
        let mut near = 0.0;
        for (item, idf) in &self.items {
            let best = if other.title.says(item) {
                1.0
            } else {
                other
                    .items
                    .iter()
                    .map(|(candidate, _)| likeness(&item.form, &candidate.form))
                    .fold(0.0, f64::max)
            };
            near += idf * best;
        }
        near / self.items.iter().map(|(_, idf)| idf).sum::<f64>().max(f64::MIN_POSITIVE)
    }
}

fn sum(weighed: &Weighed<'_>, chosen: &[bool]) -> f64 {
    (weighed.items.iter().zip(chosen))
        .filter(|(_, chosen)| **chosen)
        .map(|((_, idf), _)| idf)
        .sum()
}

fn share(weighed: &Weighed<'_>, chosen: &[bool]) -> f64 {
    let all: f64 = weighed.items.iter().map(|(_, idf)| idf).sum();
    if all > 0.0 { sum(weighed, chosen) / all } else { 0.0 }
}

/// The cosine of the angle between two texts whose words weigh their inverse document frequency.
fn cosine(ours: &Weighed<'_>, shared: &[bool], theirs: &Weighed<'_>) -> f64 {
    let square = |weighed: &Weighed<'_>| weighed.items.iter().map(|(_, idf)| idf * idf).sum::<f64>();
    let product: f64 = (ours.items.iter().zip(shared))
        .filter(|(_, shared)| **shared)
        .map(|((_, idf), _)| idf * idf)
        .sum();
    let length = (square(ours) * square(theirs)).sqrt();
    if length > 0.0 { (product / length).min(1.0) } else { 0.0 }
}

fn dice(ours: &[bool], theirs: &[bool]) -> f64 {
    let shared = ours.iter().chain(theirs).filter(|shared| **shared).count();
    shared as f64 / (ours.len() + theirs.len()).max(1) as f64
}

/// Numbers that name models: shared, near each other, or said by one side alone.
fn numbers(values: &mut Values, sides: [&Weighed<'_>; 2], shared: [&[bool]; 2]) {
    if !sides.iter().all(|side| side.has_number()) {
        return;
    }
    let of = |side: usize, wanted: bool| {
        (sides[side].items.iter().zip(shared[side]))
            .filter(move |((item, _), shared)| item.kind == Kind::Number && **shared == wanted)
            .map(|(item, _)| item)
    };
    let rarest = of(0, true).chain(of(1, true)).map(|(_, idf)| *idf).fold(0.0, f64::max);
    let mut near: f64 = 0.0;
    let mut alone = [0.0; 2];
    for (side, alone) in alone.iter_mut().enumerate() {
        for (item, idf) in of(side, false) {
            let others = (sides[1 - side].items.iter()).filter(|(other, _)| other.kind == Kind::Number);
            let best = others.map(|(other, _)| number_likeness(item, other)).fold(0.0, f64::max);
            near = near.max(best);
            if best < 0.5 {
                *alone += idf;
            }
        }
    }
    values[13] = Some(rarest);
    values[14] = Some(if rarest > 0.0 { 1.0 } else { near });
    // Only what both sides leave open is a contradiction; a number that one adds is not.
    values[15] = Some(if rarest > 0.0 { 0.0 } else { alone[0].min(alone[1]) });
}

/// Two model numbers that may be one with another ending (`LDS4821WW`, `LDS4821`), 0 to 1.
fn number_likeness(one: &Item, other: &Item) -> f64 {
    let pairs = one.forms().flat_map(|a| other.forms().map(move |b| (a, b)));
    pairs
        .map(|(a, b)| {
            let longest = a.len().max(b.len()) as f64;
            if a.len() >= 4 && b.len() >= 4 && (a.contains(b) || b.contains(a)) {
                return a.len().min(b.len()) as f64 / longest;
            }
            let prefix = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
            let digits = a.as_bytes()[..prefix].iter().filter(|byte| byte.is_ascii_digit()).count();
            // The digits have to be the same: another digit is another model.
            let rest_digits = [a, b]
                .iter()
                .any(|word| word.as_bytes()[prefix..].first().is_some_and(u8::is_ascii_digit));
            if digits >= 2 && prefix >= 4 && !rest_digits {
                prefix as f64 / longest
            } else {
                0.0
            }
        })
        .fold(0.0, f64::max)
}

/// How alike two words are written: the share of a common beginning, or of letters when one is a slip of the other.
fn likeness(one: &str, other: &str) -> f64 {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    if short.len() < 4
        || short.as_bytes()[..3] != long.as_bytes()[..3]
        || short.bytes().chain(long.bytes()).any(|byte| byte.is_ascii_digit())
    {
        return 0.0;
    }
    let prefix = short.bytes().zip(long.bytes()).take_while(|(a, b)| a == b).count();
    let suffix = (short.bytes().rev().zip(long.bytes().rev()))
        .take(short.len() - prefix)
        .take_while(|(a, b)| a == b)
        .count();
    let same = (prefix + suffix) as f64 / long.len() as f64;
    if prefix >= 3 && same >= 0.6 { same } else { 0.0 }
}

fn measures(values: &mut Values, ours: &Title, theirs: &Title) {
    let (mut agree, mut differ, mut comparable) = (0.0, 0.0, false);
    for (unit, amounts) in &ours.measures {
        let others: Vec<&String> = (theirs.measures.iter())
            .filter(|(other, _)| other == unit)
            .map(|(_, amount)| amount)
            .collect();
        if others.is_empty() {
            continue;
        }
        comparable = true;
        if others.contains(&amounts) {
            agree += 1.0;
        } else {
            differ += 1.0;
        }
    }
    if comparable {
        values[17] = Some(agree);
        values[18] = Some(differ);
    }
    if !ours.plain.is_empty() && !theirs.plain.is_empty() {
        let shared = ours
            .plain
            .iter()
            .filter(|number| theirs.plain.contains(number.as_str()))
            .count();
        values[19] = Some(2.0 * shared as f64 / (ours.plain.len() + theirs.plain.len()) as f64);
    }
}

fn named(values: &mut Values, registered: &Words, offered: &Words) {
    let (one, other) = (registered.text(), offered.text());
    let first = |words: &Words, by: &Words| words.sketch().items.first().map(|item| by.says_item(item));
    values[20] = match names::brands_agree(one, other) {
        Some(agree) => Some(f64::from(u8::from(agree)) * 2.0),
        None => match (first(registered, offered), first(offered, registered)) {
            (Some(ours), Some(theirs)) => Some(f64::from(u8::from(ours)) + f64::from(u8::from(theirs))),
            _ => None,
        },
    };
    let (ours, theirs) = (registered.sketch(), offered.sketch());
    values[21] = Some(ours.variants.symmetric_difference(&theirs.variants).count() as f64);
    let colors = |words: &Words| words.color_given.union(&words.color_titled).copied().collect();
    values[22] = colors::agree_named(&colors(registered), &colors(offered)).map(|agree| f64::from(u8::from(agree)));
    if !ours.things.is_empty() && !theirs.things.is_empty() {
        let shared = ours.things.intersection(&theirs.things).count();
        values[23] = Some(shared as f64 / ours.things.len().min(theirs.things.len()) as f64);
    }
}
