//! Properties that are on no list of ours: identifiers are read of those whose name announces them, the others are told.
//!
//! schema.org leaves room for them: as `additionalProperty` or `identifier`, a name with its value, and many shops write properties
//! of their own. Owns which properties are passed over without a word.

use serde_json::Value;

use super::super::build::Built;
use super::super::mapping::number_field;
use super::{NUMBERS, Node, first_object, plain, property, term};

/// Properties of a product, or of an offer, that are read, or that say nothing of the object itself.
const PASSED: [&str; 88] = [
    "@context",
    "@id",
    "@type",
    "acceptedPaymentMethod",
    "addOn",
    "additionalProperty",
    "additionalType",
    "advanceBookingRequirement",
    "aggregateRating",
    "alternateName",
    "areaServed",
    "asin",
    "audience",
    "availability",
    "availabilityEnds",
    "availabilityStarts",
    "availableAtOrFrom",
    "availableDeliveryMethod",
    "award",
    "brand",
    "businessFunction",
    "category",
    "checkoutPageURLTemplate",
    "color",
    "deliveryLeadTime",
    "description",
    "eligibleCustomerType",
    "eligibleQuantity",
    "eligibleRegion",
    "eligibleTransactionVolume",
    "hasAdultConsideration",
    "hasEnergyConsumptionDetails",
    "hasMerchantReturnPolicy",
    "hasVariant",
    "highPrice",
    "identifier",
    "image",
    "inLanguage",
    "ineligibleRegion",
    "inProductGroupWithID",
    "inventoryLevel",
    "isAccessoryOrSparePartFor",
    "isConsumableFor",
    "isFamilyFriendly",
    "isRelatedTo",
    "isSimilarTo",
    "isVariantOf",
    "itemCondition",
    "itemOffered",
    "keywords",
    "logo",
    "lowPrice",
    "mainEntityOfPage",
    "manufacturer",
    "model",
    "mpn",
    "name",
    "nsn",
    "offerCount",
    "offeredBy",
    "offers",
    "owns",
    "potentialAction",
    "price",
    "priceCurrency",
    "priceSpecification",
    "priceValidUntil",
    "productID",
    "purchaseDate",
    "releaseDate",
    "review",
    "reviews",
    "sameAs",
    "seller",
    "shippingDetails",
    "shippingWeight",
    "sku",
    "slogan",
    "subjectOf",
    "thumbnailUrl",
    "url",
    "validForMemberTier",
    "validFrom",
    "validThrough",
    "videoObject",
    "video",
    "warranty",
    "weight",
];

/// Names with values, each an object of its own.
const NAMED: [&str; 2] = ["additionalProperty", "identifier"];

/// Reads what stands beside the properties that we know, of a product and of its offer.
pub(super) fn read<'c>(product: &'c Node, offer: Option<&'c Node>, built: &mut Built<'c>) {
    of_node(product, "", built);
    if let Some(offer) = offer {
        of_node(offer, "offers.", built);
    }
}

fn of_node<'c>(node: &'c Node, path: &str, built: &mut Built<'c>) {
    for (key, value) in node.iter().filter(|(_, value)| says(value)) {
        let name = term(key);
        let is_known = PASSED.contains(&name) || NUMBERS.iter().any(|(known, _)| *known == name);
        if is_known || key.starts_with('@') {
            continue;
        }
        match number_field(name) {
            Some(field) => numbers(field, value, &format!("{path}{name}"), built),
            None => unread(format!("{path}{name}"), built),
        }
    }
    for (list, pair) in NAMED.into_iter().flat_map(|list| pairs(node, list)) {
        let Some(name) = name_of(pair) else { continue };
        match (number_field(name), property(pair, "value")) {
            (Some(field), Some(value)) => numbers(field, value, &format!("{path}{list} {name}"), built),
            (None, Some(value)) if list == NAMED[0] && says(value) => unread(format!("{path}{list} {name}"), built),
            _ => {}
        }
    }
}

/// Puts into what is kept of a node the numbers that [`read`] finds there.
pub(super) fn keep(node: &Node, kept: &mut Node) {
    let is_plain = |value: &Value| value.is_string() || value.is_number();
    for (key, value) in node.iter().filter(|(_, value)| is_plain(value)) {
        if !PASSED.contains(&term(key)) && number_field(term(key)).is_some() {
            kept.insert(key.clone(), value.clone());
        }
    }
    let numbers = pairs(node, NAMED[0]).filter(|(_, pair)| name_of(pair).and_then(number_field).is_some());
    let numbers = numbers.filter_map(|(_, pair)| {
        let value = property(pair, "value").filter(|value| is_plain(value))?;
        let name = ("name".to_owned(), Value::from(name_of(pair)?));
        Some(Value::Object(
            [name, ("value".to_owned(), value.clone())].into_iter().collect(),
        ))
    });
    let numbers: Vec<Value> = numbers.collect();
    if !numbers.is_empty() {
        kept.insert(NAMED[0].to_owned(), Value::Array(numbers));
    }
}

/// The objects of a property, each a name with its value.
fn pairs<'c>(node: &'c Node, list: &'static str) -> impl Iterator<Item = (&'static str, &'c Node)> {
    let values = match property(node, list) {
        Some(Value::Array(values)) => values.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    values.iter().filter_map(move |value| Some((list, value.as_object()?)))
}

fn name_of(pair: &Node) -> Option<&str> {
    ["name", "propertyID"]
        .into_iter()
        .find_map(|name| property(pair, name)?.as_str())
}

fn numbers<'c>(field: &str, value: &'c Value, source: &str, built: &mut Built<'c>) {
    let kind = NUMBERS_KINDS
        .into_iter()
        .find(|kind| field.strip_prefix("identifiers.") == Some(*kind));
    let values = match value {
        Value::Array(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    for value in values {
        // A name with its value, here as everywhere.
        let value = first_object(Some(value))
            .and_then(|pair| property(pair, "value"))
            .unwrap_or(value);
        if let (Some(kind), Some(number)) = (kind, plain(value)) {
            built.identifier(kind, number.into_text(), source);
        }
    }
}

/// The kinds of identifiers that a name can announce.
const NUMBERS_KINDS: [&str; 8] = [
    "imei",
    "vin",
    "frame_number",
    "hull_number",
    "chip",
    "serial",
    "plate",
    "product_code",
];

fn says(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(values) => values.iter().any(says),
        Value::Object(node) => !node.is_empty(),
        _ => true,
    }
}

fn unread(name: String, built: &mut Built<'_>) {
    if !built.unread.contains(&name) {
        built.unread.push(name);
    }
}
