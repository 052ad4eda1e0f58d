//! The document for readers: cover, summary, both sides, evidence, times, custody, method and limits.

use chrono::{Datelike, Timelike};

use super::{Contents, custody, limits, unreadable};
use crate::app::App;
use crate::domain::evidence_pack::Marking;
use crate::domain::late_entry::Entered;
use crate::domain::photo::{ContentHash, PhotoSide};
use crate::domain::report::ReportState;
use crate::evidence::{Block, Cell, Document, Look, Picture, Table};
use crate::http::error::Problem;
use crate::http::web::officer::decision::{rests_on, seen};
use crate::http::web::officer::evidence::{EvidenceView, Finding};
use crate::http::web::officer::identifiers::{self, Number};
use crate::http::web::officer::sides::{described, events};
use crate::http::web::words;

/// Longer side of a picture, pixels.
const SIDE_MAX: u32 = 1000;
/// Pictures of each side that are drawn.
const PICTURES_MAX: usize = 8;

/// The pictures of both sides, and how many more there are.
pub(super) struct Pictures {
    item: Vec<Picture>,
    listing: Vec<Picture>,
    left_out: usize,
}

/// Draws the photos small: of each side the first ones.
pub(super) async fn pictures(app: &App, contents: &Contents) -> Result<Pictures, Problem> {
    let mut drawn = Pictures {
        item: Vec::new(),
        listing: Vec::new(),
        left_out: 0,
    };
    for photo in &contents.photos {
        let side = match photo.side {
            PhotoSide::Item => &mut drawn.item,
            PhotoSide::Listing => &mut drawn.listing,
        };
        if side.len() == PICTURES_MAX {
            drawn.left_out += 1;
            continue;
        }
        side.push(Picture {
            jpeg: app.intake.thumbnail(photo.sha256, SIDE_MAX).await.map_err(unreadable)?,
            caption: caption(contents, photo.side, photo.sha256, &photo.name),
            serial: format!("SHA-256 of the original {}", photo.sha256),
        });
    }
    Ok(drawn)
}

fn caption(contents: &Contents, side: PhotoSide, sha256: ContentHash, name: &str) -> String {
    let whose = match side {
        PhotoSide::Item => "registered by the owner",
        PhotoSide::Listing => "in the listing",
    };
    let rests = contents.facts.view.evidence_photos.iter().any(|photo| photo.sha256 == sha256);
    let rests = if rests { "; the evidence rests on it" } else { "" };
    format!("Photo {name}, {whose}{rests}")
}

/// The document.
pub(super) fn document(contents: &Contents, pictures: Pictures, held_back: &[&str]) -> Document {
    let (facts, view) = (&contents.facts, &contents.facts.view);
    let is_warning = facts.marking == Marking::Intelligence;
    let evidence = EvidenceView::of(&view.report.assessment);
    let mut blocks = cover(contents);
    blocks.extend(summary(contents, &evidence));
    blocks.push(Block::NewPage);
    blocks.extend(both_sides(contents, pictures));
    blocks.extend(waterfall(&evidence));
    blocks.extend(times(contents));
    blocks.extend(custody_record(contents));
    blocks.push(Block::Heading(1, "Method and limits".to_owned()));
    let said = limits::method(facts)
        .into_iter()
        .chain(limits::limits(facts, held_back.len()));
    blocks.extend(said.map(|text| Block::Text(Look::Body, text)));
    blocks.extend(check(contents));
    let now = contents.now;
    let part = |number: u32| u16::try_from(number).unwrap_or(0);
    Document {
        title: format!("Suspicion report SR-{}, marked {}", view.report.number, facts.marking.word()),
        marking: facts.marking.word().to_uppercase(),
        is_warning,
        reference: format!("SR-{}", view.report.number),
        foot: format!("Handling C: police and prosecution only. Made {}.", words::instant(now)),
        made: [
            u16::try_from(now.year()).unwrap_or(0),
            part(now.month()),
            part(now.day()),
            part(now.hour()),
            part(now.minute()),
            part(now.second()),
        ],
        blocks,
    }
}

fn cover(contents: &Contents) -> Vec<Block> {
    let (facts, view) = (&contents.facts, &contents.facts.view);
    let banner = match &facts.promotion {
        Some((promotion, name)) => format!("EVIDENCE\nVouched for by {name}, {}", words::instant(promotion.at)),
        None => "INTELLIGENCE\nA pointer for an investigation. Nobody has vouched for it as evidence.".to_owned(),
    };
    let row = |name: &str, value: String| (name.to_owned(), value);
    let mut rows = vec![
        row("Case", view.theft.theft.crime_reference.clone().unwrap_or_else(|| "no number yet".to_owned())),
        row("Report", format!("SR-{}, raised {}", view.report.number, words::instant(view.report.raised_at))),
        row("Decision", decision(contents)),
        row(
            "Handling",
            "C, with conditions: for police and prosecution. It names no seller. Not to be shown to the seller, the owner or the \
             public, and not to be passed on, without leave of the officer in charge."
                .to_owned(),
        ),
    ];
    if let ReportState::Decided(review) | ReportState::Closed { review, .. } = &view.report.state {
        rows.push(row("Seen (facts)", seen(review)));
        rows.push(row("Concluded (assessment)", review.reason.clone()));
    }
    if let Some((promotion, _)) = &facts.promotion {
        rows.push(row("Why it is evidence", promotion.reason.clone()));
    }
    rows.push(row(
        "Pack made",
        format!("{}, by {}", words::instant(contents.now), facts.by_name),
    ));
    rows.push(row("Model", view.report.assessment.model.clone()));
    vec![
        Block::Text(Look::Banner, banner),
        Block::Text(Look::Title, format!("Suspicion report SR-{}", view.report.number)),
        Block::Text(
            Look::Body,
            format!(
                "Whether “{}”, offered at {} as {}, is the stolen item {}.",
                view.listing.draft.description.title,
                view.partner.name,
                view.listing.draft.reference,
                called(&view.item.draft.description.title)
            ),
        ),
        Block::Rows(rows),
    ]
}

fn called(title: &str) -> String {
    if title.is_empty() {
        "whose description is not shown".to_owned()
    } else {
        format!("“{title}”")
    }
}

fn decision(contents: &Contents) -> String {
    let view = &contents.facts.view;
    let by = view.officer_name.as_deref().unwrap_or("an officer");
    match &view.report.state {
        ReportState::Open => "none: nobody has taken the report".to_owned(),
        ReportState::InReview { .. } => format!("none yet: in review by {by}"),
        ReportState::Decided(review) | ReportState::Closed { review, .. } => {
            let what = review.decision.word();
            format!("{what} by {by}, {}{}", words::instant(review.at), rests_on(review))
        }
    }
}

fn summary(contents: &Contents, evidence: &EvidenceView) -> Vec<Block> {
    let against = match evidence.speaks_against.first() {
        Some(finding) => format!("Against it speaks most: {}", finding.says),
        None => format!(
            "Nothing was found that speaks against it. Without a finding: {}.",
            evidence.silent
        ),
    };
    let mut lines = vec![format!(
        "That the listing shows the stolen item is {}: probability {} (yardstick {}).",
        evidence.yardstick, evidence.probability, evidence.yardstick_version
    )];
    lines.extend(
        evidence
            .strongest_for()
            .map(|finding| format!("For it speaks most: {}", finding.says)),
    );
    lines.push(against);
    lines.extend(evidence.by_chance.clone());
    lines.extend(evidence.rivals.clone());
    match contents.facts.view.item.entered() {
        Entered::Before => {}
        Entered::Promptly => lines.push(
            "The item was registered after the listing was put up, within 3 days of the theft, as victims do. It is no proof that is \
             independent of the listing. See the times."
                .to_owned(),
        ),
        Entered::Late => lines.push(
            "The owner entered something of the item after the listing was put up. It can have been copied from there and cannot be \
             counted as proof; the probability does not take this into account. See the times."
                .to_owned(),
        ),
    }
    let mut blocks = vec![Block::Heading(1, "Summary".to_owned())];
    let look = |at: usize| if at == 0 { Look::Bold } else { Look::Body };
    blocks.extend(lines.into_iter().enumerate().map(|(at, line)| Block::Text(look(at), line)));
    blocks
}

fn both_sides(contents: &Contents, pictures: Pictures) -> Vec<Block> {
    let view = &contents.facts.view;
    let cells = |texts: [&str; 4]| texts.into_iter().map(Cell::new).collect::<Vec<_>>();
    let rows = described(view);
    let rows = rows.iter().map(|row| {
        let mut cells = cells([&row.name, &row.registered, &row.offered, row.finding]);
        cells[0].look = Look::Bold;
        cells
    });
    let serial = |number: Option<&Number>| {
        let text: String = number
            .iter()
            .flat_map(|number| number.runs())
            .map(|run| run.text.as_str())
            .collect();
        let place = number.map(|number| format!("\n{}", number.place)).unwrap_or_default();
        Cell::new(text + &place).looking(Look::Serial)
    };
    let numbers = identifiers::rows(
        &view.item.draft.description,
        &view.listing.draft.description,
        &contents.read.of_sides(),
    );
    let numbers = numbers.iter().map(|row| {
        let differ = row.differences.join("; ");
        let finding = [row.finding, &differ]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(": ");
        vec![
            Cell::new(words::capitalised(row.kind)).looking(Look::Bold),
            serial(row.registered.as_ref()),
            serial(row.offered.as_ref()),
            Cell::new(finding),
        ]
    });
    let head = ["", "Registered by the owner", "Offered in the listing", "Finding"]
        .map(str::to_owned)
        .to_vec();
    let mut blocks = vec![
        Block::Heading(1, "Both sides".to_owned()),
        Block::Table(Table {
            head,
            widths: vec![1.0, 2.4, 2.4, 1.3],
            rows: rows.chain(numbers).collect(),
        }),
    ];
    for (name, pictures) in [
        ("Photos of the item", pictures.item),
        ("Photos of the listing", pictures.listing),
    ] {
        if !pictures.is_empty() {
            blocks.push(Block::Heading(2, name.to_owned()));
            blocks.push(Block::Pictures(pictures));
        }
    }
    if pictures.left_out > 0 {
        let text = format!(
            "{} more photos are not drawn here; the sealed bundle holds them.",
            pictures.left_out
        );
        blocks.push(Block::Text(Look::Quiet, text));
    }
    blocks
}

/// The way from the odds before any evidence to the probability, one row a finding.
fn waterfall(evidence: &EvidenceView) -> Vec<Block> {
    let prior = format!(
        "Odds of {} before anything is compared. {}",
        evidence.prior_odds,
        evidence.prior_from.clone().unwrap_or_default()
    );
    let mut rows = vec![step("Before", prior, &evidence.prior, &evidence.prior)];
    rows.extend(group("Speaks for it", &evidence.speaks_for));
    rows.extend(group("Speaks against it", &evidence.speaks_against));
    if !evidence.silent.is_empty() {
        let says = format!("Without a finding, which counts neither way: {}.", evidence.silent);
        rows.push(step("Silent", says, "", ""));
    }
    if let Some((weight, after)) = &evidence.competition {
        let says = evidence.rivals.clone();
        let says = says.unwrap_or_else(|| "Other pairs compete for it.".to_owned());
        rows.push(step("Rivals", says, weight, &after.so_far));
    }
    let result = format!("Probability {}: {}.", evidence.probability, evidence.yardstick);
    rows.push(step("Result", result, "", ""));
    vec![
        Block::Heading(1, "Evidence".to_owned()),
        Block::Text(
            Look::Quiet,
            "Weights are logarithms (base 10) of likelihood ratios: +1 says that what was found is ten times more probable if the \
             listing shows the item than if it shows another, −1 ten times less. The last column adds them up, from the odds before \
             any evidence."
                .to_owned(),
        ),
        Block::Table(Table {
            head: ["", "What was found", "Weight", "Log10 odds"].map(str::to_owned).to_vec(),
            widths: vec![1.0, 4.4, 0.8, 1.0],
            rows,
        }),
    ]
}

/// One row of the way.
fn step(name: &str, says: String, weight: &str, so_far: &str) -> Vec<Cell> {
    vec![
        Cell::new(name).looking(Look::Bold),
        Cell::new(says),
        Cell::new(weight).to_right(),
        Cell::new(so_far).to_right(),
    ]
}

/// The findings that speak one way, below what they speak for.
fn group(name: &str, findings: &[Finding]) -> Vec<Vec<Cell>> {
    let heading = std::iter::once(name)
        .chain([""; 3])
        .map(|text| Cell::new(text).looking(Look::Quiet));
    let mut rows = vec![heading.collect()];
    if findings.is_empty() {
        rows.push(step("", "Nothing was found.".to_owned(), "", ""));
    }
    rows.extend(findings.iter().map(|finding| {
        let so_far = finding.step.as_ref().map(|step| step.so_far.clone()).unwrap_or_default();
        step(
            finding.name,
            format!("{}\n{}", finding.says, finding.times),
            &finding.weight,
            &so_far,
        )
    }));
    rows
}

fn times(contents: &Contents) -> Vec<Block> {
    let rows = events(&contents.facts.view).into_iter().map(|event| {
        let what = std::iter::once(event.what.as_str())
            .chain(event.flags)
            .collect::<Vec<_>>()
            .join("\n");
        vec![Cell::new(event.at), Cell::new(what), Cell::new(event.place)]
    });
    vec![
        Block::Heading(1, "Times and places".to_owned()),
        Block::Table(Table {
            head: ["When", "What", "Where"].map(str::to_owned).to_vec(),
            widths: vec![1.5, 3.6, 1.4],
            rows: rows.collect(),
        }),
    ]
}

fn custody_record(contents: &Contents) -> Vec<Block> {
    let rows = custody::lines(contents).into_iter().map(|line| {
        vec![
            Cell::new(line.when()),
            Cell::new(words::sentence(&line.what)),
            Cell::new(line.by),
            Cell::new(line.reference).looking(Look::Quiet),
        ]
    });
    vec![
        Block::Heading(1, "Custody record".to_owned()),
        Block::Table(Table {
            head: ["When", "What", "By", "Told again by"].map(str::to_owned).to_vec(),
            widths: vec![1.3, 2.2, 1.2, 2.3],
            rows: rows.collect(),
        }),
    ]
}

fn check(contents: &Contents) -> Vec<Block> {
    vec![
        Block::Heading(2, "How to check it".to_owned()),
        Block::Text(
            Look::Body,
            "The sealed bundle of this report holds this document, the records and the photos, with a signature. On any machine, \
             without the service, “replevin evidence verify BUNDLE --key KEY” says whether a single bit of it was changed. The key \
             of the service that made it:"
                .to_owned(),
        ),
        Block::Text(Look::Serial, contents.key.clone()),
    ]
}
