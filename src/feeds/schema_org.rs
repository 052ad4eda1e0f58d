//! Products of schema.org become our record.
//!
//! Owns which properties are read (those that nobody's list has are for [`beside`], what may be kept of them for [`redact`]), in the many shapes that the vocabulary allows: a text, a list, an object with a name, a value
//! with its language. Of several offers the first counts. Faults come out under the properties' names, as in `offers.price`.
//! Source: the types Product, Offer, Vehicle and PostalAddress at schema.org.

use serde_json::{Map, Value};

use super::build::Built;
use super::json::Json;
use super::value;

mod beside;
mod redact;

pub(super) use redact::redacted;

/// Types that are one thing on sale.
const PRODUCTS: [&str; 9] = [
    "Product",
    "IndividualProduct",
    "SomeProducts",
    "Vehicle",
    "Car",
    "Motorcycle",
    "MotorizedBicycle",
    "BusOrCoach",
    "VisualArtwork",
];
const OFFERS: [&str; 3] = ["Offer", "OfferForPurchase", "AggregateOffer"];

/// Numbers, and what sort of identifier each is.
const NUMBERS: [(&str, &str); 8] = [
    ("vehicleIdentificationNumber", "vin"),
    ("serialNumber", "serial"),
    ("gtin", "product_code"),
    ("gtin14", "product_code"),
    ("gtin13", "product_code"),
    ("gtin12", "product_code"),
    ("gtin8", "product_code"),
    ("isbn", "product_code"),
];

pub(super) type Node = Map<String, Value>;

/// What an object is to a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A thing on sale.
    Product,
    /// An offer, which may hold the thing.
    Offer,
    /// Anything else.
    Other,
}

/// What an object is, by its type.
pub(super) fn sort_of(node: &Node) -> Sort {
    let is = |wanted: &[&str]| {
        let types = match node.get("@type") {
            Some(Value::Array(types)) => types.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let names = types.iter().filter_map(Value::as_str);
        names.map(term).any(|name| wanted.contains(&name))
    };
    if is(&PRODUCTS) {
        Sort::Product
    } else if is(&OFFERS) {
        Sort::Offer
    } else {
        Sort::Other
    }
}

/// Our record of a product.
pub(super) fn build(product: &Value) -> Built<'_> {
    let mut built = Built::default();
    let Value::Object(product) = product else {
        return built;
    };
    let offer = first_object(property(product, "offers"));
    described(product, offer, &mut built);
    if let Some(offer) = offer {
        offered(offer, &mut built);
    }
    beside::read(product, offer, &mut built);
    named(&mut built);
    built
}

/// What names the seller of an offer.
fn seller_of(offer: &Node) -> Option<&str> {
    let seller = property(offer, "seller").or_else(|| property(offer, "offeredBy"));
    let reference = first_object(seller).and_then(|seller| {
        let names = ["identifier", "@id", "sku", "url", "name"];
        names.into_iter().find_map(|name| text(property(seller, name)))
    });
    reference.or_else(|| text(seller))
}

fn described<'c>(product: &'c Node, offer: Option<&'c Node>, built: &mut Built<'c>) {
    let offer_text = |name| offer.and_then(|offer| text(property(offer, name)));
    let ids = ["sku", "productID", "identifier", "@id", "url"];
    let id = ids.into_iter().find_map(|name| Some((text(property(product, name))?, name)));
    let id = id.or_else(|| Some((offer_text("sku")?, "offers.sku")));
    if let Some((id, source)) = id.or_else(|| Some((offer_text("url")?, "offers.url"))) {
        built.text("id", id, source);
    }
    let of_product = |name: &'static str| Some((text(property(product, name))?, name));
    let url = of_product("url").or_else(|| Some((offer_text("url")?, "offers.url")));
    let address = || of_product("@id").filter(|(text, _)| text.starts_with("http"));
    if let Some((url, source)) = url.or_else(address) {
        built.text("url", url, source);
    }
    for (path, names) in [
        ("title", ["name", "name"]),
        ("description", ["description", "description"]),
        ("category", ["category", "category"]),
        ("brand", ["brand", "manufacturer"]),
        ("model", ["model", "mpn"]),
        ("color", ["color", "color"]),
    ] {
        if let Some((text, source)) = names.into_iter().find_map(of_product) {
            built.text(path, text, source);
        }
    }
    let condition = of_product("itemCondition").or_else(|| Some((offer_text("itemCondition")?, "offers.itemCondition")));
    if let Some((condition, source)) = condition {
        built.text(
            "condition",
            term(condition).trim_end_matches("Condition").to_lowercase(),
            source,
        );
    }
    if let Some(language) = text(property(product, "inLanguage")) {
        built.text("language", language, "inLanguage");
    }
    for (name, kind) in NUMBERS {
        texts(property(product, name), &mut |number| built.identifier(kind, number, name));
    }
    if let Some(number) = offer_text("serialNumber") {
        built.identifier("serial", number, "offers.serialNumber");
    }
    texts(property(product, "image"), &mut |address| built.photo(address, "image"));
}

fn offered<'c>(offer: &'c Node, built: &mut Built<'c>) {
    let specified = first_object(property(offer, "priceSpecification"));
    let price = |name| property(offer, name).or_else(|| property(specified?, name)).and_then(plain);
    if let Some(amount) = price("price").or_else(|| price("lowPrice")) {
        let amount = amount.into_text();
        match value::amount(&amount, false) {
            Some((amount, _)) => built.text("price.amount", amount, "offers.price"),
            None => built.fault("offers.price", "expected an amount such as 1200.00, not negative"),
        }
        if let Some(currency) = price("priceCurrency") {
            built.text("price.currency", currency.into_text(), "offers.priceCurrency");
        }
    }
    for (path, name, source) in [
        ("posted_at", "availabilityStarts", "offers.availabilityStarts"),
        ("ends_at", "availabilityEnds", "offers.availabilityEnds"),
        ("ends_at", "validThrough", "offers.validThrough"),
    ] {
        let given = text(property(offer, name)).filter(|_| !built.has(path));
        match given.map(|given| value::time(given, chrono_tz::Tz::UTC, None)) {
            Some(Some(time)) => built.text(path, time, source),
            Some(None) => built.fault(source, "expected a time in ISO 8601 such as 2026-11-20T18:00:00Z"),
            None => {}
        }
    }
    if let Some(given) = text(property(offer, "availability")) {
        built.text("status", value::status(given).unwrap_or(given), "offers.availability");
    }
    if let Some(seller) = seller_of(offer) {
        built.text("seller.ref", seller, "offers.seller");
    }
    if let Some(place) = first_object(property(offer, "availableAtOrFrom")) {
        located(place, built);
    }
}

fn located<'c>(place: &'c Node, built: &mut Built<'c>) {
    let address = first_object(property(place, "address")).unwrap_or(place);
    for (path, name, source) in [
        (
            "location.country",
            "addressCountry",
            "offers.availableAtOrFrom.address.addressCountry",
        ),
        (
            "location.postcode",
            "postalCode",
            "offers.availableAtOrFrom.address.postalCode",
        ),
        (
            "location.city",
            "addressLocality",
            "offers.availableAtOrFrom.address.addressLocality",
        ),
    ] {
        if let Some(given) = property(address, name).and_then(plain) {
            built.text(path, given.into_text(), source);
        }
    }
    let geo = first_object(property(place, "geo")).unwrap_or(place);
    for (path, name, source) in [
        ("location.lat", "latitude", "offers.availableAtOrFrom.geo.latitude"),
        ("location.lon", "longitude", "offers.availableAtOrFrom.geo.longitude"),
    ] {
        let number = property(geo, name).and_then(|given| given.as_f64().or_else(|| given.as_str()?.trim().parse().ok()));
        if let Some(number) = number {
            built.put(path, Json::Number(number), source);
        }
    }
}

/// What each of our fields would have come from, for what is missing.
fn named(built: &mut Built<'_>) {
    for (path, source) in [
        ("id", "sku"),
        ("title", "name"),
        ("price.amount", "offers.price"),
        ("price.currency", "offers.priceCurrency"),
        ("seller.ref", "offers.seller"),
    ] {
        built.source(path, source);
    }
}

/// A property, with or without the vocabulary's prefix.
fn property<'c>(node: &'c Node, name: &str) -> Option<&'c Value> {
    let found = node.get(name).or_else(|| {
        let mut prefixed = node.iter().filter(|(key, _)| key.contains([':', '/']));
        prefixed
            .find(|(key, _)| key.contains("schema") && term(key) == name)
            .map(|(_, value)| value)
    });
    found.filter(|value| !value.is_null())
}

/// The last part of a term's address.
fn term(name: &str) -> &str {
    name.trim().rsplit(['/', '#', ':']).next().unwrap_or(name)
}

fn first_object(value: Option<&Value>) -> Option<&Node> {
    match value? {
        Value::Object(node) => Some(node),
        Value::Array(values) => values.iter().find_map(Value::as_object),
        _ => None,
    }
}

/// The first text that a value says.
fn text(value: Option<&Value>) -> Option<&str> {
    let mut found = None;
    texts(value, &mut |text| {
        found.get_or_insert(text);
    });
    found
}

/// Every text that a value says: itself, those of its list, and of an object its name or address.
fn texts<'c>(value: Option<&'c Value>, found: &mut impl FnMut(&'c str)) {
    match value {
        Some(Value::String(text)) if !text.trim().is_empty() => found(text),
        Some(Value::Array(values)) => values.iter().for_each(|value| texts_of_one(value, found)),
        Some(value) => texts_of_one(value, found),
        None => {}
    }
}

fn texts_of_one<'c>(value: &'c Value, found: &mut impl FnMut(&'c str)) {
    match value {
        Value::String(text) if !text.trim().is_empty() => found(text),
        Value::Object(node) => {
            let names = ["@value", "contentUrl", "url", "value", "name", "@id"];
            if let Some(text) = names.into_iter().find_map(|name| property(node, name)?.as_str()) {
                found(text);
            }
        }
        _ => {}
    }
}

/// A text or a number.
enum Plain<'c> {
    Text(&'c str),
    Number(String),
}

fn plain(value: &Value) -> Option<Plain<'_>> {
    match value {
        Value::Number(number) => Some(Plain::Number(decimal(number))),
        other => text(Some(other)).map(Plain::Text),
    }
}

/// A number without an exponent; six decimals swallow what binary fractions add.
fn decimal(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => format!("{value:.6}"),
        _ => number.to_string(),
    }
}

impl<'c> Plain<'c> {
    fn into_text(self) -> std::borrow::Cow<'c, str> {
        match self {
            Self::Text(text) => text.into(),
            Self::Number(number) => number.into(),
        }
    }
}
