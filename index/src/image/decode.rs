//! Bounded decoding: from the bytes of a picture file, whoever sent them, to an upright picture and what is read from it.
//!
//! Owns the limits, the containment of decoders that fail, and what a person is told. The size of a picture is judged from its
//! header before anything is decoded. A large JPEG is decoded whole: at a quarter of its size 12 megapixels took 110 ms instead
//! of 145, since the entropy code must be unpacked all the same, and it would be a second way to the hash. Leaves hashing to
//! [`super::hash`] and the concurrency of decoding to the caller: one call needs up to twice [`DecodeLimits::alloc_bytes_max`].

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::error::ImageError;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use serde::{Deserialize, Serialize};

pub use image::GrayImage;

pub use super::exif::ExifFacts;
use super::features::PhotoFeatures;
use super::{PhotoFingerprint, exif, hash, header};

/// Quality of thumbnails, of 100.
const THUMBNAIL_QUALITY: u8 = 82;

/// What is refused before it costs anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Most pixels of a picture.
    pub pixels_max: u64,
    /// Most bytes of a file.
    pub bytes_max: u64,
    /// Most bytes that a decoder may reserve, its output included.
    pub alloc_bytes_max: u64,
}

impl Default for DecodeLimits {
    /// 40 megapixels, 32 MiB, 384 MiB.
    fn default() -> Self {
        Self {
            pixels_max: 40_000_000,
            bytes_max: 32 << 20,
            alloc_bytes_max: 384 << 20,
        }
    }
}

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhotoFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
    /// GIF; of an animation the first frame.
    Gif,
    /// TIFF; the first page.
    Tiff,
    /// Windows bitmap.
    Bmp,
}

/// What is read from a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoReading {
    /// The format by content.
    pub format: PhotoFormat,
    /// Width of the upright picture, in pixels.
    pub width: u32,
    /// Height of the upright picture, in pixels.
    pub height: u32,
    /// What the camera wrote about itself.
    pub exif: ExifFacts,
    /// Its hashes.
    pub fingerprint: PhotoFingerprint,
    /// Its local features.
    pub features: PhotoFeatures,
}

/// Why a file is not read as a picture.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// There are no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file is longer than allowed.
    #[error("the file has {bytes} bytes, at most {limit} are accepted")]
    TooManyBytes {
        /// Its length.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The picture is larger than allowed.
    #[error("the picture has {width} × {height} = {pixels} pixels, at most {limit} are accepted", pixels = u64::from(*width) * u64::from(*height))]
    TooManyPixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The limit, in pixels.
        limit: u64,
    },
    /// Decoding would need more memory than allowed.
    #[error("decoding the picture would need more than {limit} bytes of memory")]
    TooMuchMemory {
        /// The limit, in bytes.
        limit: u64,
    },
    /// No format of pictures is recognised.
    #[error("this is not a picture in JPEG, PNG, WebP, GIF, TIFF or BMP format")]
    NotAnImage,
    /// A picture in a format that is not read.
    #[error("{format} pictures cannot be read; {advice}")]
    Unsupported {
        /// Name of the format.
        format: &'static str,
        /// What to do instead.
        advice: &'static str,
    },
    /// The file ends before the picture does.
    #[error("the picture is incomplete: the file ends too early")]
    Truncated,
    /// The decoder found an error.
    #[error("the picture is damaged or of an unusual kind")]
    Damaged(#[source] Option<ImageError>),
}

/// Reads a picture: its size, what the camera wrote, its fingerprint and its features.
///
/// # Errors
/// When the file is no picture that can be read within the limits.
pub fn read(bytes: &[u8], limits: &DecodeLimits) -> Result<PhotoReading, PhotoError> {
    contained(|| {
        let (format, picture) = decode(bytes, limits)?;
        Ok(PhotoReading {
            format,
            width: picture.width(),
            height: picture.height(),
            exif: exif::facts(bytes),
            fingerprint: hash::fingerprint(&picture),
            features: PhotoFeatures::extract(&picture),
        })
    })
}

/// The picture made small for display: upright, its longer side at most `side_max` pixels (never enlarged), as JPEG without
/// any metadata.
///
/// # Errors
/// When the file is no picture that can be read within the limits.
pub fn thumbnail(bytes: &[u8], limits: &DecodeLimits, side_max: u32) -> Result<Vec<u8>, PhotoError> {
    contained(|| {
        let small = shrunk(decode(bytes, limits)?.1, side_max.max(1))?;
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, THUMBNAIL_QUALITY)
            .encode_image(&small)
            .map_err(damaged)?;
        Ok(jpeg)
    })
}

/// The picture upright and in grey, to be looked at for what is written on things.
///
/// # Errors
/// When the file is no picture that can be read within the limits.
pub fn grey(bytes: &[u8], limits: &DecodeLimits) -> Result<GrayImage, PhotoError> {
    contained(|| Ok(DynamicImage::ImageRgb8(decode(bytes, limits)?.1).into_luma8()))
}

/// Decoders are fed by strangers: one that panics costs its picture, not the service.
fn contained<T>(work: impl FnOnce() -> Result<T, PhotoError>) -> Result<T, PhotoError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(PhotoError::Damaged(None)))
}

fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<(PhotoFormat, RgbImage), PhotoError> {
    if bytes.is_empty() {
        return Err(PhotoError::Empty);
    }
    if bytes.len() as u64 > limits.bytes_max {
        return Err(PhotoError::TooManyBytes {
            bytes: bytes.len() as u64,
            limit: limits.bytes_max,
        });
    }
    let format = header::format(bytes)?;
    if format == PhotoFormat::WebP && header::webp_pixels_max(bytes)? > limits.pixels_max {
        return Err(PhotoError::TooMuchMemory {
            limit: limits.alloc_bytes_max,
        });
    }
    let mut allowed = Limits::no_limits();
    allowed.max_alloc = Some(limits.alloc_bytes_max);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.decoder());
    reader.limits(allowed.clone());
    let explain = |error| explained(error, limits);
    let mut decoder = reader.into_decoder().map_err(explain)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.pixels_max {
        return Err(PhotoError::TooManyPixels {
            width,
            height,
            limit: limits.pixels_max,
        });
    }
    if width == 0 || height == 0 {
        return Err(PhotoError::Damaged(None));
    }
    if format == PhotoFormat::Jpeg && !header::jpeg_is_whole(bytes) {
        return Err(PhotoError::Truncated);
    }
    // What is left for the decoder's own use once its output is reserved.
    allowed.reserve(decoder.total_bytes()).map_err(explain)?;
    decoder.set_limits(allowed).map_err(explain)?;
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(explain)?;
    picture.apply_orientation(orientation);
    Ok((format, opaque(picture)))
}

impl PhotoFormat {
    fn decoder(self) -> ImageFormat {
        match self {
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Png => ImageFormat::Png,
            Self::WebP => ImageFormat::WebP,
            Self::Gif => ImageFormat::Gif,
            Self::Tiff => ImageFormat::Tiff,
            Self::Bmp => ImageFormat::Bmp,
        }
    }
}

/// Transparent places become white, as on the page that shows them: what is stored under them is not meant to be seen.
fn opaque(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let over_white = |value: u8| {
            let mixed = u32::from(value) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            // A weighted mean of two bytes is one.
            ((mixed + 127) / 255) as u8
        };
        Rgb([red, green, blue].map(over_white))
    })
}

fn shrunk(picture: RgbImage, side_max: u32) -> Result<RgbImage, PhotoError> {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    if longer <= side_max {
        return Ok(picture);
    }
    // Not larger than the side it comes from, so it fits.
    let scaled = |side: u32| ((u64::from(side) * u64::from(side_max) / u64::from(longer)) as u32).max(1);
    let mut small = DynamicImage::new_rgb8(scaled(width), scaled(height));
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    let large = DynamicImage::ImageRgb8(picture);
    Resizer::new()
        .resize(&large, &mut small, &options)
        .map_err(|_| PhotoError::Damaged(None))?;
    Ok(small.into_rgb8())
}

fn damaged(error: ImageError) -> PhotoError {
    PhotoError::Damaged(Some(error))
}

/// Tells limits and files that end too early from other errors; the decoders bury the latter at various depths.
fn explained(error: ImageError, limits: &DecodeLimits) -> PhotoError {
    if matches!(error, ImageError::Limits(_)) {
        return PhotoError::TooMuchMemory {
            limit: limits.alloc_bytes_max,
        };
    }
    let ends_early = |error: &std::io::Error| error.kind() == std::io::ErrorKind::UnexpectedEof;
    let mut truncated = matches!(&error, ImageError::IoError(error) if ends_early(error));
    let mut cause = std::error::Error::source(&error);
    while let Some(current) = cause {
        truncated |= current.downcast_ref().is_some_and(ends_early);
        truncated |= current.to_string().to_lowercase().contains("unexpected end of file");
        cause = current.source();
    }
    if truncated {
        return PhotoError::Truncated;
    }
    damaged(error)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
