//! How fast an identifier is looked up among millions, and whether those with a slip or two are found.
//!
//!     cargo bench --workspace --bench identifier_lookup                       1 million identifiers
//!     cargo bench --workspace --bench identifier_lookup -- 1000000 10000000   these sizes, one after the other
//!
//! The identifiers are serial numbers of 20,000 models, popular ones after Zipf's law, as makers number them: a prefix of the
//! model's own and a number out of its run; one in five is a bicycle's frame number, one in ten an IMEI of few type codes. Each
//! query is one of them as it is, with one slip, or with two: a character exchanged, left out, or two that changed places; those
//! with two have ten characters or more, since among shorter ones two slips make another number of the run. Asked one by one, by
//! one thread, for what lies within two edits, as the engine does. One line of JSON for each size and number of slips: `recall`
//! is the share whose own identifier is named, `near` the mean number that are named with it, `mib` what the process grew by when
//! the table was filled.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::time::Instant;

use replevin_index::identifier::near::NearIdentifiers;
use replevin_index::identifier::{Identifier, IdentifierKind, parse};

#[path = "../examples/common/random.rs"]
#[allow(dead_code, reason = "each program draws in its own ways")]
mod random;

use random::Random;

/// Queries of each number of slips.
const QUERIES: usize = 2_000;
/// Models that serial numbers are drawn of.
const MODELS: usize = 20_000;
/// Edits up to which the engine asks.
const EDITS_MAX: u8 = 2;
/// Characters from which on two slips are asked for.
const TWO_SLIPS_FROM: usize = 10;
const LETTERS: &[u8] = b"ABCDEFGHJKLMNPRSTUVWXYZ";

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    for size in if sizes.is_empty() { vec![1_000_000] } else { sizes } {
        measure(size);
    }
}

fn measure(size: usize) {
    let mut random = Random(size as u64);
    let before = resident_mib();
    let clock = Instant::now();
    let mut table = NearIdentifiers::new();
    for slot in 0..size {
        table.insert(slot as u32, 0, &identifier(slot as u64));
    }
    let (built_s, mib) = (clock.elapsed().as_secs_f64(), resident_mib() - before);
    for slips in 0..=2 {
        let (mut times, mut found, mut near) = (Vec::new(), 0, 0);
        for _ in 0..QUERIES {
            let (slot, own) = loop {
                let slot = random.below(size);
                let own = identifier(slot as u64);
                if slips < 2 || own.normalised.len() >= TWO_SLIPS_FROM {
                    break (slot, own);
                }
            };
            let query = slipped(&own, slips, &mut random);
            let clock = Instant::now();
            let named = table.find(&query, EDITS_MAX);
            times.push(clock.elapsed().as_secs_f64() * 1e3);
            found += usize::from(named.iter().any(|one| one.slot == slot as u32));
            near += named.len();
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() as f64 * share) as usize).min(times.len() - 1)];
        println!(
            "{{\"bench\":\"identifier_lookup_{}_slips_{slips}\",\"p50_ms\":{:.4},\"p99_ms\":{:.4},\"recall\":{:.4},\"near\":{:.1},\
             \"build_s\":{built_s:.1},\"mib\":{mib:.0},\"bytes_each\":{:.0}}}",
            magnitude(size),
            at(0.5),
            at(0.99),
            found as f64 / QUERIES as f64,
            near as f64 / QUERIES as f64,
            mib * 1024.0 * 1024.0 / size as f64
        );
    }
}

/// The identifier of this number, which is all that it depends on.
fn identifier(number: u64) -> Identifier {
    let mut random = Random(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 7);
    let (kind, text) = match random.below(10) {
        0 => (IdentifierKind::Imei, imei(&mut random)),
        1 | 2 => {
            let (maker, year) = (random.below(LETTERS.len().pow(2)), random.below(LETTERS.len()));
            let frame = format!("W{}{:06}{}", letters(maker, 2), random.below(1_000_000), letters(year, 1));
            (IdentifierKind::FrameNumber, frame)
        }
        _ => (IdentifierKind::Serial, serial(&mut random)),
    };
    // Few drawn numbers are placeholders; those are another serial number instead.
    parse(kind, &text).unwrap_or_else(|_| parse(IdentifierKind::Serial, &format!("R{number:07}X")).unwrap())
}

/// A model's prefix and a number out of its run: 40,000 of each, popular or not.
fn serial(random: &mut Random) -> String {
    // The inverse of Zipf's law with exponent one: the logarithm of the rank is uniform.
    let model = (MODELS as f64).powf(random.share()) as usize;
    let mut own = Random(model as u64);
    let prefix = letters(own.below(LETTERS.len().pow(3)), 1 + model % 3);
    let digits = 6 + model % 3;
    let start = own.below(10_usize.pow(digits as u32 - 1));
    format!("{prefix}{:0digits$}", start + random.below(40_000))
}

/// An IMEI of one of 500 type codes, with its check digit (Luhn).
fn imei(random: &mut Random) -> String {
    let body = format!("35{:06}{:06}", 100_000 + 37 * random.below(500), random.below(1_000_000));
    let doubled = |(place, digit): (usize, u8)| {
        let value = u32::from(digit - b'0') << (place % 2);
        if value > 9 { value - 9 } else { value }
    };
    let sum: u32 = body.bytes().enumerate().map(doubled).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn letters(number: usize, count: usize) -> String {
    (0..count as u32)
        .map(|place| LETTERS[number / LETTERS.len().pow(place) % LETTERS.len()] as char)
        .collect()
}

/// The identifier with so many slips, each at another place.
fn slipped(identifier: &Identifier, slips: usize, random: &mut Random) -> Identifier {
    let mut characters: Vec<char> = identifier.normalised.chars().collect();
    for slip in 0..slips {
        // One in each half, so that two do not undo each other; a single one in either.
        let half = characters.len() / 2;
        let side = if slips == 1 { random.below(2) } else { slip };
        let place = side * half + random.below(half.saturating_sub(1));
        match random.below(3) {
            0 => {
                characters.remove(place);
            }
            1 if characters[place] != characters[place + 1] => characters.swap(place, place + 1),
            _ => {
                let others: Vec<char> = ('0'..='9').filter(|digit| *digit != characters[place]).collect();
                characters[place] = *random.pick(&others);
            }
        }
    }
    let normalised: String = characters.into_iter().collect();
    Identifier {
        given: normalised.clone(),
        normalised,
        ..identifier.clone()
    }
}

/// What this process holds in memory (Linux; 0 elsewhere).
fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

fn magnitude(size: usize) -> String {
    match size {
        _ if size.is_multiple_of(1_000_000) => format!("{}m", size / 1_000_000),
        _ => size.to_string(),
    }
}
