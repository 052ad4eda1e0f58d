//! What the service decides by: thresholds, tables and letters, to be read; and where each is changed.

use crate::app::App;
use crate::domain::ids::PartnerId;
use crate::domain::partner::Letter;
use crate::domain::time::Timestamp;
use crate::domain::yardstick::Yardstick;
use crate::http::web::{letters, words};
use crate::matching::MODEL;
use crate::matching::calibration::Calibration;
use crate::store::{Reader, StoreError};

/// Something that is set.
pub(super) struct Setting {
    /// What.
    pub(super) what: &'static str,
    /// As it is now.
    pub(super) now: String,
    /// Where it is changed.
    pub(super) changed: &'static str,
}

/// A letter and what it asks of a report.
pub(super) struct LetterRow {
    pub(super) partner: PartnerId,
    pub(super) partner_name: String,
    pub(super) reference: String,
    pub(super) standing: &'static str,
    pub(super) colour: &'static str,
    /// Probability from which a seller may be asked for.
    pub(super) threshold: String,
    pub(super) valid: String,
}

/// What matching goes by.
pub(super) fn settings(app: &App) -> Vec<Setting> {
    let options = app.matching.options();
    let setting = |what, now: String, changed| Setting { what, now, changed };
    vec![
        setting(
            "Probability from which a candidate is put to the police",
            options.report_threshold.to_string(),
            "[matching] report_threshold",
        ),
        setting(
            "Share of what is below that is drawn for blind review",
            format!("{} %", (options.blind_review_share * 1e4).round() / 100.0),
            "[matching] blind_review_share",
        ),
        setting("Yardstick", yardstick(&app.yardstick), "[yardstick]"),
        setting(
            "Model: the table of weights",
            MODEL.to_owned(),
            "with the program: a newer version of it",
        ),
        setting(
            "Calibration",
            calibration(options.calibration.as_ref()),
            "[matching] calibration, a file that replevin calibrate writes",
        ),
    ]
}

/// The table's version and its bands.
fn yardstick(yardstick: &Yardstick) -> String {
    let band = |band: &crate::domain::yardstick::Band| format!("{} {} to {}", band.words, band.from, band.to);
    let bands: Vec<String> = yardstick.bands.iter().map(band).collect();
    format!("{}: {}", yardstick.version, bands.join("; "))
}

/// Its name, when and from what it was learned.
fn calibration(calibration: Option<&Calibration>) -> String {
    let Some(calibration) = calibration else {
        return "none: the table of weights as it stands".to_owned();
    };
    let source = &calibration.source;
    format!(
        "{}, learned {} from {} outcomes and {} blind reviews",
        calibration.version,
        words::instant(source.made_at),
        words::thousands(source.outcomes),
        words::thousands(source.blind_reviews)
    )
}

/// Every letter, by partner.
pub(super) fn all_letters(reader: &Reader<'_>, now: Timestamp) -> Result<Vec<LetterRow>, StoreError> {
    let mut rows = Vec::new();
    for partner in reader.partners()? {
        let row = |letter: &Letter| {
            let (standing, colour) = letters::standing(letter, now);
            let (first, last) = words::days(letter.terms.valid_from, letter.terms.valid_to);
            LetterRow {
                partner: partner.id,
                partner_name: partner.name.clone(),
                reference: letter.terms.reference.clone(),
                standing,
                colour,
                threshold: letter.terms.threshold.to_string(),
                valid: format!("{first} to {last}"),
            }
        };
        rows.extend(reader.letters_of(partner.id)?.iter().map(row));
    }
    Ok(rows)
}
