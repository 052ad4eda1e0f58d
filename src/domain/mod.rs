//! The words of the product as types. No I/O, no SQL, no wire formats.
//!
//! Outside text becomes one of these by `parse`, once, at the door. State is an enum that carries its data, and its
//! transitions consume it.

pub mod account;
pub mod assessment;
pub mod audit;
pub mod blind_review;
pub mod decoy;
pub mod description;
pub mod digest;
pub mod disclosure;
pub mod evidence_pack;
pub mod feed;
pub mod feed_secret;
pub mod hold;
pub mod host;
pub mod ids;
pub mod item;
pub mod item_change;
pub mod item_revision;
pub mod joint;
pub mod late_entry;
pub mod lead;
pub mod listing;
pub mod mapping;
pub mod money;
pub mod network;
pub mod notification;
pub mod number_pattern;
pub mod ownership_proof;
pub mod partner;
pub mod photo;
pub mod place;
pub mod question;
pub mod relisting;
pub mod report;
pub mod report_question;
pub mod review_reason;
pub mod rhythm;
#[cfg(test)]
pub(crate) mod samples;
pub mod saved_search;
pub mod schedule;
pub mod scope;
pub mod time;
pub mod urgency;
pub mod yardstick;
