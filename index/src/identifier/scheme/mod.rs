//! The grammars, one file each. A grammar says of a canonical value (upper case, no separators) whether it fits, what its
//! check digit says, and which character its positions want.

pub(super) mod apple;
pub(super) mod bicycle;
pub(super) mod digits;
pub(super) mod hull;
pub(super) mod vin;
