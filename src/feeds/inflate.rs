//! Gzip bodies and files, inflated as they are read and never beyond a limit.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

/// Inflated bytes that are accepted for each compressed byte.
pub const RATIO_MAX: u64 = 100;
/// Bodies that inflate to no more than this are accepted whatever the ratio, bytes.
const HARMLESS_BYTES: u64 = 1 << 20;

/// A body that inflates to more than is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body inflates to more than {limit_bytes} bytes, which is the most accepted for its compressed size")]
pub struct TooInflated {
    /// The limit that was passed, bytes.
    pub limit_bytes: u64,
}

/// Reads gzip (also of several members) from `compressed`, of which there are `compressed_bytes`. Gives at most
/// `inflated_bytes_max` bytes, and at most [`RATIO_MAX`] for each compressed one; beyond, reading fails.
pub fn gunzip(compressed: impl BufRead, compressed_bytes: u64, inflated_bytes_max: u64) -> impl BufRead {
    let by_ratio = compressed_bytes.saturating_mul(RATIO_MAX).max(HARMLESS_BYTES);
    let limit_bytes = inflated_bytes_max.min(by_ratio);
    BufReader::with_capacity(
        64 << 10,
        Bounded {
            inflated: MultiGzDecoder::new(compressed),
            left: limit_bytes,
            limit_bytes,
        },
    )
}

/// Why reading an inflating stream failed.
pub(super) enum Reason {
    /// The limit was passed.
    TooMuch(TooInflated),
    /// It is no gzip, damaged, or ends too early.
    Damaged,
}

/// What an error of a stream says of inflating; `None` when it is of another kind.
pub(super) fn reason_of(error: &io::Error) -> Option<Reason> {
    if let Some(refusal) = error.get_ref().and_then(|inner| inner.downcast_ref::<TooInflated>()) {
        return Some(Reason::TooMuch(*refusal));
    }
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => Some(Reason::Damaged),
        _ => None,
    }
}

struct Bounded<R> {
    inflated: R,
    left: u64,
    limit_bytes: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // One byte more than is left, so that passing the limit is told from ending on it.
        let room = usize::try_from(self.left.saturating_add(1)).map_or(buffer.len(), |room| room.min(buffer.len()));
        let read = self.inflated.read(&mut buffer[..room])?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => {
                return Err(io::Error::other(TooInflated {
                    limit_bytes: self.limit_bytes,
                }));
            }
        }
        Ok(read)
    }
}
