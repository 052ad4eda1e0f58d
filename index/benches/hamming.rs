//! How fast the hashes within a radius are found, and whether all of them are.
//!
//!     cargo bench -p replevin-index --bench hamming                       1 million hashes
//!     cargo bench -p replevin-index --bench hamming -- 1000000 10000000   these sizes, one after the other
//!     … -- 10000000 --radius 31 --queries 2000 --write hashes.bin         one radius alone; the data for other programs
//!
//! The hashes are random; each query is one of them with 0 to `radius` bits flipped. Asked one by one, by one thread. A query
//! during which the core went to another program is asked again later, so that other work counts as little as can be
//! (Linux only; `build_s` is CPU time there for the same reason). One line of JSON for each size and radius:
//! `mib` is what the set takes, `peak_mib` all that this program took at most, its own copy of the hashes too; `recall` counts the hashes that a plain comparison with all finds for the first
//! queries, and the flipped ones of all. `forms` is how many hashes one search asks for: 16 are the forms of one photo with
//! a border, unrelated to each other.
//!
//! `--write` makes a file of two 64-bit numbers (hashes, queries, little endian), the hashes, the queries (32 bytes each),
//! and for each query the number of the hash it was made from (32 bits).

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

use replevin_index::image::Hash256;
use replevin_index::image::near::NearHashes;

#[path = "../examples/common/random.rs"]
#[allow(dead_code)] // each program draws in its own ways
mod random;

use random::Random;

const MIB: f64 = 1024.0 * 1024.0;
/// Radius and number of forms of the searches that are measured when none is asked for: the strong hits, copies alone, and
/// what the engine asks for a photo of either side.
const SEARCHES: [(u16, usize); 4] = [(31, 1), (10, 1), (40, 16), (56, 16)];
/// So often a query is asked until it is not interrupted.
const ATTEMPTS: usize = 5;
/// Queries that are compared with all hashes.
const COMPARED: usize = 50;

struct Options {
    sizes: Vec<usize>,
    radius: Option<u16>,
    queries: usize,
    write: Option<PathBuf>,
}

/// A query, and the hash it was made from.
struct Planted {
    forms: Vec<Hash256>,
    source: usize,
    form: usize,
}

fn main() {
    let options = options();
    for &size in &options.sizes {
        run(size, &options);
    }
}

fn options() -> Options {
    let mut options = Options {
        sizes: Vec::new(),
        radius: None,
        queries: 1000,
        write: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("{argument} wants a value"));
        match argument.as_str() {
            // Cargo adds it.
            "--bench" => {}
            "--radius" => options.radius = Some(value().parse().unwrap()),
            "--queries" => options.queries = value().parse().unwrap(),
            "--write" => options.write = Some(value().into()),
            size => options
                .sizes
                .push(size.parse().unwrap_or_else(|_| panic!("no number of hashes: {size}"))),
        }
    }
    if options.sizes.is_empty() {
        options.sizes.push(1_000_000);
    }
    options
}

fn run(size: usize, options: &Options) {
    let mut random = Random(size as u64);
    let hashes: Vec<Hash256> = (0..size).map(|_| hash(&mut random)).collect();
    let clock = Instant::now();
    let start = cpu_s(clock);
    let mut table = NearHashes::new();
    for (slot, hash) in (0..).zip(&hashes) {
        table.stage(slot, 0, hash);
    }
    table.merge();
    let build_s = cpu_s(clock) - start;
    let (saved_s, loaded_s) = snapshot(&table);
    let mib = table.base_bytes() as f64 / MIB;
    let searches = match options.radius {
        Some(radius) => vec![(radius, 1)],
        None => SEARCHES.to_vec(),
    };
    for (radius, forms) in searches {
        let count = options.queries / forms;
        let planted: Vec<Planted> = (0..count).map(|_| plant(&hashes, radius, forms, &mut random)).collect();
        let (times, found) = ask(&table, &planted, radius);
        let at = |share: f64| times[((count - 1) as f64 * share).round() as usize];
        println!(
            "{{\"bench\":\"hamming_{}_r{radius}\",\"hashes\":{size},\"radius\":{radius},\"forms\":{forms},\"queries\":{count},\
             \"p50_ms\":{:.4},\"p99_ms\":{:.4},\"recall\":{},\"mib\":{mib:.0},\"peak_mib\":{:.0},\"build_s\":{build_s:.2},\
             \"save_s\":{saved_s:.2},\"load_s\":{loaded_s:.2}}}",
            short(size),
            at(0.5),
            at(0.99),
            recall(&hashes, &planted, &found, radius),
            peak_mib()
        );
        if let Some(path) = &options.write {
            write(path, &hashes, &planted);
        }
    }
}

/// The times of all queries in milliseconds, sorted, and what each of them found.
fn ask(table: &NearHashes, planted: &[Planted], radius: u16) -> (Vec<f64>, Vec<BTreeSet<(usize, usize)>>) {
    let mut times = vec![f64::INFINITY; planted.len()];
    let mut found = vec![BTreeSet::new(); planted.len()];
    let mut waiting: Vec<usize> = (0..planted.len()).collect();
    for _ in 0..ATTEMPTS {
        waiting.retain(|&number| {
            let before = preempted();
            let start = Instant::now();
            let near = table.within(&planted[number].forms, radius);
            // The first that nothing interrupts; what is asked again finds its way warm, which moves no median.
            times[number] = start.elapsed().as_secs_f64() * 1e3;
            let again = preempted() != before;
            let slots = near
                .iter()
                .map(|near| (near.query, near.postings().next().unwrap().slot as usize));
            found[number] = slots.collect();
            again
        });
    }
    times.sort_by(f64::total_cmp);
    (times, found)
}

/// Flips as many bits as the radius allows, or fewer, in one of the forms; the others are no picture's.
fn plant(hashes: &[Hash256], radius: u16, forms: usize, random: &mut Random) -> Planted {
    let (source, form) = (random.below(hashes.len()), random.below(forms));
    let mut all: Vec<Hash256> = (0..forms).map(|_| hash(random)).collect();
    all[form] = hashes[source];
    let (flips, mut flipped) = (random.below(usize::from(radius) + 1), BTreeSet::new());
    while flipped.len() < flips {
        flipped.insert(random.below(256));
    }
    flipped.iter().for_each(|bit| all[form].0[bit / 8] ^= 1 << (bit % 8));
    Planted {
        forms: all,
        source,
        form,
    }
}

/// The share of what is within the radius that was found.
fn recall(hashes: &[Hash256], planted: &[Planted], found: &[BTreeSet<(usize, usize)>], radius: u16) -> f64 {
    let (mut wanted, mut hit) = (0, 0);
    for (number, (query, found)) in planted.iter().zip(found).enumerate() {
        let mut expected = BTreeSet::from([(query.form, query.source)]);
        if number < COMPARED {
            // One form is as good as sixteen here, and sixteen times as fast.
            let form = &query.forms[query.form];
            let near = hashes
                .iter()
                .enumerate()
                .filter(|(_, hash)| hash.distance_bits(form) <= radius);
            expected.extend(near.map(|(slot, _)| (query.form, slot)));
        }
        wanted += expected.len();
        hit += expected.intersection(found).count();
    }
    hit as f64 / wanted as f64
}

fn snapshot(table: &NearHashes) -> (f64, f64) {
    let path = std::env::temp_dir().join(format!("replevin-hamming-{}", std::process::id()));
    let start = Instant::now();
    table.save(&path, 1).unwrap();
    let saved = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let (loaded, _) = NearHashes::load(&path).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(loaded.len(), table.len());
    std::fs::remove_file(&path).unwrap();
    (saved, seconds)
}

fn write(path: &PathBuf, hashes: &[Hash256], planted: &[Planted]) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    for count in [hashes.len(), planted.len()] {
        file.write_all(&(count as u64).to_le_bytes()).unwrap();
    }
    let queries = planted.iter().map(|query| &query.forms[query.form]);
    hashes.iter().chain(queries).for_each(|hash| file.write_all(&hash.0).unwrap());
    planted
        .iter()
        .for_each(|query| file.write_all(&(query.source as u32).to_le_bytes()).unwrap());
    file.flush().unwrap();
}

fn short(size: usize) -> String {
    match size {
        _ if size >= 1_000_000 && size.is_multiple_of(1_000_000) => format!("{}m", size / 1_000_000),
        _ if size >= 1_000 && size.is_multiple_of(1_000) => format!("{}k", size / 1_000),
        _ => size.to_string(),
    }
}

/// How often the system took the core away from this thread.
fn preempted() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/thread-self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"));
    line?.trim().parse().ok()
}

/// CPU time of this program so far in seconds, or else what the clock says.
fn cpu_s(start: Instant) -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: Vec<f64> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    match ticks[..] {
        [user, system] => (user + system) / 100.0,
        _ => start.elapsed().as_secs_f64(),
    }
}

/// The most memory that this program has held, hashes of the benchmark and all.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

fn hash(random: &mut Random) -> Hash256 {
    let mut hash = Hash256([0; 32]);
    hash.0
        .chunks_mut(8)
        .for_each(|part| part.copy_from_slice(&random.next().to_le_bytes()));
    hash
}
