//! The HTTP API: `/api/v1` and its description.

pub mod v1;
