//! How a search is done: into which bands hashes are cut, how many flipped bits each band is looked up with, or whether
//! comparing all hashes is cheaper.
//!
//! A hash within `r` bits of the query spreads its differences over the bands. If the lookups of band `i` find all hashes
//! whose band differs in at most `t(i)` bits, then a hash that every lookup misses differs in at least `t(i) + 1` bits of
//! each band, hence in at least `Σ (t(i) + 1)` bits. So nothing is missed as soon as `Σ (t(i) + 1) > r`: for 31 bits and 11
//! bands, two flips in ten bands and one in the last, 10·3 + 2 = 32. A band that is not looked up at all counts as
//! `t(i) + 1 = 0`. (Norouzi, Punjani and Fleet, "Fast exact search in Hamming space with multi-index hashing", 2014, with
//! thresholds that differ by band.)

use super::words::Words;

/// Bits of a hash.
const BITS: u32 = 256;
/// Wider bands have tables that are mostly empty, at least up to a hundred million hashes.
const BAND_BITS_MAX: u32 = 24;
/// Narrower bands find so much that a scan does better.
const BAND_BITS_MIN: u32 = 8;
/// What looking into one place of a table, checking one candidate and comparing one hash in a scan cost, in nanoseconds on
/// one machine, estimated from a few runs. Only their ratios matter, and only for the speed.
const LOOKUP_NS: f64 = 11.0;
const CANDIDATE_NS: f64 = 14.0;
const SCANNED_NS: f64 = 0.7;

/// A run of bits of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Band {
    /// Its first bit.
    pub(super) begin: u32,
    /// How many bits.
    pub(super) bits: u32,
}

/// The lookups of a search: for each band that is looked up, its number and how many flipped bits at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lookups(pub(super) Vec<(usize, u32)>);

impl Band {
    /// The bits of a hash that lie in the band, as a number.
    #[inline(always)]
    pub(super) fn key(&self, words: &Words) -> u32 {
        let (word, offset) = ((self.begin / 64) as usize, self.begin % 64);
        let next = words.get(word + 1).copied().unwrap_or(0);
        let both = u128::from(words[word]) << 64 | u128::from(next);
        (both << offset >> (128 - self.bits)) as u32
    }
}

/// Cuts hashes into bands for so many of them: as wide as makes tables with about one place for each hash, rather two places
/// than half of one. Ten million get three bands of 24 bits and eight of 23, a million four of 22 and eight of 21.
pub(super) fn bands(hashes: usize) -> Vec<Band> {
    let bits = (hashes.max(1) as f64).log2().round() as u32;
    let bits = bits.clamp(BAND_BITS_MIN, BAND_BITS_MAX);
    cut(BITS / bits.min(23))
}

/// Cuts hashes into so many bands, the wider ones first.
pub(super) fn cut(count: u32) -> Vec<Band> {
    let (bits, wider) = (BITS / count, BITS % count);
    let widths = (0..count).map(|band| bits + u32::from(band < wider));
    widths
        .scan(0, |begin, bits| {
            let band = Band { begin: *begin, bits };
            *begin += bits;
            Some(band)
        })
        .collect()
}

/// The cheapest lookups that miss nothing within the radius, or none when a scan is cheaper.
pub(super) fn lookups(bands: &[Band], hashes: usize, radius: u32) -> Option<Lookups> {
    let (lookups, cost) = cheapest(bands, hashes, radius)?;
    (cost < SCANNED_NS * hashes as f64).then_some(lookups)
}

/// The cheapest lookups and what they cost, in nanoseconds. Each further flip of a band costs more than the one before, so
/// taking the cheapest next flip as often as it takes is best.
pub(super) fn cheapest(bands: &[Band], hashes: usize, radius: u32) -> Option<(Lookups, f64)> {
    let next_cost = |band: &Band, flips: u32| {
        let filled = hashes as f64 / f64::from(1_u32 << band.bits);
        choose(band.bits, flips) * (LOOKUP_NS + CANDIDATE_NS * filled)
    };
    // Of each band one more than its flips: none at all at first.
    let mut levels = vec![0; bands.len()];
    let mut cost = 0.0;
    for _ in 0..=radius {
        let costs = bands.iter().zip(&levels).enumerate();
        let (band, cheapest) = costs
            .filter(|(_, (band, level))| **level <= band.bits / 2)
            .map(|(number, (band, level))| (number, next_cost(band, *level)))
            .min_by(|(_, one), (_, other)| one.total_cmp(other))?;
        levels[band] += 1;
        cost += cheapest;
    }
    let looked_up = levels.iter().enumerate().filter(|(_, level)| **level > 0);
    Some((Lookups(looked_up.map(|(band, level)| (band, level - 1)).collect()), cost))
}

/// All numbers of so many bits of which at most `flips` are set, by their count.
pub(super) fn masks(bits: u32, flips: u32) -> Vec<u32> {
    let mut masks = Vec::with_capacity(mask_count(bits, flips));
    masks.push(0);
    for set in 1..=flips.min(bits) {
        let mut mask = (1_u32 << set) - 1;
        while mask >> bits == 0 {
            masks.push(mask);
            // The next number with as many bits set: the lowest run moves its highest bit up, the rest falls down.
            let lowest = mask & mask.wrapping_neg();
            let moved = mask + lowest;
            mask = moved | ((mask ^ moved) / lowest) >> 2;
        }
    }
    masks
}

/// How many masks [`masks`] makes.
pub(super) fn mask_count(bits: u32, flips: u32) -> usize {
    (0..=flips.min(bits)).map(|set| choose(bits, set)).sum::<f64>() as usize
}

fn choose(from: u32, count: u32) -> f64 {
    (0..count)
        .fold(1.0, |ways, taken| ways * f64::from(from - taken) / f64::from(taken + 1))
        .round()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ten_million_hashes_have_eleven_bands() {
        let bands = bands(10_000_000);
        let bits: Vec<u32> = bands.iter().map(|band| band.bits).collect();
        assert_eq!(bits, [24, 24, 24, 23, 23, 23, 23, 23, 23, 23, 23]);
        let (Lookups(lookups), _) = cheapest(&bands, 10_000_000, 31).unwrap();
        let mut flips: Vec<u32> = lookups.iter().map(|(_, flips)| *flips).collect();
        flips.sort_unstable();
        assert_eq!(flips, [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    }

    #[test]
    fn bands_cover_every_bit_once() {
        for hashes in [0, 1, 1 << 14, 100_000, 1_000_000, 1 << 23, usize::MAX] {
            let bands = bands(hashes);
            let mut begin = 0;
            for band in &bands {
                assert_eq!(band.begin, begin);
                assert!((BAND_BITS_MIN..=BAND_BITS_MAX).contains(&band.bits));
                let mut all = [0; 4];
                (band.begin..band.begin + band.bits).for_each(|bit| all[bit as usize / 64] |= 1 << (63 - bit % 64));
                assert_eq!(band.key(&all), (1 << band.bits) - 1);
                assert_eq!(band.key(&all.map(|word: u64| !word)), 0);
                begin += band.bits;
            }
            assert_eq!(begin, BITS);
        }
    }

    /// The pigeonhole argument: what every lookup misses differs in more bits than the radius.
    #[test]
    fn lookups_miss_nothing_within_the_radius() {
        for hashes in [20_000, 1_000_000, 10_000_000] {
            let bands = bands(hashes);
            for radius in 0..=64 {
                let (Lookups(lookups), _) = cheapest(&bands, hashes, radius).unwrap();
                let missed: u32 = lookups.iter().map(|(_, flips)| flips + 1).sum();
                assert_eq!(missed, radius + 1, "{hashes} {radius}");
            }
        }
    }

    #[test]
    fn scans_where_lookups_cost_more() {
        assert!(lookups(&bands(10_000_000), 10_000_000, 31).is_some());
        assert!(lookups(&bands(10_000_000), 10_000_000, 100).is_none());
        assert!(lookups(&[], 100, 0).is_none());
        assert!(lookups(&bands(10_000_000), 10_000_000, 256).is_none());
    }

    #[test]
    fn masks_have_at_most_so_many_bits() {
        for (bits, flips) in [(8, 0), (8, 3), (10, 10), (23, 2), (24, 1)] {
            let mut masks = masks(bits, flips);
            assert_eq!(masks.len(), mask_count(bits, flips));
            masks.sort_unstable();
            let expected = (0..1_u32 << bits).filter(|mask| mask.count_ones() <= flips);
            assert!(masks.into_iter().eq(expected));
        }
    }
}
