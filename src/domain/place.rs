//! Places, as coarse as the sources give them, and the distance between two.

use serde::{Deserialize, Serialize};

/// Where something is or happened. All parts optional; coordinates are degrees (WGS 84).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// ISO 3166-1 alpha-2 code, two capitals.
    pub country: Option<String>,
    /// Postal code as written in that country.
    pub postcode: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// Latitude, -90 to 90.
    pub latitude: Option<f64>,
    /// Longitude, -180 to 180.
    pub longitude: Option<f64>,
}

impl Place {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the country is this, or the postcode or town begins so; `wanted` as [`Place::folded`] gives it.
    #[must_use]
    pub fn is_at(&self, wanted: &str) -> bool {
        let folded = |text: &Option<String>| text.as_deref().map(Self::folded).unwrap_or_default();
        folded(&self.country) == wanted || folded(&self.postcode).starts_with(wanted) || folded(&self.city).starts_with(wanted)
    }

    /// A name as places are compared by it: in small letters, without space around it.
    #[must_use]
    pub fn folded(name: &str) -> String {
        name.trim().to_lowercase()
    }

    /// Great-circle distance in kilometres, when both have coordinates (haversine, mean Earth radius 6,371 km).
    #[must_use]
    pub fn distance_km(&self, other: &Self) -> Option<f64> {
        let (lat_a, lon_a) = (self.latitude?.to_radians(), self.longitude?.to_radians());
        let (lat_b, lon_b) = (other.latitude?.to_radians(), other.longitude?.to_radians());
        let chord = ((lat_b - lat_a) / 2.0).sin().powi(2) + lat_a.cos() * lat_b.cos() * ((lon_b - lon_a) / 2.0).sin().powi(2);
        Some(2.0 * 6371.0 * chord.sqrt().min(1.0).asin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_country_or_the_beginning_of_a_postcode_or_town() {
        let place = Place {
            country: Some("DK".to_owned()),
            postcode: Some("8210".to_owned()),
            city: Some("Aarhus V".to_owned()),
            ..Place::default()
        };
        for (wanted, is) in [
            ("dk", true),
            ("d", false),
            ("82", true),
            ("10", false),
            ("aarhus", true),
            ("odense", false),
        ] {
            assert_eq!(place.is_at(wanted), is, "{wanted}");
        }
        assert!(!Place::default().is_at("dk"));
    }
}
