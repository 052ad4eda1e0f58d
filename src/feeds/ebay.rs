//! The item feed of eBay's Feed API: what its columns are read as. Its quoting, with backslashes, is a dialect of
//! [`super::table`]. Source: eBay's description of the feed's columns.

use super::mapping::Names;

/// Columns that only this feed has together.
pub(super) const MARKS: [&str; 3] = ["itemId", "title", "itemWebUrl"];

/// What stands between the addresses of further images.
pub(super) const PHOTO_SEPARATOR: char = '|';

/// Our fields and the columns that hold them.
pub(super) const NAMES: &Names = &[
    ("id", &["itemId", "legacyItemId"]),
    ("url", &["itemWebUrl"]),
    ("title", &["title"]),
    ("description", &["subtitle", "shortDescription", "description"]),
    ("category", &["categoryPath", "category"]),
    ("brand", &["brand"]),
    ("model", &["model", "mpn"]),
    ("color", &["color"]),
    ("condition", &["condition"]),
    ("identifiers.product_code", &["gtin"]),
    ("price", &["price"]),
    ("price.amount", &["priceValue"]),
    ("price.currency", &["priceCurrency"]),
    ("photos", &["image", "imageUrl", "additionalImages"]),
    ("seller.ref", &["sellerUserId", "sellerUsername"]),
    ("location.country", &["itemLocationCountry"]),
    ("location.postcode", &["itemLocationPostalCode"]),
    ("location.city", &["itemLocationCity"]),
    ("posted_at", &["itemCreationDate"]),
    ("ends_at", &["itemEndDate"]),
    ("status", &["availability"]),
];

/// Columns that say nothing of the object itself, and that are passed over without a word.
pub(super) const PASSED: &[&str] = &[
    "acceptedPaymentMethods",
    "alerts",
    "availabilityThreshold",
    "availabilityThresholdType",
    "buyingOptions",
    "categoryId",
    "conditionId",
    "deliveryOptions",
    "discountAmount",
    "discountPercentage",
    "energyEfficiencyClass",
    "epid",
    "estimatedAvailableQuantity",
    "imageAlteringProhibited",
    "inferredEpid",
    "inferredGtin",
    "itemAffiliateWebUrl",
    "itemGroupId",
    "itemGroupType",
    "itemLocationStateOrProvince",
    "legacyItemId",
    "marketingPrice",
    "originalPriceCurrency",
    "originalPriceValue",
    "primaryItemGroupId",
    "qualifiedPrograms",
    "quantityLimitPerBuyer",
    "refundMethod",
    "restockingFeePercentage",
    "returnMethod",
    "returnPeriodUnit",
    "returnPeriodValue",
    "returnShippingCostPayer",
    "returnsAccepted",
    "sellerFeedbackPercentage",
    "sellerFeedbackScore",
    "sellerItemRevision",
    "sellerTrustLevel",
    "sellerUserId",
    "sellerUsername",
    "shippingCarrierCode",
    "shippingCost",
    "shippingCostType",
    "shippingServiceCode",
    "shippingType",
    "shipToExcludedRegions",
    "shipToIncludedRegions",
    "topRatedBuyingExperience",
    "unitPrice",
    "unitPricingMeasure",
];
