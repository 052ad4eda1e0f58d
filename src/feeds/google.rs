//! Google product data: what its attributes are read as, in a table or in RSS 2.0. Source: Google's product data specification.

use super::mapping::Names;

/// Columns that only product data of this kind has together.
pub(super) const MARKS: [&[&str]; 2] = [&["id", "title", "link", "image_link"], &["id", "title", "link", "image link"]];

/// What stands between the addresses of further images.
pub(super) const PHOTO_SEPARATOR: char = ',';

/// Our fields and the attributes that hold them; in RSS they bear the prefix of Google's namespace.
pub(super) const NAMES: &Names = &[
    ("id", &["g:id", "id", "guid"]),
    ("url", &["g:link", "link"]),
    ("title", &["g:title", "title"]),
    ("description", &["g:description", "description"]),
    (
        "category",
        &[
            "g:product_type",
            "product_type",
            "g:google_product_category",
            "google_product_category",
        ],
    ),
    ("brand", &["g:brand", "brand"]),
    ("model", &["g:mpn", "mpn"]),
    ("color", &["g:color", "color"]),
    ("condition", &["g:condition", "condition"]),
    ("identifiers.product_code", &["g:gtin", "gtin"]),
    ("price", &["g:price", "price"]),
    (
        "photos",
        &[
            "g:image_link",
            "image_link",
            "g:additional_image_link",
            "additional_image_link",
        ],
    ),
    ("seller.ref", &["g:external_seller_id", "external_seller_id"]),
    ("ends_at", &["g:expiration_date", "expiration_date"]),
    ("posted_at", &["pubDate"]),
    ("status", &["g:availability", "availability"]),
];
