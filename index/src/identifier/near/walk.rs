//! The walk over an ordered set of keys that visits only prefixes which can still lie within the allowed slips.
//!
//! Owns the edit-distance rows (optimal string alignment: insert, delete, replace, swap of neighbours) over key symbols
//! and the decision where to jump next. Knows nothing of values.

use super::key::{CHARACTERS_MAX, Key};

const COLUMNS: usize = CHARACTERS_MAX + 1;
/// Deepest prefix that is looked at.
const ROWS: usize = CHARACTERS_MAX + 1;
const FAR: u8 = u8::MAX;

/// The slips that a walk lets pass.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    /// Columns of the query, counted from the first, before which only `front` slips may end.
    pub(super) guarded: usize,
    pub(super) front: u8,
    pub(super) total: u8,
}

/// Collects into `found` every stored key of the query's kind within the allowance. `seek` gives the first stored key that
/// is not below its argument.
pub(super) fn walk(query: Key, allowance: Allowance, found: &mut Vec<Key>, seek: impl Fn(Key) -> Option<Key>) {
    let mut rows = Rows::new(query, allowance);
    let mut cursor = query.first_of_kind();
    while let Some(key) = seek(cursor).filter(|key| key.same_kind(query)) {
        let mut depth = rows.shared(key);
        cursor = loop {
            let symbol = key.symbol(depth);
            if symbol == 0 {
                if rows.ends_within(depth) {
                    found.push(key);
                }
                break key.successor();
            }
            let allowed = rows.allowed(depth);
            if allowed >> symbol & 1 == 1 && rows.step(depth, symbol) {
                depth += 1;
                continue;
            }
            // No key with this symbol here can do: jump to the next symbol that might.
            let later = allowed & !((2u32 << symbol).wrapping_sub(1));
            break match later {
                0 => key.after_prefix(depth),
                later => key.with_symbol(depth, later.trailing_zeros() as u8),
            };
        };
    }
}

struct Rows {
    query: [u8; COLUMNS],
    length: usize,
    allowance: Allowance,
    /// `cost[d][i]`: slips between the stored key's first `d` symbols and the query's first `i`, `FAR` when not allowed.
    cost: [[u8; COLUMNS]; ROWS],
    path: [u8; ROWS],
    /// Rows 0..=depth are those of `path[..depth]`.
    depth: usize,
}

impl Rows {
    fn new(query: Key, allowance: Allowance) -> Self {
        let length = query.len();
        let mut symbols = [0; COLUMNS];
        (0..length).for_each(|at| symbols[at] = query.symbol(at));
        let mut rows = Self {
            query: symbols,
            length,
            allowance,
            cost: [[FAR; COLUMNS]; ROWS],
            path: [0; ROWS],
            depth: 0,
        };
        for at in 0..=length.min(allowance.total as usize) {
            rows.cost[0][at] = rows.limited(at, at as u8);
        }
        rows
    }

    /// The cost when it is allowed at this column, else `FAR`.
    fn limited(&self, column: usize, cost: u8) -> u8 {
        if cost > self.limit(column) { FAR } else { cost }
    }

    fn limit(&self, column: usize) -> u8 {
        if column < self.allowance.guarded {
            self.allowance.front
        } else {
            self.allowance.total
        }
    }

    /// Depth down to which the rows computed last hold for this key, too.
    fn shared(&mut self, key: Key) -> usize {
        let depth = (0..self.depth).take_while(|&at| self.path[at] == key.symbol(at)).count();
        self.depth = depth;
        depth
    }

    fn ends_within(&self, depth: usize) -> bool {
        self.cost[depth][self.length] != FAR
    }

    fn columns(&self, depth: usize) -> std::ops::RangeInclusive<usize> {
        depth.saturating_sub(self.allowance.total as usize)..=(depth + self.allowance.total as usize).min(self.length)
    }

    /// The symbols, as bits, that may follow the first `depth` ones; a superset of those for which [`Self::step`] is true.
    fn allowed(&self, depth: usize) -> u32 {
        let row = &self.cost[depth];
        let mut symbols = 0;
        for at in self.columns(depth).filter(|&at| row[at] != FAR) {
            let next = (at + 1).min(self.length);
            if row[at] < self.limit(at).max(self.limit(next)) {
                return u32::MAX;
            }
            // A match, or the first half of a swap.
            symbols |= 1 << self.query[at] | 1 << self.query[next];
        }
        if depth > 0 {
            // The second half of a swap.
            for at in self
                .columns(depth - 1)
                .filter(|&at| self.cost[depth - 1][at] != FAR && at + 2 <= self.length)
            {
                symbols |= 1 << self.query[at];
            }
        }
        symbols
    }

    /// Computes the row after `symbol` at `depth`; whether anything can follow.
    fn step(&mut self, depth: usize, symbol: u8) -> bool {
        if depth + 1 >= ROWS || depth + 1 > self.length + self.allowance.total as usize {
            return false;
        }
        let mut row = [FAR; COLUMNS];
        let mut alive = false;
        for at in self.columns(depth + 1) {
            let mut cost = self.cost[depth][at].saturating_add(1);
            if at > 0 {
                let replaced = self.cost[depth][at - 1].saturating_add(u8::from(self.query[at - 1] != symbol));
                cost = cost.min(replaced).min(row[at - 1].saturating_add(1));
            }
            if at > 1 && depth > 0 && self.query[at - 1] == self.path[depth - 1] && self.query[at - 2] == symbol {
                cost = cost.min(self.cost[depth - 1][at - 2].saturating_add(1));
            }
            row[at] = self.limited(at, cost);
            alive |= row[at] != FAR;
        }
        // A swap across the middle skips this row.
        alive |= self
            .columns(depth)
            .any(|at| at + 2 <= self.length && self.query[at + 1] == symbol && self.cost[depth][at] < self.limit(at + 2));
        self.cost[depth + 1] = row;
        self.path[depth] = symbol;
        self.depth = depth + 1;
        alive
    }
}
