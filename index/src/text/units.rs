//! Units of measure: the names that the known languages give them, and the one that is indexed.
//!
//! Only asked about a word that stands behind a number. `in` is missing on purpose ("2 in 1"), so is `k` ("4k").

/// The indexed name of a unit by any of its folded names.
#[must_use]
pub fn canonical(folded: &str) -> Option<&'static str> {
    UNITS.iter().find(|(_, names)| names.contains(&folded)).map(|(unit, _)| *unit)
}

/// The indexed names of all units.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    UNITS.iter().map(|(unit, _)| *unit)
}

const UNITS: [(&str, &[&str]); 24] = [
    ("in", &["tommer", "tomme", "tommers", "zoll", "inch", "inches"]),
    ("mm", &["mm", "millimeter", "millimetre", "millimetres"]),
    (
        "cm",
        &["cm", "centimeter", "centimeters", "centimetre", "centimetres", "zentimeter"],
    ),
    ("m", &["m", "meter", "meters", "metre", "metres"]),
    ("km", &["km", "kilometer", "kilometers", "kilometre", "kilometres"]),
    ("g", &["g", "gram", "grams", "gramm"]),
    ("kg", &["kg", "kilo", "kilogram", "kilograms", "kilogramm"]),
    ("ml", &["ml", "milliliter", "millilitre"]),
    ("l", &["l", "ltr", "liter", "liters", "litre", "litres"]),
    ("mb", &["mb", "megabyte", "megabytes"]),
    ("gb", &["gb", "gigabyte", "gigabytes"]),
    ("tb", &["tb", "terabyte", "terabytes"]),
    ("mp", &["mp", "mpx", "megapixel", "megapixels"]),
    ("hz", &["hz", "hertz"]),
    ("mhz", &["mhz", "megahertz"]),
    ("ghz", &["ghz", "gigahertz"]),
    ("w", &["w", "watt", "watts"]),
    ("v", &["v", "volt", "volts"]),
    ("ah", &["ah"]),
    ("mah", &["mah"]),
    ("wh", &["wh"]),
    ("karat", &["karat", "carat", "carats", "ct"]),
    ("gear", &["gear", "gears", "gearet", "gang", "gange", "speed", "speeds"]),
    ("hk", &["hk", "ps", "bhp"]),
];

#[cfg(test)]
mod tests {
    use super::super::fold::fold;
    use super::*;

    #[test]
    fn names_stand_in_their_folded_form_and_once() {
        let names: Vec<&str> = UNITS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        for (index, name) in names.iter().enumerate() {
            assert_eq!(fold(name), *name);
            assert!(!names[..index].contains(name), "{name} twice");
        }
    }

    #[test]
    fn one_unit_has_one_name() {
        for (name, unit) in [
            ("Tommer", Some("in")),
            ("ZOLL", Some("in")),
            ("Gänge", Some("gear")),
            ("in", None),
            ("cykel", None),
        ] {
            assert_eq!(canonical(&fold(name)), unit, "{name}");
        }
    }
}
