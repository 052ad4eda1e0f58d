//! The search engine of Replevin.
//!
//! It knows *records* on two *sides*, the *fingerprints* of their photos, the *identifiers* in them, and *hits* between
//! the sides. It leaves thefts, sellers, verdicts, clocks, databases and the network to its caller: the service
//! translates its items and listings into [`Record`]s, feeds them in the order of one [`Sequence`], and weighs what
//! [`Engine::search`] finds.
//!
//! Reading order: [`record`] (what goes in), [`hit`] (what comes out), [`engine`] (the index itself), then the three ways
//! of finding: [`identifier`], [`image`], [`text`]. How good a score is, on pairs of which one knows, is [`evaluation`].

pub mod engine;
pub mod evaluation;
pub mod hit;
pub mod identifier;
pub mod image;
pub mod record;
pub mod text;

pub use engine::{Engine, EngineError, EngineOptions, TextAgreement};
pub use hit::{Hit, IdentifierHit, PartHit, PhotoHit, TextHit};
pub use record::{Change, Record, RecordText, Sequence, Side, SourceKey};
