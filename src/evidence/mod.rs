//! Evidence packs: a document that a prosecutor reads, and a sealed bundle that proves what it holds.
//!
//! Owns the forms of both, and the check of a bundle on a machine that knows nothing but the bundle. Knows no case: what stands in
//! them is put together by those who show reports.

mod archive;
mod bundle;
mod document;
mod signing;

pub use archive::ArchiveError;
pub use bundle::{BundleError, Fault, FileEntry, Manifest, Part, Verified, seal, verify};
pub use document::{Block, Cell, Document, DocumentError, Look, Picture, Table, draw};
pub use signing::{EvidenceKey, PublicKey, PublicKeyError};
