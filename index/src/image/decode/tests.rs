//! Files of strangers: every format, every limit, and what is said about each refusal.

use image::imageops;
use proptest::prelude::*;

use super::super::testing::{blobs, jpeg, mosaic};
use super::*;
use crate::image::hash::compare;

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn refusal(bytes: &[u8]) -> String {
    read(bytes, &DecodeLimits::default()).unwrap_err().to_string()
}

/// A PNG that says how large it is, and no more.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 2, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0D".to_vec();
    bytes.extend(&chunk);
    bytes.extend(crc32(&chunk).to_be_bytes());
    bytes.extend(b"\0\0\0\0IDAT");
    bytes.extend(crc32(b"IDAT").to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 }
        })
    })
}

/// The picture as JPEG with an EXIF part that holds these entries: (tag, text) in the first and in the EXIF directory.
fn jpeg_with_exif(picture: &RgbImage, orientation: u16, camera: &[(u16, &str)], shot: &[(u16, &str)], gps: bool) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let first = camera.len() + 2 + usize::from(gps);
    let mut texts_at = 8 + 2 + first * 12 + 4;
    let second_at = texts_at + camera.iter().map(|(_, text)| text.len() + 1).sum::<usize>();
    let gps_at = second_at + 2 + shot.len() * 12 + 4 + shot.iter().map(|(_, text)| text.len() + 1).sum::<usize>();
    let entry = |tiff: &mut Vec<u8>, tag: u16, kind: u16, count: usize, value: usize| {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(kind.to_le_bytes());
        tiff.extend((count as u32).to_le_bytes());
        tiff.extend((value as u32).to_le_bytes());
    };
    let texts = |tiff: &mut Vec<u8>, entries: &[(u16, &str)], at: &mut usize| {
        for (tag, text) in entries {
            assert!(text.len() > 3, "shorter texts stand in the entry itself");
            entry(tiff, *tag, 2, text.len() + 1, *at);
            *at += text.len() + 1;
        }
    };
    let spelled = |entries: &[(u16, &str)]| {
        entries
            .iter()
            .flat_map(|(_, text)| text.bytes().chain([0]))
            .collect::<Vec<u8>>()
    };
    tiff.extend((first as u16).to_le_bytes());
    texts(&mut tiff, camera, &mut texts_at);
    entry(&mut tiff, 0x0112, 3, 1, usize::from(orientation));
    entry(&mut tiff, 0x8769, 4, 1, second_at);
    if gps {
        entry(&mut tiff, 0x8825, 4, 1, gps_at);
    }
    tiff.extend([0; 4]);
    tiff.extend(spelled(camera));
    let mut texts_at = second_at + 2 + shot.len() * 12 + 4;
    tiff.extend((shot.len() as u16).to_le_bytes());
    texts(&mut tiff, shot, &mut texts_at);
    tiff.extend([0; 4]);
    tiff.extend(spelled(shot));
    if gps {
        // One entry: latitude north.
        tiff.extend(1u16.to_le_bytes());
        entry(&mut tiff, 1, 2, 2, usize::from(b'N'));
        tiff.extend([0; 4]);
    }
    let mut bytes = jpeg(picture, 90);
    let mut segment = vec![0xFF, 0xE1];
    segment.extend(((tiff.len() + 8) as u16).to_be_bytes());
    segment.extend(b"Exif\0\0");
    segment.extend(tiff);
    bytes.splice(2..2, segment);
    bytes
}

#[test]
fn reads_every_format_alike() {
    let picture = blobs(200, 150, 51);
    let limits = DecodeLimits::default();
    let reference = read(&encoded(&picture.clone().into(), ImageFormat::Png), &limits).unwrap();
    let cases = [
        (ImageFormat::Png, PhotoFormat::Png),
        (ImageFormat::WebP, PhotoFormat::WebP),
        (ImageFormat::Gif, PhotoFormat::Gif),
        (ImageFormat::Tiff, PhotoFormat::Tiff),
        (ImageFormat::Bmp, PhotoFormat::Bmp),
        (ImageFormat::Jpeg, PhotoFormat::Jpeg),
    ];
    for (format, expected) in cases {
        let reading = read(&encoded(&picture.clone().into(), format), &limits).unwrap();
        assert_eq!((reading.format, reading.width, reading.height), (expected, 200, 150));
        assert_eq!(reading.exif, ExifFacts::default());
        assert!(
            compare(&reference.fingerprint, &reading.fingerprint).pdq_bits <= 10,
            "{format:?}"
        );
    }
}

#[test]
fn other_depths_and_transparency_are_read() {
    // Grey, since ways of turning colour into grey differ.
    let picture = DynamicImage::from(mosaic(200, 150, 52));
    let limits = DecodeLimits::default();
    let reference = read(&encoded(&picture, ImageFormat::Png), &limits).unwrap().fingerprint;
    for other in [
        picture.to_rgb16().into(),
        picture.to_rgba16().into(),
        DynamicImage::from(picture.to_luma8()),
        picture.to_luma_alpha8().into(),
    ] {
        let reading = read(&encoded(&other, ImageFormat::Png), &limits).unwrap();
        assert!(compare(&reference, &reading.fingerprint).pdq_bits <= 4, "{:?}", other.color());
    }
    let hidden = image::RgbaImage::from_fn(100, 100, |x, _| image::Rgba([x as u8, 0, 0, 0]));
    assert!(opaque(hidden.into()).pixels().all(|pixel| *pixel == Rgb([255; 3])));
}

#[test]
fn turns_the_picture_upright_before_anything() {
    let upright = blobs(120, 90, 53);
    let lying = imageops::rotate270(&upright);
    let reading = read(&jpeg_with_exif(&lying, 6, &[], &[], false), &DecodeLimits::default()).unwrap();
    let expected = read(&jpeg(&upright, 90), &DecodeLimits::default()).unwrap();
    assert_eq!((reading.width, reading.height), (120, 90));
    assert!(
        reading.fingerprint.full[0]
            .pdq
            .distance_bits(&expected.fingerprint.full[0].pdq)
            <= 6
    );
}

#[test]
fn reads_what_the_camera_wrote_but_not_the_place() {
    let camera = [(0x010F, "Nikon Corp"), (0x0110, "  D750 ")];
    let shot = [
        (0x9003, "2026:11:20 18:00:00"),
        (0xA430, "J. Hansen"),
        (0xA431, "6012345"),
        (0xA435, "0000000000"),
    ];
    let picture = blobs(100, 80, 54);
    let reading = read(&jpeg_with_exif(&picture, 1, &camera, &shot, true), &DecodeLimits::default()).unwrap();
    let expected = ExifFacts {
        body_serial: Some("6012345".into()),
        lens_serial: None,
        camera_owner: Some("J. Hansen".into()),
        make: Some("Nikon Corp".into()),
        model: Some("D750".into()),
        taken_at: Some("2026:11:20 18:00:00".into()),
        has_gps: true,
    };
    assert_eq!(reading.exif, expected);
    let without = read(&jpeg_with_exif(&picture, 1, &camera, &[], false), &DecodeLimits::default()).unwrap();
    assert!(!without.exif.has_gps && without.exif.body_serial.is_none());
}

#[test]
fn thumbnails_are_small_upright_and_say_nothing_else() {
    let lying = blobs(300, 200, 55);
    let bytes = jpeg_with_exif(&lying, 6, &[(0x0110, "D750")], &[(0xA431, "6012345")], true);
    let small = thumbnail(&bytes, &DecodeLimits::default(), 120).unwrap();
    let reading = read(&small, &DecodeLimits::default()).unwrap();
    assert_eq!((reading.format, reading.width, reading.height), (PhotoFormat::Jpeg, 80, 120));
    assert_eq!(reading.exif, ExifFacts::default());
    assert!(!small.windows(4).any(|part| part == b"Exif") && !small.windows(7).any(|part| part == b"6012345"));
    let large = thumbnail(&bytes, &DecodeLimits::default(), 5000).unwrap();
    assert_eq!(read(&large, &DecodeLimits::default()).unwrap().height, 300);
}

#[test]
fn huge_pictures_are_refused_by_their_header() {
    assert_eq!(
        refusal(&png_header(50_000, 50_000)),
        "the picture has 50000 × 50000 = 2500000000 pixels, at most 40000000 are accepted"
    );
    let mut jpeg = jpeg(&blobs(64, 64, 56), 80);
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xFF; 4]);
    assert!(matches!(
        read(&jpeg, &DecodeLimits::default()),
        Err(PhotoError::TooManyPixels {
            width: 65535,
            height: 65535,
            ..
        })
    ));
}

#[test]
fn limits_hold() {
    let bytes = encoded(&blobs(100, 100, 57).into(), ImageFormat::Png);
    let limits = DecodeLimits::default();
    let few_bytes = DecodeLimits {
        bytes_max: bytes.len() as u64 - 1,
        ..limits
    };
    assert!(matches!(read(&bytes, &few_bytes), Err(PhotoError::TooManyBytes { .. })));
    assert!(matches!(
        read(
            &bytes,
            &DecodeLimits {
                pixels_max: 9_999,
                ..limits
            }
        ),
        Err(PhotoError::TooManyPixels { .. })
    ));
    assert!(matches!(
        read(
            &bytes,
            &DecodeLimits {
                alloc_bytes_max: 20_000,
                ..limits
            }
        ),
        Err(PhotoError::TooMuchMemory { .. })
    ));
    let exact = DecodeLimits {
        bytes_max: bytes.len() as u64,
        pixels_max: 10_000,
        ..limits
    };
    assert!(read(&bytes, &exact).is_ok());
}

#[test]
fn a_webp_that_hides_a_larger_picture_is_refused() {
    // An extended header of 10 × 10 with a lossy part that says 16383 × 16383.
    let mut bytes = b"RIFF\x3A\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\x09\0\0\x09\0\0VP8 \x20\0\0\0".to_vec();
    bytes.extend([0x10, 0, 0, 0x9D, 0x01, 0x2A, 0xFF, 0x3F, 0xFF, 0x3F]);
    bytes.extend([0; 22]);
    assert!(matches!(
        read(&bytes, &DecodeLimits::default()),
        Err(PhotoError::TooMuchMemory { .. })
    ));
    // A part that says it has two gigabytes.
    let mut bytes = b"RIFF\x3A\0\0\0WEBPVP8X\x0A\0\0\0\x08\0\0\0\x09\0\0\x09\0\0EXIF\0\0\0\x80".to_vec();
    bytes.extend([0; 32]);
    assert!(matches!(read(&bytes, &DecodeLimits::default()), Err(PhotoError::Truncated)));
}

#[test]
fn refusals_say_what_is_wrong() {
    assert_eq!(refusal(b""), "the file is empty");
    for text in [
        b"<html><body>404</body></html>".as_slice(),
        b"%PDF-1.7",
        b"\0\0\0\x18ftypmp42",
        b"BM"[..1].as_ref(),
    ] {
        assert_eq!(
            refusal(text),
            "this is not a picture in JPEG, PNG, WebP, GIF, TIFF or BMP format"
        );
    }
    assert_eq!(
        refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        "HEIC pictures cannot be read; save or export it as JPEG and send that"
    );
    assert!(refusal(b"\0\0\0\x18ftypavif\0\0\0\0").starts_with("AVIF pictures cannot be read"));
}

#[test]
fn incomplete_files_are_refused_as_such() {
    let picture = DynamicImage::from(blobs(200, 150, 58));
    for format in [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
        ImageFormat::Tiff,
        ImageFormat::Bmp,
    ] {
        let bytes = encoded(&picture, format);
        for share in [30, 60, 95] {
            let cut = &bytes[..bytes.len() * share / 100];
            let refused = read(cut, &DecodeLimits::default());
            assert!(
                matches!(refused, Err(PhotoError::Truncated)),
                "{format:?} cut to {share} %: {refused:?}"
            );
        }
    }
}

#[test]
fn only_the_first_frame_of_an_animation_counts() {
    let (first, second) = (blobs(100, 80, 59), blobs(100, 80, 60));
    let mut bytes = Vec::new();
    {
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
        for frame in [&first, &second] {
            encoder
                .encode_frame(image::Frame::new(DynamicImage::from(frame.clone()).to_rgba8()))
                .unwrap();
        }
    }
    let reading = read(&bytes, &DecodeLimits::default()).unwrap();
    let print = |picture: &RgbImage| hash::fingerprint(picture);
    assert!(compare(&print(&first), &reading.fingerprint).pdq_bits <= 16);
    assert!(compare(&print(&second), &reading.fingerprint).pdq_bits > 64);
}

#[test]
fn a_panic_is_an_error() {
    let refused = contained::<()>(|| std::panic::resume_unwind(Box::new("decoder")));
    assert!(matches!(refused, Err(PhotoError::Damaged(None))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn damaged_files_do_no_harm(
        format in 0..6usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        use std::sync::LazyLock;
        static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
            use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
            [Jpeg, Png, WebP, Gif, Tiff, Bmp].map(|format| encoded(&blobs(40, 30, 61).into(), format)).into()
        });
        let mut bytes = FILES[format].clone();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let limits = DecodeLimits { pixels_max: 100_000, ..DecodeLimits::default() };
        if let Ok(reading) = read(&bytes, &limits) {
            prop_assert!(u64::from(reading.width) * u64::from(reading.height) <= limits.pixels_max);
        }
    }
}
