//! Keys of values: the look-alike classes of up to 24 characters and the kind, packed into one ordered integer.
//!
//! Owns the packing only. Different values can share a key; whoever looks a key up compares the values themselves.

use super::super::IdentifierKind;
use super::super::characters::to_digit;

/// Longest value that is packed, in characters; longer ones are hashed and found by exact classes only.
pub(super) const CHARACTERS_MAX: usize = 24;
const SYMBOL_BITS: u32 = 5;
const SYMBOLS_BITS: u32 = SYMBOL_BITS * CHARACTERS_MAX as u32;
/// Stands where a kind stands; above all of them.
const HASHED: u128 = 15;

/// Every kind that the table takes in.
pub(super) const KINDS: [IdentifierKind; 8] = [
    IdentifierKind::Imei,
    IdentifierKind::Vin,
    IdentifierKind::FrameNumber,
    IdentifierKind::HullNumber,
    IdentifierKind::Chip,
    IdentifierKind::Serial,
    IdentifierKind::OwnerNumber,
    IdentifierKind::Plate,
];

/// Four bits of kind, then 24 symbols of five bits, the first one highest; symbol 0 ends the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u128);

impl Key {
    /// The key of a value; `None` when it is too long.
    pub(super) fn packed(kind: IdentifierKind, value: &str) -> Option<Self> {
        let mut key = kind as u128;
        let mut count = 0;
        for c in value.chars() {
            if count == CHARACTERS_MAX {
                return None;
            }
            key = key << SYMBOL_BITS | u128::from(symbol(c));
            count += 1;
        }
        Some(Self(
            key << (SYMBOL_BITS * (CHARACTERS_MAX - count) as u32) << (128 - 4 - SYMBOLS_BITS),
        ))
    }

    /// The key of a value that is too long to pack, from a hash of its classes.
    pub(super) fn hashed(hash: u64) -> Self {
        Self(HASHED << 124 | u128::from(hash))
    }

    pub(super) fn is_packed(self) -> bool {
        self.0 >> 124 != HASHED
    }

    /// The symbol at a depth; 0 past the end.
    pub(super) fn symbol(self, depth: usize) -> u8 {
        if depth >= CHARACTERS_MAX {
            0
        } else {
            (self.0 >> shift(depth) & 31) as u8
        }
    }

    /// Number of symbols.
    pub(super) fn len(self) -> usize {
        (0..CHARACTERS_MAX).take_while(|&depth| self.symbol(depth) != 0).count()
    }

    /// The same kind with the symbols from last to first; its own inverse.
    pub(super) fn reversed(self) -> Self {
        let kind = self.0 >> 124 << 124;
        let length = self.len();
        Self((0..length).fold(kind, |key, depth| {
            key | u128::from(self.symbol(depth)) << shift(length - 1 - depth)
        }))
    }

    /// The smallest key of the same kind.
    pub(super) fn first_of_kind(self) -> Self {
        Self(self.0 >> 124 << 124)
    }

    pub(super) fn same_kind(self, other: Self) -> bool {
        self.0 >> 124 == other.0 >> 124
    }

    /// The smallest key that shares the symbols before `depth` and has `symbol` there.
    pub(super) fn with_symbol(self, depth: usize, symbol: u8) -> Self {
        let above = shift(depth) + SYMBOL_BITS;
        Self(self.0 >> above << above | u128::from(symbol) << shift(depth))
    }

    /// The smallest key after all that share the symbols before `depth`.
    pub(super) fn after_prefix(self, depth: usize) -> Self {
        let above = if depth == 0 { 124 } else { shift(depth - 1) };
        Self(((self.0 >> above) + 1) << above)
    }

    /// The next key.
    pub(super) fn successor(self) -> Self {
        Self(self.0 + 1)
    }
}

fn shift(depth: usize) -> u32 {
    124 - SYMBOL_BITS * (depth as u32 + 1)
}

/// 1–10 for the digits and the letters that look like them, 11–27 for the other Latin letters, 28–31 for the rest.
fn symbol(c: char) -> u8 {
    match to_digit(c) {
        c @ '0'..='9' => c as u8 - b'0' + 1,
        c @ 'A'..='Z' => {
            // Nine letters fold into digits: B D G I L O Q S Z.
            let before = ['B', 'D', 'G', 'I', 'L', 'O', 'Q', 'S', 'Z']
                .iter()
                .filter(|&&folded| folded < c)
                .count() as u8;
            11 + (c as u8 - b'A') - before
        }
        'Ä' => 28,
        'Ö' => 29,
        'Ü' => 30,
        _ => 31,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_distinct_per_class() {
        let mut seen: Vec<u8> = ('0'..='9')
            .chain('A'..='Z')
            .filter(|&c| to_digit(c) == c)
            .map(symbol)
            .collect();
        assert!(seen.iter().all(|&symbol| (1..=27).contains(&symbol)));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 27);
    }

    #[test]
    fn reversing_twice_changes_nothing_and_order_follows_symbols() {
        let key = |value: &str| Key::packed(IdentifierKind::Serial, value).unwrap();
        for value in ["1", "12AB", "ABCDEFGHJKLMNPRSTUVXYZ12"] {
            assert_eq!(key(value).reversed().reversed(), key(value));
            assert_eq!(key(value).len(), value.len());
        }
        assert!(key("12") < key("123") && key("123") < key("13"));
        assert_eq!(key("1O"), key("10"));
        assert_eq!(key("129").with_symbol(1, key("3").symbol(0)), key("13"));
        assert!(key("12").after_prefix(1) > key("19ZZZ") && key("12").after_prefix(1) <= key("2"));
        assert!(Key::packed(IdentifierKind::Serial, &"1".repeat(25)).is_none());
    }
}
