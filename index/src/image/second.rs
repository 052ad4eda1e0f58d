//! The second hash: 256 bits of whether brightness rises or falls from left to right, by `img_hash`.
//!
//! Owns its parameters. It looks at differences between neighbours where PDQ looks at frequencies, so that two pictures which
//! agree in one by chance rarely agree in the other.

use std::sync::LazyLock;

use image::{GrayImage, imageops};
use img_hash::{FilterType, HashAlg, Hasher, HasherConfig};

use super::reduce::SIDE;
use super::{Dihedral, Hash256};

static HASHER: LazyLock<Hasher<[u8; 32]>> = LazyLock::new(|| {
    HasherConfig::with_bytes_type::<[u8; 32]>()
        .hash_alg(HashAlg::Gradient)
        .hash_size(16, 16)
        .resize_filter(FilterType::Triangle)
        .to_hasher()
});

/// The hashes of the eight forms, in the order of [`Dihedral::ALL`].
pub(super) fn hashes(square: &[f32]) -> [Hash256; 8] {
    let side = SIDE as u32;
    let upright = GrayImage::from_fn(side, side, |x, y| {
        // From 0 to 255 by construction; the cast cuts what rounding adds.
        image::Luma([square[y as usize * SIDE + x as usize].round() as u8])
    });
    Dihedral::ALL.map(|form| Hash256(HASHER.hash_image(&turned(&upright, form)).into_inner()))
}

fn turned(picture: &GrayImage, form: Dihedral) -> GrayImage {
    match form {
        Dihedral::Upright => picture.clone(),
        Dihedral::Turned90 => imageops::rotate90(picture),
        Dihedral::Turned180 => imageops::rotate180(picture),
        Dihedral::Turned270 => imageops::rotate270(picture),
        Dihedral::Mirrored => imageops::flip_horizontal(picture),
        Dihedral::Flipped => imageops::flip_vertical(picture),
        Dihedral::Transposed => imageops::flip_horizontal(&imageops::rotate90(picture)),
        Dihedral::Transversed => imageops::flip_vertical(&imageops::rotate90(picture)),
    }
}
