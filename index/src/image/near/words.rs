//! A hash as the search sees it: four words, its bits in a fixed random order, and how far two of them lie apart.
//!
//! Neighbouring bits of a perceptual hash depend on each other (they stand for neighbouring frequencies), so bands cut
//! from the natural order crowd into few values and their tables name many candidates in vain: some 40 % more for PDQ, a
//! hundred times more for gradient hashes. The order here is one shuffle with a constant seed. It is part of the snapshot
//! format: whoever changes it raises the version there.

use super::super::Hash256;

/// The bits of a hash in the search's order; bit 0 is the highest bit of the first word.
pub(super) type Words = [u64; 4];
/// One half of [`Words`].
pub(super) type Half = [u64; 2];

/// Seed of the shuffle: the fraction of the golden ratio. Any constant would do.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
/// Where bit `i` of a hash goes.
const PLACES: [u8; 256] = shuffled(SEED);
/// What each value of each four bits of a hash adds to the words: 32 KiB, which stay in the first-level cache.
static NIBBLES: [[Words; 16]; 64] = spread(&PLACES);

/// The words of a hash.
pub(super) fn words(hash: &Hash256) -> Words {
    let mut words = [0; 4];
    for (byte, pair) in hash.0.iter().zip(NIBBLES.as_chunks::<2>().0) {
        let (high, low) = (&pair[0][usize::from(byte >> 4)], &pair[1][usize::from(byte & 15)]);
        for (word, (high, low)) in words.iter_mut().zip(high.iter().zip(low)) {
            *word |= high | low;
        }
    }
    words
}

/// The two halves, which are kept apart: the first alone turns away nearly every hash.
pub(super) fn halves(words: &Words) -> [Half; 2] {
    let [a, b, c, d] = *words;
    [[a, b], [c, d]]
}

/// How many bits of two halves differ.
#[inline(always)]
pub(super) fn half_distance(a: &Half, b: &Half) -> u32 {
    (a[0] ^ b[0]).count_ones() + (a[1] ^ b[1]).count_ones()
}

/// Fisher and Yates's shuffle of 0..256, with the numbers of Steele's splitmix64.
const fn shuffled(seed: u64) -> [u8; 256] {
    let mut places = [0; 256];
    let mut at = 0;
    while at < 256 {
        places[at] = at as u8;
        at += 1;
    }
    let mut state = seed;
    let mut last = 255;
    while last > 0 {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut random = state;
        random = (random ^ (random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        random = (random ^ (random >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let other = ((random ^ (random >> 31)) % (last as u64 + 1)) as usize;
        (places[last], places[other]) = (places[other], places[last]);
        last -= 1;
    }
    places
}

const fn spread(places: &[u8; 256]) -> [[Words; 16]; 64] {
    let mut nibbles = [[[0; 4]; 16]; 64];
    let mut at = 0;
    while at < 256 {
        let place = places[at] as usize;
        let mut value = 0;
        while value < 16 {
            if value >> (3 - at % 4) & 1 == 1 {
                nibbles[at / 4][value][place / 64] |= 1 << (63 - place % 64);
            }
            value += 1;
        }
        at += 1;
    }
    nibbles
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_bit_has_a_place_of_its_own() {
        let mut seen = [false; 256];
        for place in PLACES {
            assert!(!std::mem::replace(&mut seen[usize::from(place)], true));
        }
        // The order is part of the snapshot format.
        assert_eq!(PLACES[..8], [186, 89, 87, 63, 133, 179, 140, 118]);
    }

    proptest! {
        #[test]
        fn distances_stay_as_they_are(one in any::<[u8; 32]>(), other in any::<[u8; 32]>()) {
            let (one, other) = (Hash256(one), Hash256(other));
            let [[a, b], [c, d]] = [halves(&words(&one)), halves(&words(&other))];
            prop_assert_eq!(half_distance(&a, &c) + half_distance(&b, &d), u32::from(one.distance_bits(&other)));
        }

        #[test]
        fn bits_go_where_the_shuffle_says(bit in 0..256usize) {
            let mut bytes = [0; 32];
            bytes[bit / 8] = 0x80 >> (bit % 8);
            let mut expected = [0; 4];
            let place = usize::from(PLACES[bit]);
            expected[place / 64] = 1 << (63 - place % 64);
            prop_assert_eq!(words(&Hash256(bytes)), expected);
        }
    }
}
