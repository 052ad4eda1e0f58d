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

/// Attributes that say nothing of the object itself, and that are passed over without a word.
pub(super) const PASSED: &[&str] = &[
    "ads_redirect",
    "adult",
    "availability_date",
    "auto_pricing_min_price",
    "canonical_link",
    "cost_of_goods_sold",
    "custom_label_0",
    "custom_label_1",
    "custom_label_2",
    "custom_label_3",
    "custom_label_4",
    "disclosure_date",
    "excluded_destination",
    "free_shipping_threshold",
    "handling_cutoff_time",
    "identifier_exists",
    "included_destination",
    "installment",
    "item_group_id",
    "lifestyle_image_link",
    "link_template",
    "loyalty_points",
    "loyalty_program",
    "max_handling_time",
    "maximum_retail_price",
    "min_handling_time",
    "minimum_order_value",
    "mobile_link",
    "mobile_link_template",
    "pause",
    "pickup_method",
    "pickup_sla",
    "promotion_id",
    "return_policy_label",
    "sale_price",
    "sale_price_effective_date",
    "sell_on_google_quantity",
    "shipping",
    "shipping_height",
    "shipping_label",
    "shipping_length",
    "shipping_weight",
    "shipping_width",
    "shopping_ads_excluded_country",
    "short_title",
    "subscription_cost",
    "tax",
    "tax_category",
    "transit_time_label",
    "unit_pricing_base_measure",
    "unit_pricing_measure",
    // Of RSS itself.
    "comments",
    "enclosure",
];
