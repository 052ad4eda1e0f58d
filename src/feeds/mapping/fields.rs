//! Our fields as a mapping names them, and how the text of a cell is read for each.

/// How a cell's text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// As it stands; several are joined by a blank.
    Text,
    /// As it stands; several are joined by a line break.
    Prose,
    /// As it stands; of several the first that says something.
    Code,
    /// The record's id.
    Id,
    /// An amount, with its currency where it names one.
    Price,
    /// An amount.
    Amount,
    /// An instant.
    Time,
    /// A day.
    Day,
    /// Where a listing is in its life.
    Status,
    /// Addresses of photos.
    Photos,
    /// An identifier of a kind.
    Identifier(&'static str),
    /// A decimal number.
    Number,
    /// Yes or no.
    Flag,
}

/// Every field that a mapping can name. An amount with its currency stands before the two apart.
pub(super) const FIELDS: [(&str, Sort); 47] = [
    ("id", Sort::Id),
    ("url", Sort::Code),
    ("title", Sort::Text),
    ("description", Sort::Prose),
    ("language", Sort::Code),
    ("category", Sort::Code),
    ("brand", Sort::Code),
    ("model", Sort::Code),
    ("color", Sort::Code),
    ("condition", Sort::Code),
    ("marks", Sort::Prose),
    ("identifiers.imei", Sort::Identifier("imei")),
    ("identifiers.vin", Sort::Identifier("vin")),
    ("identifiers.frame_number", Sort::Identifier("frame_number")),
    ("identifiers.hull_number", Sort::Identifier("hull_number")),
    ("identifiers.chip", Sort::Identifier("chip")),
    ("identifiers.serial", Sort::Identifier("serial")),
    ("identifiers.owner_number", Sort::Identifier("owner_number")),
    ("identifiers.plate", Sort::Identifier("plate")),
    ("identifiers.product_code", Sort::Identifier("product_code")),
    ("price", Sort::Price),
    ("price.amount", Sort::Amount),
    ("price.currency", Sort::Code),
    ("photos", Sort::Photos),
    ("seller.ref", Sort::Code),
    ("seller.since", Sort::Day),
    ("location.country", Sort::Code),
    ("location.postcode", Sort::Code),
    ("location.city", Sort::Code),
    ("location.lat", Sort::Number),
    ("location.lon", Sort::Number),
    ("posted_at", Sort::Time),
    ("ends_at", Sort::Time),
    ("status", Sort::Status),
    // Items alone, in a register's file.
    ("value", Sort::Price),
    ("value.amount", Sort::Amount),
    ("value.currency", Sort::Code),
    ("theft.from", Sort::Time),
    ("theft.to", Sort::Time),
    ("theft.location.country", Sort::Code),
    ("theft.location.postcode", Sort::Code),
    ("theft.location.city", Sort::Code),
    ("theft.location.lat", Sort::Number),
    ("theft.location.lon", Sort::Number),
    ("theft.crime_reference", Sort::Code),
    ("theft.circumstances", Sort::Prose),
    ("theft.verified", Sort::Flag),
];

/// Whether there is such a field.
pub(super) fn is_field(path: &str) -> bool {
    FIELDS.iter().any(|(known, _)| *known == path)
}

/// The currency's field beside an amount's, and whether `path` is an amount at all.
pub(super) fn currency_beside(path: &str) -> Option<&'static str> {
    match path {
        "price" | "price.amount" => Some("price.currency"),
        "value" | "value.amount" => Some("value.currency"),
        _ => None,
    }
}
