//! Comparing hashes one after another: the whole of a small table, or what a wide radius leaves no better way for.
//!
//! Every query of a batch is compared with a block of hashes before the next block is read, so that a batch reads the
//! memory once. The code is written once, plainly; it is compiled for each set of vector instructions, and the best that
//! this processor has is taken when it runs.

use fearless_simd::{Level, Simd, dispatch};

use super::words::{Half, Words, half_distance, halves};

/// Hashes that stay in the first-level cache while all queries are compared with them: 16 KiB for either half.
const BLOCK: usize = 1024;
/// Hashes whose nearest is sought at once, before any of them is looked at alone.
const GROUP: usize = 64;
/// Up to this radius the first half turns away nearly all: two unrelated halves lie 64 bits apart, with a standard deviation
/// of 5.7.
const HALF_RADIUS_MAX: u32 = 44;

/// A hash within the radius.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Near {
    /// Index into the queries.
    pub(super) query: u32,
    /// Index of the hash.
    pub(super) entry: u32,
    /// Bits that differ.
    pub(super) distance: u32,
}

/// Adds every hash within the radius of a query, once for each query it is near to.
pub(super) fn scan(first: &[Half], last: &[Half], queries: &[Words], radius: u32, found: &mut Vec<Near>) {
    scan_with(Level::new(), (first, last), queries, radius, found);
}

/// The same with no better instructions than these.
pub(super) fn scan_with(level: Level, (first, last): (&[Half], &[Half]), queries: &[Words], radius: u32, found: &mut Vec<Near>) {
    dispatch!(level, simd => simd.vectorize(
        #[inline(always)]
        || compare(first, last, queries, radius, found)
    ));
}

#[inline(always)]
fn compare(first: &[Half], last: &[Half], queries: &[Words], radius: u32, found: &mut Vec<Near>) {
    let blocks = first.chunks(BLOCK).zip(last.chunks(BLOCK));
    for (block, (first, last)) in blocks.enumerate() {
        for (query, words) in (0..).zip(queries) {
            let asked = halves(words);
            let groups = first.chunks(GROUP).zip(last.chunks(GROUP));
            for (group, (first, last)) in groups.enumerate() {
                if nearest(first, last, &asked, radius) > radius {
                    continue;
                }
                let begin = block * BLOCK + group * GROUP;
                for (place, (a, b)) in first.iter().zip(last).enumerate() {
                    let distance = half_distance(a, &asked[0]) + half_distance(b, &asked[1]);
                    if distance <= radius {
                        let entry = (begin + place) as u32;
                        found.push(Near { query, entry, distance });
                    }
                }
            }
        }
    }
}

/// At most the least distance of the group to the query. No branch depends on a hash, which makes vector code of it.
#[inline(always)]
fn nearest(first: &[Half], last: &[Half], asked: &[Half; 2], radius: u32) -> u32 {
    let mut nearest = u64::MAX;
    if radius <= HALF_RADIUS_MAX {
        for half in first {
            nearest = nearest.min(u64::from(half_distance(half, &asked[0])));
        }
    } else {
        for (a, b) in first.iter().zip(last) {
            nearest = nearest.min(u64::from(half_distance(a, &asked[0]) + half_distance(b, &asked[1])));
        }
    }
    nearest.min(u64::from(u32::MAX)) as u32
}
