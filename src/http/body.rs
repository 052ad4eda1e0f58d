//! Reading a request's body up to a limit, however it is sent.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{HeaderMap, header};
use futures::StreamExt;

use super::error::Problem;
use crate::intake::Room;

/// How much of a body that is too long is still taken in, bytes and seconds. Closing a connection while its client still sends
/// makes many clients miss the answer; what goes beyond this is cut all the same.
const DRAINED_BYTES_MAX: usize = 1 << 20;
const DRAINED_SECONDS_MAX: u64 = 2;

/// The body, when it is not longer than `bytes_max`. A longer one that is announced is refused before it is held; one that is
/// not, as soon as it passes the limit.
pub(super) async fn read(headers: &HeaderMap, body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    read_into(None, headers, body, bytes_max).await
}

/// The same for a body that has to find room beside others: where there is none, its sender waits a moment and is told to come
/// again later.
pub(super) async fn read_into(
    mut room: Option<&mut Room>,
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
) -> Result<Bytes, Problem> {
    let too_large = || Problem::too_large(format!("the body is longer than {bytes_max} bytes"));
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let mut parts = body.into_data_stream();
    if announced.is_some_and(|length| length > bytes_max as u64) {
        // Who waits for leave to send has not begun: reading would ask for the body.
        if !headers.contains_key(header::EXPECT) {
            drain(&mut parts).await;
        }
        return Err(too_large());
    }
    let mut read = Vec::with_capacity(announced.map_or(0, |length| usize::try_from(length).unwrap_or(0).min(1 << 20)));
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| Problem::invalid("", "the body broke off"))?;
        if read.len() + part.len() > bytes_max {
            drain(&mut parts).await;
            return Err(too_large());
        }
        if let Some(room) = room.as_deref_mut()
            && let Err(error) = room.more(part.len()).await
        {
            drain(&mut parts).await;
            return Err(error.into());
        }
        read.extend_from_slice(&part);
    }
    Ok(read.into())
}

/// Takes in some of the rest, so that its sender comes to reading the answer.
async fn drain(rest: &mut BodyDataStream) {
    let taking = async {
        let mut bytes = 0;
        while bytes < DRAINED_BYTES_MAX
            && let Some(Ok(part)) = rest.next().await
        {
            bytes += part.len();
        }
    };
    // Both ends are fine: it is a courtesy.
    tokio::time::timeout(Duration::from_secs(DRAINED_SECONDS_MAX), taking)
        .await
        .ok();
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::stream;

    use super::*;

    /// A body of so many pieces of 64 KiB, and how many of them were taken.
    fn pieces(count: usize) -> (Body, Arc<AtomicUsize>) {
        let taken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&taken);
        let pieces = stream::iter(0..count).map(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Infallible>(Bytes::from_static(&[0; 64 << 10]))
        });
        (Body::from_stream(pieces), taken)
    }

    fn announcing(length: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_LENGTH, length.parse().unwrap())])
    }

    #[tokio::test]
    async fn what_is_too_long_is_taken_in_for_a_while_and_refused() {
        for (headers, count, taken_max) in [
            (announcing("655360"), 10, 10),
            (announcing("65536000"), 1000, 16),
            (HeaderMap::new(), 1000, 18),
        ] {
            let (body, taken) = pieces(count);
            assert_eq!(read(&headers, body, 100_000).await.unwrap_err().status, 413);
            assert!((2..=taken_max).contains(&taken.load(Ordering::Relaxed)), "{taken:?}");
        }
        let (body, _) = pieces(1);
        assert_eq!(read(&HeaderMap::new(), body, 100_000).await.unwrap().len(), 64 << 10);
    }

    #[tokio::test]
    async fn who_waits_for_leave_is_not_asked_to_send() {
        let mut headers = announcing("655360");
        headers.insert(header::EXPECT, "100-continue".parse().unwrap());
        let (body, taken) = pieces(10);
        assert_eq!(read(&headers, body, 100_000).await.unwrap_err().status, 413);
        assert_eq!(taken.load(Ordering::Relaxed), 0);
    }
}
