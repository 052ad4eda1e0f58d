//! A catalogue as LiveAuctioneers takes it, with commas or tabs, in Windows-1252 or UTF-8: what its columns are read as.
//!
//! A lot has no currency, its photos are named by file, and its number repeats from sale to sale: a feed's mapping says
//! `price.currency`, `photo_base` and `id_prefix`. Without these the price and the photos are left out.

use super::mapping::Names;

/// Columns that only such a catalogue has together.
pub(super) const MARKS: [&str; 3] = ["LotNum", "Title", "StartPrice"];

/// Our fields and the columns that hold them.
pub(super) const NAMES: &Names = &[
    ("id", &["LotNum"]),
    ("title", &["Title"]),
    ("description", &["Description"]),
    ("category", &["Category"]),
    ("brand", &["Creator"]),
    ("condition", &["Condition"]),
    ("price.amount", &["StartPrice", "LowEst"]),
    (
        "photos",
        &[
            "ImageFile.1",
            "ImageFile.2",
            "ImageFile.3",
            "ImageFile.4",
            "ImageFile.5",
            "ImageFile.6",
            "ImageFile.7",
            "ImageFile.8",
            "ImageFile.9",
            "ImageFile.10",
            "ImageFile.11",
            "ImageFile.12",
            "ImageFile.13",
            "ImageFile.14",
            "ImageFile.15",
            "ImageFile.16",
            "ImageFile.17",
            "ImageFile.18",
            "ImageFile.19",
            "ImageFile.20",
        ],
    ),
    ("seller.ref", &["Consigner"]),
];

/// Columns that say nothing of the object itself, and that are passed over without a word.
pub(super) const PASSED: &[&str] = &[
    "HighEst",
    "LowEst",
    "Reserve Price",
    "Quantity",
    "Buy Now Price",
    "SKU",
    "Shipping",
];
