//! How many edited copies of photos are found again, and how many pairs of different photos are taken for copies.
//!
//!     cargo bench -p replevin-index --bench photos -- ORIGINALS EDITED
//!
//! ORIGINALS holds photos, NAME.jpg; EDITED holds one directory for each edit with edited copies of the same names, and
//! `truth.csv` with lines `original,edit,file` in the order in which they were made; a collage shows the original and the next
//! one to three. Every copy is searched among all originals, by hash alone and by hash and features; further arguments bound the
//! copies of each edit and name the edits. Pairs of different originals are compared directly, apart for those whose names'
//! checksum is odd (limits are chosen on them) and even (limits are tested on them). Strangers that share six corners or more are
//! named on standard error. One line of JSON for each edit, then a table in percent: found by the hash, by the hash of the picture
//! or a panel, by comparing directly with the original; named as a candidate; proved as such; found by either; copies taken
//! for another photo.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use image::RgbImage;
use replevin_index::image::features::{Agreement, FeatureIndex, Features, STORED_POINTS, panels, verify};
use replevin_index::image::{PhotoFingerprint, hash};

/// PDQ bits within which a hash alone counts as found.
const HASH_BITS: u16 = 31;
/// Candidates verified for each form of a query.
const CANDIDATES: usize = 8;

struct Original {
    name: String,
    fingerprint: PhotoFingerprint,
    /// As a query has them, and as they are stored.
    all: Features,
    features: Features,
}

struct Copy {
    edit: String,
    original: usize,
    /// Others that a collage shows too.
    also: Vec<usize>,
    file: PathBuf,
}

/// What a search by one copy came to.
struct Outcome {
    edit: String,
    hash: bool,
    panel_hash: bool,
    /// Agreement with the own original, found through the index, and by comparing directly.
    own: Option<Agreement>,
    direct: Option<Agreement>,
    candidate: bool,
    /// Agreements with others, and the number of others within the hash radius.
    others: Vec<(usize, Agreement)>,
    other_hashes: usize,
    milliseconds: [f64; 3],
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let [originals, edited, rest @ ..] = arguments.as_slice() else {
        eprintln!("usage: photos ORIGINALS EDITED [COPIES_A_EDIT] [EDIT,EDIT,…]");
        return;
    };
    let limit: usize = rest.first().and_then(|count| count.parse().ok()).unwrap_or(usize::MAX);
    let only: Vec<&str> = rest.get(1).map(|edits| edits.split(',').collect()).unwrap_or_default();
    let originals = read_originals(Path::new(originals));
    let mut index = FeatureIndex::new();
    for (slot, original) in originals.iter().enumerate() {
        index.insert(slot as u32, 0, &original.features);
    }
    let copies = read_truth(Path::new(edited), &originals, limit, &only);
    let outcomes = in_parallel(&copies, |copy| search(copy, &originals, &index));
    for outcome in &outcomes {
        for (at, found) in outcome.others.iter().filter(|(_, found)| found.inliers >= 6) {
            eprintln!(
                "{}: {} of {}, likeness {:.2}, shared with {}",
                outcome.edit, found.inliers, found.visible, found.likeness, originals[*at].name
            );
        }
    }
    strangers(&originals, 20_000);
    report(&outcomes, originals.len());
}

fn read_originals(directory: &Path) -> Vec<Original> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    in_parallel(&files, |file| {
        let picture = image::open(file).unwrap().into_rgb8();
        let all = Features::extract(&picture);
        Original {
            name: stem(file),
            fingerprint: hash::fingerprint(&picture),
            features: all.strongest(STORED_POINTS),
            all,
        }
    })
}

fn read_truth(edited: &Path, originals: &[Original], limit: usize, only: &[&str]) -> Vec<Copy> {
    let by_name: HashMap<&str, usize> = originals
        .iter()
        .enumerate()
        .map(|(at, original)| (original.name.as_str(), at))
        .collect();
    let text = std::fs::read_to_string(edited.join("truth.csv")).unwrap();
    let rows: Vec<[&str; 3]> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.trim().split(',').collect::<Vec<_>>().try_into().ok())
        .collect();
    let mut order: Vec<usize> = rows
        .iter()
        .map(|[original, ..]| by_name[stem(Path::new(original)).as_str()])
        .collect();
    order.dedup();
    let place: HashMap<usize, usize> = order.iter().enumerate().map(|(place, original)| (*original, place)).collect();
    let copy = |[original, edit, file]: &[&str; 3]| {
        let original = by_name[stem(Path::new(original)).as_str()];
        let others = if edit.starts_with("collage") { 3 } else { 0 };
        Copy {
            edit: (*edit).to_owned(),
            original,
            also: (1..=others)
                .map(|step| order[(place[&original] + step) % order.len()])
                .collect(),
            file: edited.join(file),
        }
    };
    let wanted = |copy: &Copy| place[&copy.original] < limit && (only.is_empty() || only.contains(&copy.edit.as_str()));
    rows.iter().map(copy).filter(wanted).collect()
}

fn search(copy: &Copy, originals: &[Original], index: &FeatureIndex) -> Outcome {
    let picture = image::open(&copy.file).unwrap().into_rgb8();
    let own = &originals[copy.original];
    let start = Stopwatch::start();
    let forms: Vec<RgbImage> = panels(&picture).iter().map(|panel| panel.cut_from(&picture)).collect();
    let features: Vec<Features> = std::iter::once(&picture).chain(&forms).map(Features::extract).collect();
    let extracted = start.milliseconds() / features.len() as f64;
    let prints: Vec<PhotoFingerprint> = std::iter::once(&picture).chain(&forms).map(hash::fingerprint).collect();
    let near = |original: &Original, print| hash::compare(&original.fingerprint, print).pdq_bits <= HASH_BITS;
    let start = Stopwatch::start();
    let candidates: Vec<(usize, u32)> = features
        .iter()
        .enumerate()
        .flat_map(|(form, features)| {
            index
                .candidates(features, CANDIDATES)
                .into_iter()
                .map(move |found| (form, found.slot))
        })
        .collect();
    let looked_up = start.milliseconds() / features.len() as f64;
    let start = Stopwatch::start();
    let mut found: BTreeMap<usize, Agreement> = BTreeMap::new();
    for &(form, slot) in &candidates {
        let Some(agreement) = verify::closest(&features[form], &originals[slot as usize].features) else {
            continue;
        };
        let known = found.entry(slot as usize).or_insert_with(|| agreement.clone());
        if worth(&agreement) > worth(known) {
            *known = agreement;
        }
    }
    let verified = start.milliseconds() / candidates.len().max(1) as f64;
    let direct = features.iter().filter_map(|form| verify::closest(form, &own.features));
    let stranger = |at: &usize| *at != copy.original && !copy.also.contains(at);
    Outcome {
        edit: copy.edit.clone(),
        hash: near(own, &prints[0]),
        panel_hash: prints.iter().any(|print| near(own, print)),
        own: found.remove(&copy.original),
        direct: direct.max_by_key(worth),
        candidate: candidates.iter().any(|(_, slot)| *slot as usize == copy.original),
        others: found.into_iter().filter(|(at, _)| stranger(at)).collect(),
        other_hashes: (0..originals.len())
            .filter(stranger)
            .filter(|at| prints.iter().any(|print| near(&originals[*at], print)))
            .count(),
        milliseconds: [extracted, looked_up, verified],
    }
}

/// Orders agreements: what proves first, then by the corners that lie alike.
fn worth(agreement: &Agreement) -> (bool, usize) {
    (agreement.proves(), agreement.inliers)
}

fn is_odd(name: &str) -> bool {
    name.bytes().map(u32::from).sum::<u32>() % 2 == 1
}

/// How many pairs of different photos have so many corners that lie alike, in the choosing and the testing half: every pair of
/// a half is compared directly, up to a number.
fn strangers(originals: &[Original], pairs_max: usize) {
    let mut pairs = Vec::new();
    for (place, one) in originals.iter().enumerate() {
        let others = originals.iter().enumerate().skip(place + 1);
        pairs.extend(
            others
                .filter(|(_, other)| is_odd(&one.name) == is_odd(&other.name))
                .map(|(other, _)| (place, other)),
        );
    }
    let step = pairs.len().div_ceil(pairs_max.max(1)).max(1);
    let pairs: Vec<_> = pairs.into_iter().step_by(step).collect();
    let found = in_parallel(&pairs, |(one, other)| {
        verify::closest(&originals[*one].all, &originals[*other].features)
    });
    for (half, odd) in [("choosing", true), ("testing", false)] {
        let mut histogram: BTreeMap<usize, usize> = BTreeMap::new();
        let mut proved = 0;
        for ((one, other), found) in pairs
            .iter()
            .zip(&found)
            .filter(|((one, _), _)| is_odd(&originals[*one].name) == odd)
        {
            *histogram.entry(found.as_ref().map_or(0, |found| found.inliers)).or_default() += 1;
            if let Some(found) = found.as_ref().filter(|found| found.inliers >= 6) {
                eprintln!(
                    "{} and {}: {} of {}, likeness {:.2}",
                    originals[*one].name, originals[*other].name, found.inliers, found.visible, found.likeness
                );
                proved += usize::from(found.proves());
            }
        }
        println!("{half} half, stored pairs by corners that lie alike: {histogram:?}; proved: {proved}");
    }
}

fn report(outcomes: &[Outcome], originals: usize) {
    let mut edits: Vec<&str> = outcomes.iter().map(|outcome| outcome.edit.as_str()).collect();
    edits.sort_unstable();
    edits.dedup();
    let mut table = String::from("edit          copies    hash  panels  direct  candid  feature    all   false\n");
    for edit in edits.iter().copied().chain([""]) {
        let chosen: Vec<&Outcome> = outcomes
            .iter()
            .filter(|outcome| edit.is_empty() || outcome.edit == edit)
            .collect();
        table += &line(if edit.is_empty() { "all" } else { edit }, &chosen, originals);
    }
    println!("{table}");
    for (place, what) in ["extraction a form", "candidates a form", "verification a pair"]
        .iter()
        .enumerate()
    {
        let mut times: Vec<f64> = outcomes.iter().map(|outcome| outcome.milliseconds[place]).collect();
        times.sort_by(f64::total_cmp);
        println!("{what}: median {:.2} ms of processor time", times[times.len() / 2]);
    }
}

/// Prints the line of JSON for some copies and gives that of the table.
fn line(name: &str, chosen: &[&Outcome], originals: usize) -> String {
    let share = |test: &dyn Fn(&Outcome) -> bool| {
        100.0 * chosen.iter().filter(|outcome| test(outcome)).count() as f64 / chosen.len() as f64
    };
    let proves = |found: &Option<Agreement>| found.as_ref().is_some_and(Agreement::proves);
    let figures = [
        ("hash", share(&|outcome| outcome.hash)),
        ("hash_of_panels", share(&|outcome| outcome.panel_hash)),
        ("direct", share(&|outcome| proves(&outcome.direct))),
        ("candidates", share(&|outcome| outcome.candidate)),
        ("features", share(&|outcome| proves(&outcome.own))),
        ("all", share(&|outcome| outcome.panel_hash || proves(&outcome.own))),
    ];
    let taken = |outcome: &&&Outcome| outcome.other_hashes > 0 || outcome.others.iter().any(|(_, found)| found.proves());
    let untrue = chosen.iter().filter(taken).count();
    let (mut json, mut row) = (String::new(), format!("{name:<12}{:>8}", chosen.len()));
    for (what, figure) in figures {
        json += &format!(",\"{what}\":{figure:.1}");
        row += &format!("{figure:>8.1}");
    }
    let (copies, pairs) = (chosen.len(), chosen.len() * (originals - 1));
    println!("{{\"bench\":\"photos\",\"edit\":\"{name}\",\"copies\":{copies}{json},\"false\":{untrue},\"pairs\":{pairs}}}");
    row + &format!("{untrue:>8}\n")
}

/// Time that this thread spent on a processor where Linux tells it, else time on the wall.
struct Stopwatch(Instant, Option<f64>);

impl Stopwatch {
    fn start() -> Self {
        Self(Instant::now(), Self::on_processor())
    }

    fn milliseconds(&self) -> f64 {
        match (self.1, Self::on_processor()) {
            (Some(before), Some(now)) => now - before,
            _ => self.0.elapsed().as_secs_f64() * 1e3,
        }
    }

    fn on_processor() -> Option<f64> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e6)
    }
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The results in the order of the inputs.
fn in_parallel<T: Sync, R: Send>(inputs: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let run = || {
            let mut done = Vec::new();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(input) = inputs.get(place) else { break };
                done.push((place, work(input)));
            }
            done
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(run)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}
