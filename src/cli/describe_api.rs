//! `describe-api`: the description of the HTTP API, for whoever generates a client from it.

use clap::Args;

use super::output::say;
use crate::http::api::describe;

/// Write down the description of the API.
#[derive(Debug, Args)]
pub(super) struct DescribeApi {}

impl DescribeApi {
    pub(super) fn run(self) -> anyhow::Result<()> {
        Ok(say(&describe()?)?)
    }
}
