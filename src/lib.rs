//! Replevin: finds stolen goods in the second-hand market and takes them to the police, under the letter.

pub mod domain;
pub mod egress;
pub mod http;
