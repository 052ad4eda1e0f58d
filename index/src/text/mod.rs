//! Text: analysis, term statistics, candidates and agreement.
//!
//! Owns how words become terms and how two texts are compared word by word. Leaves the index that the terms stand in to
//! [`crate::engine`].
//!
//! Reading order: [`fold`] (letters), [`language`] (endings, stop words), [`units`], [`analyzer`] (words), [`query`] (what is
//! indexed and asked for), then the comparison: [`names`], [`colors`], [`agreement`].

pub mod agreement;
pub mod analyzer;
pub mod colors;
pub mod fold;
pub mod language;
pub mod names;
pub mod query;
pub mod units;
