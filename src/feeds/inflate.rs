//! Compressed bodies and files, gzip (RFC 1952) or Zstandard (RFC 8878), inflated as they are read and never beyond a limit.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Inflated bytes that are accepted for each compressed byte.
pub const RATIO_MAX: u64 = 100;
/// Bodies that inflate to no more than this are accepted whatever the ratio, bytes.
const HARMLESS_BYTES: u64 = 1 << 20;
/// Largest window of Zstandard, bytes: what `zstd` writes unless it is told `--ultra` or `--long`, with room.
const WINDOW_BYTES_MAX: u64 = 32 << 20;

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Gzip, also of several members.
    Gzip,
    /// Zstandard, also of several frames.
    Zstd,
}

impl Compression {
    /// How a file is compressed, by its first bytes; `None` when it is not.
    #[must_use]
    pub fn of_beginning(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1F, 0x8B, ..] => Some(Self::Gzip),
            // A skippable frame may stand first.
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }
}

impl Compression {
    /// Why bytes that begin so are not compressed in this way, where that is plain.
    #[must_use]
    pub fn mistaken(self, beginning: &[u8]) -> Option<&'static str> {
        match (self, Self::of_beginning(beginning)) {
            _ if beginning.is_empty() => None,
            (Self::Gzip, Some(Self::Zstd)) => Some("this is Zstandard, not gzip: send it with Content-Encoding: zstd"),
            (Self::Zstd, Some(Self::Gzip)) => Some("this is gzip, not Zstandard: send it with Content-Encoding: gzip"),
            (Self::Gzip, None) => Some("this is not gzip: compress it, or send it without Content-Encoding"),
            (Self::Zstd, None) => Some("this is not Zstandard: compress it, or send it without Content-Encoding"),
            (Self::Gzip, Some(Self::Gzip)) | (Self::Zstd, Some(Self::Zstd)) => None,
        }
    }
}

/// A body that inflates to more than is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body inflates to more than {limit_bytes} bytes, which is the most accepted for its compressed size")]
pub struct TooInflated {
    /// The limit that was passed, bytes.
    pub limit_bytes: u64,
}

/// Reads `compressed`, of which there are `compressed_bytes`. Gives at most `inflated_bytes_max` bytes, and at most [`RATIO_MAX`]
/// for each compressed one; beyond, reading fails.
pub fn inflate<'a>(
    compression: Compression,
    compressed: impl BufRead + 'a,
    compressed_bytes: u64,
    inflated_bytes_max: u64,
) -> impl BufRead + 'a {
    let by_ratio = compressed_bytes.saturating_mul(RATIO_MAX).max(HARMLESS_BYTES);
    let limit_bytes = inflated_bytes_max.min(by_ratio);
    let inflated: Box<dyn Read + 'a> = match compression {
        Compression::Gzip => Box::new(MultiGzDecoder::new(compressed)),
        Compression::Zstd => Box::new(Frames::new(compressed)),
    };
    BufReader::with_capacity(
        64 << 10,
        Bounded {
            inflated,
            left: limit_bytes,
            limit_bytes,
        },
    )
}

/// Why reading an inflating stream failed.
pub(super) enum Reason {
    /// The limit was passed.
    TooMuch(TooInflated),
    /// It is not compressed so, damaged, or ends too early.
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

/// Zstandard, frame after frame; what is in skippable frames is left out.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    /// A frame has begun and not ended.
    within: bool,
}

impl<R: BufRead> Frames<R> {
    fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW_BYTES_MAX);
        Self {
            source,
            decoder,
            within: false,
        }
    }

    /// Begins the next frame; `false` when there is none.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let length = u64::from(length);
                    if io::copy(&mut self.source.by_ref().take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(_) => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
        Ok(false)
    }

    /// What a frame says of its content must be so.
    fn end(&self) -> io::Result<()> {
        let said = self.decoder.get_checksum_from_data();
        if said.is_some() && said != self.decoder.get_calculated_checksum() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.within && !self.begin()? {
                return Ok(0);
            }
            self.within = true;
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            self.end()?;
            self.within = false;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        compress_to_vec(bytes, CompressionLevel::Fastest)
    }

    fn read(compressed: &[u8], bytes_max: u64) -> io::Result<Vec<u8>> {
        let compression = Compression::of_beginning(compressed).unwrap();
        let mut inflated = Vec::new();
        inflate(compression, compressed, compressed.len() as u64, bytes_max).read_to_end(&mut inflated)?;
        Ok(inflated)
    }

    #[test]
    fn members_and_frames_follow_one_another() {
        let text = b"{\"id\":\"A-1\",\"title\":\"Ring\"}\n".repeat(9_000);
        for pack in [gzip, zstd] {
            let whole = [pack(&text), pack(b""), pack(b"last")].concat();
            assert_eq!(read(&whole, 1 << 30).unwrap(), [&text[..], b"last"].concat());
        }
        let skippable = [&[0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3], &zstd(b"text")[..]].concat();
        assert_eq!(read(&skippable, 99).unwrap(), b"text");
        // As the reference program writes it, with a checksum.
        let reference = hex::decode("28b52ffd04582100007465787452afcc88").unwrap();
        assert_eq!(Compression::of_beginning(&reference), Some(Compression::Zstd));
        assert_eq!(Compression::of_beginning(b"{\"id\""), None);
    }

    #[test]
    fn what_is_damaged_or_too_much_is_told() {
        let text: Vec<u8> = (0..50_000_u32)
            .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
            .collect();
        for pack in [gzip, zstd] {
            let whole = pack(&text);
            let ends_early = read(&whole[..whole.len() / 2], 1 << 30).unwrap_err();
            assert!(matches!(reason_of(&ends_early), Some(Reason::Damaged)), "{ends_early:?}");
            let too_much = read(&whole, 1_000).unwrap_err();
            assert!(
                matches!(
                    reason_of(&too_much),
                    Some(Reason::TooMuch(TooInflated { limit_bytes: 1_000 }))
                ),
                "{too_much:?}"
            );
            let trailing = [&whole[..], b"not compressed"].concat();
            assert!(read(&trailing, 1 << 30).is_err());
        }
        let mut flipped = zstd(&text);
        let at = flipped.len() / 2;
        flipped[at] ^= 0x10;
        assert_ne!(read(&flipped, 1 << 30).ok(), Some(text));
        let bomb = zstd(&vec![0; 8 << 20]);
        let refused = read(&bomb, 1 << 30).unwrap_err();
        assert!(matches!(reason_of(&refused), Some(Reason::TooMuch(_))), "{refused:?}");
    }
}
