//! Replevin: finds stolen goods in the second-hand market and takes them to the police, under the letter.

pub mod access;
pub mod app;
pub mod casework;
pub mod domain;
pub mod egress;
pub mod feeds;
pub mod http;
pub mod intake;
pub mod matching;
pub mod store;
