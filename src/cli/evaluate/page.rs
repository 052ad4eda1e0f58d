//! The report of an evaluation: one page that needs nothing else, with figures, tables, and the worst pairs side by side.

use std::collections::HashMap;

use askama::Template;

use super::worst::{Pair, Told};
use super::{Evaluated, Figure, SAMPLES, Target};
use crate::cli::figures::{self, SIZE, decimals};
use crate::cli::files::Sides;
use crate::domain::description::Description;
use replevin_index::evaluation::Pairs;

/// Longest text of a record that is shown, characters.
const TEXT_MAX: usize = 600;

#[derive(Template)]
#[template(path = "evaluation.html")]
struct Page<'a> {
    target: &'static str,
    about: Vec<String>,
    rows: Vec<Figure>,
    figures: Vec<figures::Figure>,
    size: [u32; 2],
    worst: [Sort<'a>; 2],
}

/// The worst pairs of one sort.
struct Sort<'a> {
    title: &'static str,
    none: &'static str,
    pairs: Vec<Shown<'a>>,
}

/// A pair side by side.
struct Shown<'a> {
    probability: String,
    log10_lr: String,
    sides: [Side<'a>; 2],
    told: Vec<(String, &'a str)>,
}

/// What a record says.
struct Side<'a> {
    name: &'static str,
    id: &'a str,
    title: &'a str,
    text: String,
    /// Fields and identifiers, named as in files.
    facts: Vec<(String, String)>,
}

/// The page as HTML.
pub(super) fn render(evaluated: &Evaluated, pairs: &Pairs, sides: &Sides) -> anyhow::Result<String> {
    let descriptions = [
        (sides.items.iter())
            .map(|item| (item.key.as_str(), &item.draft.description))
            .collect(),
        (sides.listings.iter())
            .map(|listing| (listing.key.as_str(), &listing.draft.description))
            .collect(),
    ];
    let evaluation = &evaluated.evaluation;
    let page = Page {
        target: evaluated.target.word(),
        about: about(evaluated),
        rows: evaluated.rows(),
        figures: vec![
            figures::precision_over_recall(pairs, evaluation),
            figures::reliability(evaluation),
            figures::likelihood_ratios(pairs, evaluation),
        ],
        size: SIZE,
        worst: [
            Sort {
                title: "The same, and least believed",
                none: "No pair is known to be the same.",
                pairs: (evaluated.outcome.worst.missed().iter())
                    .map(|pair| shown(pair, &descriptions))
                    .collect(),
            },
            Sort {
                title: "Not the same, and most believed",
                none: "No pair is known to be another.",
                pairs: (evaluated.outcome.worst.wrong().iter())
                    .map(|pair| shown(pair, &descriptions))
                    .collect(),
            },
        ],
    };
    Ok(page.render()?)
}

/// How it was made, in sentences.
fn about(evaluated: &Evaluated) -> Vec<String> {
    let mut about = vec![format!(
        "{} items, {} listings, {} photos; scored by {}. Intervals are the middle 95 % of {SAMPLES} samples of the pairs (seed {}), \
         drawn one by one: pairs that share a record are related, so that true intervals are wider. Where all or none of a share \
         are right, the exact bound of the binomial distribution stands instead.",
        evaluated.items, evaluated.listings, evaluated.photos, evaluated.outcome.model, evaluated.seed
    )];
    about.push(match evaluated.target {
        Target::Object => {
            "The score is the probability that a listing is the item, after prior and rivals. A same pair that no search \
                           brings up stands with the prior and an LR of 1. Cllr is that of the LR before prior and rivals; it is \
                           infinite when a same pair was ruled out."
                .to_owned()
        }
        Target::Model => {
            "The score is the probability that both texts name the same model. For Cllr the share of same pairs is taken out \
                          of the odds."
                .to_owned()
        }
    });
    about.push("The best F1 is that of the threshold which is best for these very pairs; on others it will be lower.".to_owned());
    about
}

fn shown<'a>(pair: &'a Pair, [items, listings]: &[HashMap<&'a str, &'a Description>; 2]) -> Shown<'a> {
    let weight = |log10: Option<f64>| log10.map_or_else(String::new, |log10| format!("{log10:+.2}"));
    let log10_lr = pair.scored.log_lr / std::f64::consts::LN_10;
    Shown {
        probability: decimals(pair.scored.probability(), 6),
        log10_lr: if log10_lr.is_finite() {
            format!("{log10_lr:+.2}")
        } else {
            "ruled out".to_owned()
        },
        sides: [side("Item", &pair.item, items), side("Listing", &pair.listing, listings)],
        told: (pair.told.iter())
            .map(|Told { says, log10_lr }| (weight(*log10_lr), says.as_str()))
            .collect(),
    }
}

fn side<'a>(name: &'static str, id: &'a str, of: &HashMap<&'a str, &'a Description>) -> Side<'a> {
    let Some(description) = of.get(id) else {
        return Side {
            name,
            id,
            title: "",
            text: String::new(),
            facts: Vec::new(),
        };
    };
    let mut text: String = description.text.chars().take(TEXT_MAX).collect();
    if text.len() < description.text.len() {
        text.push('…');
    }
    let numbers = description.identifiers.iter().map(|number| {
        let kind = serde_json::to_value(number.kind).unwrap_or_default();
        (kind.as_str().unwrap_or("identifier").to_owned(), number.value.clone())
    });
    let facts = [
        ("brand", &description.brand),
        ("model", &description.model),
        ("category", &description.category),
        ("color", &description.color),
        ("marks", &description.marks),
    ];
    Side {
        name,
        id,
        title: &description.title,
        text,
        facts: (facts.into_iter().filter(|(_, value)| !value.is_empty()))
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .chain(numbers)
            .collect(),
    }
}
