//! How many edited copies of photos are found again, and how many pairs of different photos are taken for copies.
//!
//!     cargo bench -p replevin-index --bench photos -- ORIGINALS EDITED
//!
//! ORIGINALS holds photos, NAME.jpg; EDITED holds one directory for each edit with edited copies of the same names, and
//! `truth.csv` with lines `original,edit,file` in the order in which they were made; a collage shows the original and the next
//! one to three. Every copy is searched among all originals, by hash alone and by hash and features. Photos whose name's
//! checksum is odd choose the least number of inliers, the others test it. One line of JSON for each edit, then a table.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use image::RgbImage;
use replevin_index::image::features::{FeatureIndex, Features, STORED_POINTS, panels, verify};
use replevin_index::image::{PhotoFingerprint, hash};

/// PDQ bits within which a hash alone counts as found.
const HASH_BITS: u16 = 31;
/// Candidates verified for each form of a query.
const CANDIDATES: usize = 8;

struct Original {
    name: String,
    fingerprint: PhotoFingerprint,
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
    odd: bool,
    hash: bool,
    panel_hash: bool,
    /// Inliers with the own original, found through the index, and found by comparing directly.
    inliers: usize,
    direct: usize,
    candidate: bool,
    /// The other original with most inliers, and the number of others within the hash radius.
    other: Option<(usize, usize)>,
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
    report(&outcomes, &originals);
}

fn read_originals(directory: &Path) -> Vec<Original> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    in_parallel(&files, |file| {
        let picture = image::open(file).unwrap().into_rgb8();
        Original {
            name: stem(file),
            fingerprint: hash::fingerprint(&picture),
            features: Features::extract(&picture).strongest(STORED_POINTS),
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
    let mut inliers: BTreeMap<usize, usize> = BTreeMap::new();
    for &(form, slot) in &candidates {
        let count = verify::closest(&features[form], &originals[slot as usize].features).map_or(0, |found| found.inliers);
        let known = inliers.entry(slot as usize).or_default();
        *known = count.max(*known);
    }
    let verified = start.milliseconds() / candidates.len().max(1) as f64;
    let direct = features
        .iter()
        .filter_map(|form| verify::closest(form, &own.features))
        .map(|found| found.inliers);
    let stranger = |at: &usize| *at != copy.original && !copy.also.contains(at);
    Outcome {
        edit: copy.edit.clone(),
        odd: own.name.bytes().map(u32::from).sum::<u32>() % 2 == 1,
        hash: near(own, &prints[0]),
        panel_hash: prints.iter().any(|print| near(own, print)),
        inliers: inliers.get(&copy.original).copied().unwrap_or(0),
        direct: direct.max().unwrap_or(0),
        candidate: inliers.contains_key(&copy.original),
        other: inliers
            .iter()
            .filter(|(at, _)| stranger(at))
            .map(|(at, count)| (*count, *at))
            .max(),
        other_hashes: (0..originals.len())
            .filter(stranger)
            .filter(|at| prints.iter().any(|print| near(&originals[*at], print)))
            .count(),
        milliseconds: [extracted, looked_up, verified],
    }
}

fn report(outcomes: &[Outcome], originals: &[Original]) {
    let choosing = outcomes.iter().filter(|outcome| outcome.odd);
    let most = choosing
        .filter_map(|outcome| outcome.other)
        .map(|(count, _)| count)
        .max()
        .unwrap_or(0);
    println!(
        "most inliers of strangers among the choosing half: {most}; used: {}",
        verify::INLIERS_MIN
    );
    let mut histogram: BTreeMap<usize, [usize; 2]> = BTreeMap::new();
    for outcome in outcomes {
        if let Some((count, _)) = outcome.other {
            histogram.entry(count).or_default()[usize::from(outcome.odd)] += 1;
        }
    }
    println!("copies by most inliers with a stranger [testing, choosing]: {histogram:?}");
    let mut edits: Vec<&str> = outcomes.iter().map(|outcome| outcome.edit.as_str()).collect();
    edits.dedup();
    edits.sort_unstable();
    edits.dedup();
    let mut table = String::from("edit          copies   hash  panels  direct  candid  features    all   false\n");
    for edit in edits.iter().copied().chain([""]) {
        let chosen: Vec<&Outcome> = outcomes
            .iter()
            .filter(|outcome| edit.is_empty() || outcome.edit == edit)
            .collect();
        let share = |test: &dyn Fn(&Outcome) -> bool| {
            100.0 * chosen.iter().filter(|outcome| test(outcome)).count() as f64 / chosen.len() as f64
        };
        let enough = |count: usize| count >= verify::INLIERS_MIN;
        let figures = [
            share(&|outcome| outcome.hash),
            share(&|outcome| outcome.panel_hash),
            share(&|outcome| enough(outcome.direct)),
            share(&|outcome| outcome.candidate),
            share(&|outcome| enough(outcome.inliers)),
            share(&|outcome| outcome.panel_hash || enough(outcome.inliers)),
        ];
        let untrue = chosen
            .iter()
            .filter(|outcome| outcome.other.is_some_and(|(count, _)| enough(count)) || outcome.other_hashes > 0)
            .count();
        let pairs = chosen.len() * (originals.len() - 1);
        let name = if edit.is_empty() { "all" } else { edit };
        println!(
            "{{\"bench\":\"photos\",\"edit\":\"{name}\",\"copies\":{},\"hash\":{:.1},\"hash_of_panels\":{:.1},\"direct\":{:.1},\"candidates\":{:.1},\"features\":{:.1},\"all\":{:.1},\"false\":{untrue},\"pairs\":{pairs}}}",
            chosen.len(),
            figures[0],
            figures[1],
            figures[2],
            figures[3],
            figures[4],
            figures[5]
        );
        table += &format!("{name:<12}{:>8}", chosen.len());
        for figure in figures {
            table += &format!("{figure:>8.1}");
        }
        table += &format!("{untrue:>8}\n");
    }
    println!("{table}");
    for outcome in outcomes
        .iter()
        .filter(|outcome| outcome.other.is_some_and(|(count, _)| count >= verify::INLIERS_MIN))
    {
        let (count, at) = outcome.other.unwrap_or_default();
        eprintln!("{} taken for {} by {count}", outcome.edit, originals[at].name);
    }
    for (place, what) in ["extraction a form", "candidates a form", "verification a pair"]
        .iter()
        .enumerate()
    {
        let mut times: Vec<f64> = outcomes.iter().map(|outcome| outcome.milliseconds[place]).collect();
        times.sort_by(f64::total_cmp);
        println!("{what}: median {:.2} ms of processor time", times[times.len() / 2]);
    }
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
