//! Place: what it is worth that the listing is near the scene. Goods travel: a wide tail, and little weight.

use serde_json::json;

use super::rounded;
use crate::domain::assessment::{Comparison, Evidence};
use crate::domain::place::Place;
use crate::matching::weights::place as weights;

/// Compares the scene with where the listing is; nothing when either is not known. Coordinates decide where both have them,
/// else postcode and country.
pub(in crate::matching) fn compare(scene: &Place, offered: &Place) -> Option<Evidence> {
    if let Some(km) = scene.distance_km(offered) {
        let weight = weights::AT_SCENE - weights::SLOPE * (1.0 + km / weights::SCALE_KM).log10();
        let says = format!("offered {km:.0} km from the scene");
        return Some(evidence(
            "distance",
            weight.max(weights::FLOOR),
            says,
            json!({"km": km.round()}),
        ));
    }
    let (scene_country, country) = (scene.country.as_deref()?, offered.country.as_deref()?);
    if !scene_country.eq_ignore_ascii_case(country) {
        let says = format!("offered in {country}, stolen in {scene_country}");
        return Some(evidence("other country", weights::OTHER_COUNTRY, says, json!({})));
    }
    let postcode = |place: &Place| -> Option<String> {
        let plain: String = place.postcode.as_deref()?.chars().filter(|c| c.is_alphanumeric()).collect();
        (plain.chars().count() > 2).then(|| plain.to_uppercase())
    };
    let region = |code: &str| code.chars().take(2).collect::<String>();
    match (postcode(scene), postcode(offered)) {
        (Some(one), Some(other)) if one == other => {
            let says = format!("offered in the postcode of the scene, {other}");
            Some(evidence("same postcode", weights::SAME_POSTCODE, says, json!({})))
        }
        (Some(one), Some(other)) if region(&one) == region(&other) => {
            let says = "offered in the region of the scene".to_owned();
            Some(evidence("same region", weights::SAME_REGION, says, json!({})))
        }
        _ => {
            let says = format!("offered in the country of the scene, {country}");
            Some(evidence("same country", weights::SAME_COUNTRY, says, json!({})))
        }
    }
}

fn evidence(outcome: &str, weight: f64, says: String, detail: serde_json::Value) -> Evidence {
    Evidence {
        comparison: Comparison::Place,
        outcome: outcome.to_owned(),
        log10_lr: Some(rounded(weight)),
        says,
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(country: &str, postcode: &str, coordinates: Option<(f64, f64)>) -> Place {
        Place {
            country: (!country.is_empty()).then(|| country.to_owned()),
            postcode: (!postcode.is_empty()).then(|| postcode.to_owned()),
            city: None,
            latitude: coordinates.map(|(latitude, _)| latitude),
            longitude: coordinates.map(|(_, longitude)| longitude),
        }
    }

    #[test]
    fn places() {
        let (aarhus, copenhagen) = (Some((56.15, 10.21)), Some((55.68, 12.57)));
        let cases = [
            (place("", "", None), place("DK", "8000", aarhus), None),
            (
                place("DK", "8000", aarhus),
                place("DK", "8000", aarhus),
                Some(("distance", 0.5)),
            ),
            (place("DK", "", aarhus), place("DK", "", copenhagen), Some(("distance", 0.07))),
            (
                place("DK", "", aarhus),
                place("", "", Some((41.9, 12.5))),
                Some(("distance", -0.27)),
            ),
            (
                place("DK", "8000", None),
                place("DK", "8000", copenhagen),
                Some(("same postcode", 0.5)),
            ),
            (
                place("DK", "8210", None),
                place("DK", "8240", None),
                Some(("same region", 0.3)),
            ),
            (
                place("DK", "8210", None),
                place("DK", "2200", None),
                Some(("same country", 0.05)),
            ),
            (place("DK", "8210", None), place("DK", "", None), Some(("same country", 0.05))),
            (
                place("DK", "8210", None),
                place("DE", "8210", None),
                Some(("other country", -0.2)),
            ),
        ];
        for (scene, offered, expected) in cases {
            let found = compare(&scene, &offered);
            let found = found
                .as_ref()
                .map(|evidence| (evidence.outcome.as_str(), evidence.log10_lr.unwrap_or(9.0)));
            assert_eq!(found, expected, "{scene:?} {offered:?}");
        }
    }
}
