//! Text: analysis, term statistics, candidates and agreement.
//!
//! Owns how words become terms and how two texts are compared word by word. Leaves the index that the terms stand in to
//! [`crate::engine`].
//!
//! Reading order: [`fold`] (letters), [`language`] (endings, stop words), [`units`], [`concept`] and [`compound`] (what words
//! mean in any language), [`analyzer`] (words), [`query`] (what is indexed and asked for), then the comparison: [`words`],
//! [`names`], [`colors`], [`marks`], [`same_model`], [`agreement`].

pub mod agreement;
pub mod analyzer;
pub mod colors;
pub mod compound;
pub mod concept;
pub mod fold;
pub mod language;
pub mod marks;
pub mod names;
pub mod query;
pub mod same_model;
pub mod units;
pub mod words;
