//! What may be kept of a product that could not be taken in: what is read, and no person.

use serde_json::Value;

use super::{Node, beside, first_object, property, seller_of};

/// Properties of a product that are kept in quarantine.
const KEPT: [&str; 30] = [
    "@id",
    "@type",
    "sku",
    "productID",
    "identifier",
    "url",
    "name",
    "description",
    "category",
    "brand",
    "manufacturer",
    "model",
    "mpn",
    "color",
    "itemCondition",
    "inLanguage",
    "image",
    "serialNumber",
    "vehicleIdentificationNumber",
    "gtin",
    "gtin14",
    "gtin13",
    "gtin12",
    "gtin8",
    "isbn",
    "price",
    "priceCurrency",
    "availability",
    "@context",
    "@value",
];
/// The same of an offer.
const KEPT_OF_OFFERS: [&str; 12] = [
    "@type",
    "sku",
    "url",
    "itemCondition",
    "serialNumber",
    "price",
    "lowPrice",
    "priceCurrency",
    "availabilityStarts",
    "availabilityEnds",
    "validThrough",
    "availability",
];

/// A product of which only what is read is left, the seller's reference as `hide` gives it.
pub(in super::super) fn redacted(product: &Value, hide: &impl Fn(&str) -> String) -> Option<Node> {
    let product = product.as_object()?;
    let mut kept = only(product, &KEPT);
    beside::keep(product, &mut kept);
    if let Some(offer) = first_object(property(product, "offers")) {
        let mut kept_offer = only(offer, &KEPT_OF_OFFERS);
        beside::keep(offer, &mut kept_offer);
        if let Some(specified) = first_object(property(offer, "priceSpecification")) {
            let specified = only(specified, &["price", "priceCurrency"]);
            kept_offer.insert("priceSpecification".to_owned(), Value::Object(specified));
        }
        if let Some(place) = first_object(property(offer, "availableAtOrFrom")) {
            kept_offer.insert("availableAtOrFrom".to_owned(), Value::Object(place_only(place)));
        }
        if let Some(seller) = seller_of(offer) {
            kept_offer.insert("seller".to_owned(), hide(seller.trim()).into());
        }
        kept.insert("offers".to_owned(), Value::Object(kept_offer));
    }
    Some(kept)
}

fn only(node: &Node, names: &[&str]) -> Node {
    let found = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), property(node, name)?.clone())));
    found.collect()
}

/// Where a thing is, without whose door it is.
fn place_only(place: &Node) -> Node {
    let address = first_object(property(place, "address")).unwrap_or(place);
    let geo = first_object(property(place, "geo")).unwrap_or(place);
    let mut kept = Node::new();
    let address = only(address, &["addressCountry", "postalCode", "addressLocality"]);
    kept.insert("address".to_owned(), Value::Object(address));
    kept.insert("geo".to_owned(), Value::Object(only(geo, &["latitude", "longitude"])));
    kept
}
