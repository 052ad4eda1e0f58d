//! The two skins over the service, API and web pages, and what both stand on.

pub mod api;
pub mod caller;
pub mod error;
pub mod static_files;
pub mod web;
