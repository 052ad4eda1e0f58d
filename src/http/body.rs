//! Reading a request's body up to a limit, however it is sent.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use futures::StreamExt;

use super::error::Problem;

/// The body, when it is not longer than `bytes_max`. A longer one that is announced is refused before it is read; one that is
/// not, as soon as it passes the limit.
pub(super) async fn read(headers: &HeaderMap, body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    let too_large = || Problem::too_large(format!("the body is longer than {bytes_max} bytes"));
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > bytes_max as u64) {
        return Err(too_large());
    }
    let mut read = Vec::with_capacity(announced.map_or(0, |length| usize::try_from(length).unwrap_or(0).min(1 << 20)));
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| Problem::invalid("", "the body broke off"))?;
        if read.len() + part.len() > bytes_max {
            return Err(too_large());
        }
        read.extend_from_slice(&part);
    }
    Ok(read.into())
}
