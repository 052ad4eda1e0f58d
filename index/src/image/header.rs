//! What is judged from a file's own bytes before a decoder sees them.
//!
//! Owns the recognition of formats and the two checks that the decoders lack: whether a JPEG arrived whole (they paint what
//! is missing grey), and whether a WebP hides a larger picture or longer part than it declares (they reserve memory for it
//! first). Leaves all other structure to the decoders.

use super::decode::{PhotoError, PhotoFormat};

/// The format of a file by its first bytes. Names and declared types are not asked.
///
/// # Errors
/// [`PhotoError::Unsupported`] for pictures of known other formats, [`PhotoError::NotAnImage`] for the rest.
pub(super) fn format(bytes: &[u8]) -> Result<PhotoFormat, PhotoError> {
    use image::ImageFormat as Known;
    if let Some(name) = media_container(bytes) {
        return Err(PhotoError::Unsupported {
            format: name,
            advice: "save or export it as JPEG and send that",
        });
    }
    match image::guess_format(bytes) {
        Ok(Known::Jpeg) => Ok(PhotoFormat::Jpeg),
        Ok(Known::Png) => Ok(PhotoFormat::Png),
        Ok(Known::WebP) => Ok(PhotoFormat::WebP),
        Ok(Known::Gif) => Ok(PhotoFormat::Gif),
        Ok(Known::Tiff) => Ok(PhotoFormat::Tiff),
        Ok(Known::Bmp) => Ok(PhotoFormat::Bmp),
        _ => Err(PhotoError::NotAnImage),
    }
}

/// The formats of phones that share one container with video: ISO/IEC 14496-12, told apart by the brand.
fn media_container(bytes: &[u8]) -> Option<&'static str> {
    if bytes.get(4..8)? != b"ftyp" {
        return None;
    }
    match bytes.get(8..12)? {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => Some("HEIC"),
        b"avif" | b"avis" => Some("AVIF"),
        _ => None,
    }
}

/// Whether the compressed data of a JPEG is followed by its end marker. Anything may stand behind it.
pub(super) fn jpeg_is_whole(bytes: &[u8]) -> bool {
    // Skip the segments before the first scan: a preview in them has an end marker of its own.
    let mut place = 2;
    while let Some(&[0xFF, marker, high, low]) = bytes.get(place..).and_then(|rest| rest.first_chunk()) {
        match marker {
            0xFF => place += 1,
            0xDA => return bytes[place..].windows(2).any(|pair| pair == [0xFF, 0xD9]),
            _ => place += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
    false
}

/// Checks that the parts of a WebP lie inside the file, and returns the most pixels that any picture in it declares.
///
/// # Errors
/// [`PhotoError::Truncated`] when a part does not.
pub(super) fn webp_pixels_max(bytes: &[u8]) -> Result<u64, PhotoError> {
    let mut most = 0;
    // File header: "RIFF", size, "WEBP". A frame of an animation holds parts of its own behind 16 bytes.
    let mut pending = vec![bytes.get(12..).ok_or(PhotoError::Truncated)?];
    while let Some(mut parts) = pending.pop() {
        while let Some((head, rest)) = parts.split_first_chunk::<8>() {
            let [a, b, c, d, size @ ..] = *head;
            let size = u32::from_le_bytes(size) as usize;
            let part = rest.get(..size).ok_or(PhotoError::Truncated)?;
            match &[a, b, c, d] {
                b"VP8 " => most = most.max(vp8_pixels(part).unwrap_or(0)),
                b"ANMF" => pending.push(part.get(16..).unwrap_or_default()),
                _ => {}
            }
            // Parts start on even places; the filler after the last may be missing.
            parts = rest.get(size + size % 2..).unwrap_or_default();
        }
    }
    Ok(most)
}

/// RFC 6386, section 9.1: three bytes frame tag, three bytes start code, then 14 bits width and height.
fn vp8_pixels(part: &[u8]) -> Option<u64> {
    let side = |at: usize| Some(u64::from(u16::from_le_bytes([*part.get(at)?, *part.get(at + 1)?]) & 0x3FFF));
    Some(side(6)? * side(8)?)
}
