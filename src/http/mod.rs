//! The two skins over the service, API and web pages, and what both stand on.

pub mod static_files;
pub mod web;
