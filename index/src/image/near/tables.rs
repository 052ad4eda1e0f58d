//! Many hashes that do not change, and the tables that find those within a radius: multi-index hashing.
//!
//! The hashes lie sorted, hence in the order of their first band, whose table needs no list of its own. Every other band
//! has the numbers of the hashes in the order of that band. Small sets have no tables and are scanned. Owns hashes and
//! tables; who shows a hash is left to [`carriers`](super::carriers), and which lookups a radius takes to
//! [`plan`](super::plan).

use fearless_simd::{Level, Simd, dispatch};

use super::plan::{self, Band, Lookups};
use super::runs::Runs;
use super::scan::{Near, scan};
use super::words::{Half, Words, half_distance, halves};

/// Fewer hashes have no tables: scanning them takes a few microseconds.
pub(super) const HASHES_MIN: usize = 1 << 14;
/// Places of a table that are looked into before what they hold is compared, so that the reads from memory overlap and what
/// was found still lies in the first-level cache.
const MASKS_AT_ONCE: usize = 1024;

/// Sorted distinct hashes with their tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tables {
    pub(super) first: Vec<Half>,
    pub(super) last: Vec<Half>,
    /// Empty when there are few hashes.
    pub(super) bands: Vec<BandTable>,
}

/// The table of one band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BandTable {
    pub(super) band: Band,
    pub(super) runs: Runs,
    /// Hashes in the order of the band; empty for the first band, the order of the hashes themselves.
    pub(super) entries: Vec<u32>,
}

/// What a search writes down on its way; kept between the queries of a batch.
#[derive(Default)]
struct Notes {
    runs: Vec<[u32; 2]>,
    candidates: Vec<u32>,
    passed: Vec<(u32, u32)>,
}

impl Tables {
    /// Takes sorted distinct hashes, and makes tables when they are many.
    pub(super) fn new(first: Vec<Half>, last: Vec<Half>) -> Self {
        let bands = if first.len() < HASHES_MIN {
            Vec::new()
        } else {
            plan::bands(first.len())
        };
        Self::with_bands(first, last, &bands)
    }

    /// The same with these bands.
    pub(super) fn with_bands(first: Vec<Half>, last: Vec<Half>, bands: &[Band]) -> Self {
        let bands = bands.iter().map(|band| BandTable::new(*band, &first, &last)).collect();
        Self { first, last, bands }
    }

    /// How many hashes.
    pub(super) fn len(&self) -> usize {
        self.first.len()
    }

    /// The number of a hash.
    pub(super) fn entry(&self, words: &Words) -> Option<u32> {
        let [first, last] = halves(words);
        let places = match self.bands.first() {
            Some(table) => table.runs.range(table.band.key(words)),
            None => 0..self.len(),
        };
        // Sorted by both halves: the first halves alone may be equal.
        let firsts = &self.first[places.clone()];
        let begin = places.start + firsts.partition_point(|other| *other < first);
        let end = places.start + firsts.partition_point(|other| *other <= first);
        let place = self.last[begin..end].binary_search(&last).ok()?;
        Some((begin + place) as u32)
    }

    /// Adds every hash within the radius of a query, once for each query it is near to.
    pub(super) fn within(&self, queries: &[Words], radius: u32, found: &mut Vec<Near>) {
        let bands: Vec<Band> = self.bands.iter().map(|table| table.band).collect();
        match plan::lookups(&bands, self.len(), radius) {
            Some(lookups) => self.look_up(&lookups, queries, radius, found),
            None => scan(&self.first, &self.last, queries, radius, found),
        }
    }

    /// The same by these lookups.
    pub(super) fn look_up(&self, lookups: &Lookups, queries: &[Words], radius: u32, found: &mut Vec<Near>) {
        self.look_up_with(Level::new(), lookups, queries, radius, found);
    }

    /// The same with no better instructions than these.
    pub(super) fn look_up_with(&self, level: Level, lookups: &Lookups, queries: &[Words], radius: u32, found: &mut Vec<Near>) {
        let mut masks: Vec<(u32, Vec<u32>)> = Vec::new();
        for &(table, flips) in &lookups.0 {
            let bits = self.bands[table].band.bits;
            let count = plan::mask_count(bits, flips);
            match masks.iter_mut().find(|(other, _)| *other == bits) {
                Some((_, masks)) if masks.len() >= count => {}
                Some((_, masks)) => *masks = plan::masks(bits, flips),
                None => masks.push((bits, plan::masks(bits, flips))),
            }
        }
        let mut notes = Notes::default();
        for (query, words) in (0..).zip(queries) {
            let begin = found.len();
            for &(table, flips) in &lookups.0 {
                let table = &self.bands[table];
                let count = plan::mask_count(table.band.bits, flips);
                let masks = masks.iter().find(|(bits, _)| *bits == table.band.bits);
                let masks = masks.map_or(&[][..], |(_, masks)| &masks[..count]);
                dispatch!(level, simd => simd.vectorize(
                    #[inline(always)]
                    || self.look_into(table, masks, (query, words), radius, &mut notes, found)
                ));
            }
            // A near hash agrees in several bands.
            found[begin..].sort_unstable();
            let mut kept = begin;
            for place in begin..found.len() {
                if kept == begin || found[place] != found[kept - 1] {
                    found[kept] = found[place];
                    kept += 1;
                }
            }
            found.truncate(kept);
        }
    }

    /// Three passes over a stretch of one table, each of reads that do not wait for each other: where the runs lie, which
    /// hashes stand in them, how far those are from the query.
    #[inline(always)]
    fn look_into(
        &self,
        table: &BandTable,
        masks: &[u32],
        (query, words): (u32, &Words),
        radius: u32,
        notes: &mut Notes,
        found: &mut Vec<Near>,
    ) {
        let (key, [asked_first, asked_last]) = (table.band.key(words), halves(words));
        for masks in masks.chunks(MASKS_AT_ONCE) {
            notes.runs.resize(masks.len(), [0; 2]);
            let mut filled = 0;
            for mask in masks {
                let run = table.runs.of(key ^ mask);
                notes.runs[filled] = run;
                filled += usize::from(run[0] < run[1]);
            }
            notes.candidates.clear();
            for &[begin, end] in &notes.runs[..filled] {
                if table.entries.is_empty() {
                    notes.candidates.extend(begin..end);
                } else {
                    for entry in &table.entries[begin as usize..end as usize] {
                        notes.candidates.push(*entry);
                    }
                }
            }
            notes.passed.resize(notes.candidates.len(), (0, 0));
            let mut passed = 0;
            for &entry in &notes.candidates {
                let distance = half_distance(&self.first[entry as usize], &asked_first);
                notes.passed[passed] = (entry, distance);
                passed += usize::from(distance <= radius);
            }
            for &(entry, distance) in &notes.passed[..passed] {
                let distance = distance + half_distance(&self.last[entry as usize], &asked_last);
                if distance <= radius {
                    found.push(Near { query, entry, distance });
                }
            }
        }
    }

    /// The words of a hash.
    pub(super) fn words(&self, entry: usize) -> Words {
        let ([a, b], [c, d]) = (self.first[entry], self.last[entry]);
        [a, b, c, d]
    }

    /// Bytes that hashes and tables take.
    pub(super) fn bytes(&self) -> usize {
        let tables = self
            .bands
            .iter()
            .map(|table| table.runs.bytes() + size_of_val(&table.entries[..]));
        size_of_val(&self.first[..]) + size_of_val(&self.last[..]) + tables.sum::<usize>()
    }
}

impl BandTable {
    /// Sorts the hashes by one band, by counting.
    fn new(band: Band, first: &[Half], last: &[Half]) -> Self {
        let keys = || first.iter().zip(last).map(|([a, b], [c, d])| band.key(&[*a, *b, *c, *d]));
        let mut counts = vec![0_u32; 1 << band.bits];
        for key in keys() {
            counts[key as usize] += 1;
        }
        let runs = Runs::of_lengths(&counts);
        if band.begin == 0 {
            return Self {
                band,
                runs,
                entries: Vec::new(),
            };
        }
        let mut begin = 0;
        for count in &mut counts {
            begin += std::mem::replace(count, begin);
        }
        let mut entries = vec![0; first.len()];
        for (entry, key) in (0..).zip(keys()) {
            let place = &mut counts[key as usize];
            entries[*place as usize] = entry;
            *place += 1;
        }
        Self { band, runs, entries }
    }
}
