//! The feeds and the domain as a crate of their own: what the fuzz targets are built with. Owns nothing itself.
#![allow(unreachable_pub, dead_code)]

#[path = "../../src/domain/mod.rs"]
pub mod domain;
#[path = "../../src/feeds/mod.rs"]
pub mod feeds;
