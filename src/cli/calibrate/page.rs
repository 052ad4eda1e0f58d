//! The report of a calibration: one page that needs nothing else, with figures before and after.

use askama::Template;

use super::Shown;
use crate::cli::figures::{self, Figure, SIZE};

#[derive(Template)]
#[template(path = "calibration.html")]
struct Page {
    about: Vec<String>,
    rows: Vec<[String; 3]>,
    figures: Vec<Figure>,
    size: [u32; 2],
}

/// The page as HTML.
pub(super) fn render(shown: &Shown) -> anyhow::Result<String> {
    let (before, after) = (&shown.learned.before, &shown.learned.after);
    let named = |figure: Figure, id, title: &str| Figure {
        id,
        title: title.to_owned(),
        ..figure
    };
    let page = Page {
        about: shown.about(),
        rows: shown.rows(),
        figures: vec![
            named(figures::reliability(before), "before", "Reliability before"),
            named(figures::reliability(after), "after", "Reliability after"),
        ],
        size: SIZE,
    };
    Ok(page.render()?)
}
