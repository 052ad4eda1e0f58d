//! Pictures of things that nobody sells: coloured squares, the same each time, as PNG (ISO/IEC 15948).

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// Squares in a row, and rows.
const SQUARES: u32 = 12;
/// Width and height of a square, pixels.
const SQUARE: u32 = 16;

/// The picture of a number.
pub(super) fn png(number: u64) -> Vec<u8> {
    let side = SQUARES * SQUARE;
    let mut rows = Vec::new();
    for row in 0..side {
        // Each row is written as it is, without a filter.
        rows.push(0);
        for column in 0..side {
            let square = u64::from(row / SQUARE * SQUARES + column / SQUARE);
            rows.extend_from_slice(&colour(number, square));
        }
    }
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    // Memory takes whatever is written.
    drop(packed.write_all(&rows));
    let mut header = [side.to_be_bytes(), side.to_be_bytes()].concat();
    // Eight bits for each of red, green and blue; not interlaced.
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"IDAT", &packed.finish().unwrap_or_default());
    chunk(&mut png, *b"IEND", &[]);
    png
}

/// A colour that depends on both numbers and repeats late (the finalizer of SplitMix64).
fn colour(number: u64, square: u64) -> [u8; 3] {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ square.wrapping_mul(0xD1B5_4A32_D192_ED03);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    let bytes = mixed.to_be_bytes();
    [bytes[0], bytes[1], bytes[2]]
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    png.extend_from_slice(&u32::try_from(content.len()).unwrap_or(0).to_be_bytes());
    let mut sum = Crc::new();
    sum.update(&kind);
    sum.update(content);
    png.extend_from_slice(&kind);
    png.extend_from_slice(content);
    png.extend_from_slice(&sum.sum().to_be_bytes());
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use replevin_index::image::decode::DecodeLimits;

    use super::*;

    #[test]
    fn pictures_are_read_as_such_and_differ() {
        let limits = DecodeLimits::default();
        let read = replevin_index::image::decode::read(&png(1), &limits).unwrap();
        assert_eq!((read.width, read.height), (192, 192));
        assert_ne!(png(1), png(2));
        assert_eq!(png(7), png(7));
    }
}
