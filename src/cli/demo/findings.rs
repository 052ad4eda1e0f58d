//! What the service found in the sample, beside what was planted in it, and how it is printed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use anyhow::Context;
use serde::Serialize;

use super::fixture::{Fixture, Planted};
use super::load::Loaded;
use super::people::{PASSWORD, SANDBOX, STAFF, desk};
use crate::app::App;
use crate::cli::output::{say, say_json, say_table};
use crate::domain::item::ItemStatus;
use crate::store::{QueueOrder, QueueQuery, StoreError};

/// Reports read at once; the sample raises far fewer.
const REPORTS_MAX: usize = 100_000;

/// Reports and questions, in the sample's own names.
pub(super) struct Findings {
    reports: Vec<ReportLine>,
    questions: Vec<QuestionLine>,
}

/// A suspicion report.
#[derive(Debug, Clone, Serialize)]
struct ReportLine {
    number: u64,
    item: String,
    listing: String,
    probability: f64,
    yardstick: String,
    strongest: String,
    /// How what was entered of the item stands to the listing.
    entered: &'static str,
    #[serde(skip)]
    item_title: String,
}

/// A quiet question to an owner.
#[derive(Debug, Clone, Serialize)]
struct QuestionLine {
    item: String,
    listing: String,
    probability: f64,
    /// Whether the item is at home still, as when it was asked.
    #[serde(skip)]
    at_home: bool,
}

impl Findings {
    /// Reads what there is. `items` are the sample's names of the service's ids.
    pub(super) async fn read(app: &App, items: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        let now = app.clock.now();
        let (rows, questions) = app
            .store
            .read(move |reader| {
                let query = QueueQuery {
                    order: QueueOrder::Probability,
                    limit: REPORTS_MAX,
                    ..QueueQuery::default()
                };
                let mut questions = Vec::new();
                for question in reader.questions()? {
                    let listing = reader.listing(question.listing)?;
                    let partner = listing
                        .as_ref()
                        .map(|listing| reader.partner(listing.partner))
                        .transpose()?
                        .flatten();
                    let names = partner
                        .zip(listing)
                        .map(|(partner, listing)| (partner.slug, listing.draft.reference));
                    let item = reader.item(question.item)?;
                    let at_home = item.is_some_and(|item| item.status == ItemStatus::Registered);
                    questions.push((question, names, at_home));
                }
                Ok::<_, StoreError>((reader.queue(&query, now)?, questions))
            })
            .await?;
        let name = |id: String| items.get(&id).cloned().unwrap_or(id);
        let reports = rows.into_iter().map(|row| ReportLine {
            number: row.report.number,
            item: name(row.report.item.to_string()),
            listing: format!("{}/{}", row.partner_slug, row.listing_reference),
            probability: row.report.assessment.probability,
            strongest: row
                .report
                .assessment
                .evidence
                .first()
                .map(|evidence| evidence.says.clone())
                .unwrap_or_default(),
            yardstick: row.report.assessment.yardstick,
            entered: row.entered.word(),
            item_title: row.item_title,
        });
        let questions = questions.into_iter().map(|(question, names, at_home)| {
            let (slug, reference) = names.context("a question about a listing that is gone")?;
            Ok(QuestionLine {
                item: name(question.item.to_string()),
                listing: format!("{slug}/{reference}"),
                probability: question.assessment.probability,
                at_home,
            })
        });
        Ok(Self {
            reports: reports.collect(),
            questions: questions.collect::<anyhow::Result<_>>()?,
        })
    }

    /// Prints one JSON object a finding.
    pub(super) fn print_json(&self) -> anyhow::Result<()> {
        #[derive(Serialize)]
        #[serde(rename_all = "snake_case")]
        enum Line<'a> {
            Report(&'a ReportLine),
            Question(&'a QuestionLine),
        }
        self.reports.iter().try_for_each(|report| say_json(&Line::Report(report)))?;
        self.questions
            .iter()
            .try_for_each(|question| say_json(&Line::Question(question)))
    }

    /// Prints the tables for people.
    pub(super) fn print(&self, fixture: &Fixture) -> anyhow::Result<()> {
        say(&format!("\nSUSPICION REPORTS ({})\n", self.reports.len()))?;
        let row = |report: &ReportLine| {
            [
                format!("SR-{}", report.number),
                percent(report.probability),
                report.yardstick.clone(),
                format!("{} {}", report.item, cut(&report.item_title, 24)),
                report.listing.clone(),
                report.strongest.clone(),
            ]
        };
        let rows: Vec<_> = self.reports.iter().map(row).collect();
        say_table(
            ["REPORT", "PROBABILITY", "YARDSTICK", "ITEM", "LISTING", "STRONGEST EVIDENCE"],
            &rows,
        )?;
        let (at_home, reported): (Vec<_>, Vec<_>) = self.questions.iter().partition(|question| question.at_home);
        say(&format!(
            "\nQUIET QUESTIONS TO OWNERS ({}): the item is safe at home, police see nothing\n",
            at_home.len()
        ))?;
        for question in at_home {
            say(&format!(
                "  {}  {}  {}",
                question.item,
                question.listing,
                percent(question.probability)
            ))?;
        }
        say(&format!(
            "  {} more were asked before the owner reported the theft",
            reported.len()
        ))?;
        self.print_truth(fixture)
    }

    /// Says what of the planted was found, and whether a trap fell.
    fn print_truth(&self, fixture: &Fixture) -> anyhow::Result<()> {
        let reported: BTreeSet<(&str, &str)> = self.reports.iter().map(|line| (&*line.item, &*line.listing)).collect();
        let asked: BTreeSet<(&str, &str)> = self.questions.iter().map(|line| (&*line.item, &*line.listing)).collect();
        let planted = |expected: &'static str| fixture.truth.iter().filter(move |planted| planted.expected == expected);
        let found = |planted: &&Planted| reported.contains(&planted.pair());
        let answered = |planted: &&Planted| asked.contains(&planted.pair());
        say("\nWHAT WAS PLANTED\n")?;
        let count = |label: &str, hits: usize, of: usize| say(&format!("  {label:<44} {hits:>3} of {of}"));
        count(
            "to be reported: reported",
            planted("report").filter(found).count(),
            planted("report").count(),
        )?;
        count(
            "owner to be asked: asked",
            planted("question").filter(answered).count(),
            planted("question").count(),
        )?;
        let traps = || planted("no_report").chain(planted("question"));
        count("traps: reported", traps().filter(found).count(), traps().count())?;
        for missed in planted("report").filter(|planted| !found(planted)) {
            say(&format!("  MISSED    {}", missed.line()))?;
        }
        for fallen in traps().filter(found) {
            say(&format!("  TRAP FELL {}", fallen.line()))?;
        }
        let known: BTreeSet<(&str, &str)> = fixture.truth.iter().map(Planted::pair).collect();
        for (item, listing) in reported.difference(&known) {
            say(&format!("  UNPLANNED {item}  {listing}  reported although nobody planted it"))?;
        }
        Ok(())
    }
}

/// Prints what was refused and how long it took.
pub(super) fn print_load(loaded: &Loaded) -> anyhow::Result<()> {
    say("\nREFUSED\n")?;
    for (partner, listings, refusal) in &loaded.refused {
        say(&format!(
            "  {partner}: {listings} listings, {}: {}",
            refusal.status, refusal.detail
        ))?;
    }
    let Some(times) = &loaded.times else { return Ok(()) };
    say("\nTIMES\n")?;
    say(&format!(
        "  push of {} listings until its reports were in the queue   {:.2} s",
        times.pushed_listings,
        times.pushed.as_secs_f64()
    ))?;
    say(&format!(
        "  theft verified until its reports were in the queue        {:.2} s (the slowest)",
        times.verified.as_secs_f64()
    ))?;
    say(&format!(
        "  loading everything                                         {:.1} s",
        times.all.as_secs_f64()
    ))?;
    Ok(())
}

/// The same for programs.
pub(super) fn print_load_json(loaded: &Loaded) -> anyhow::Result<()> {
    for (partner, listings, refusal) in &loaded.refused {
        say_json(&serde_json::json!({
            "refused": { "partner": partner, "listings": listings, "status": refusal.status, "detail": refusal.detail }
        }))?;
    }
    let Some(times) = &loaded.times else { return Ok(()) };
    say_json(&serde_json::json!({ "times": {
        "push_to_reports_s": times.pushed.as_secs_f64(),
        "push_listings": times.pushed_listings,
        "verification_to_reports_s": times.verified.as_secs_f64(),
        "load_s": times.all.as_secs_f64(),
    }}))
}

/// Says where the service is and who may come in.
pub(super) fn sign_ins(address: SocketAddr, fixture: &Fixture, loaded: &Loaded) -> String {
    let mut lines = vec![format!(
        "\nOPEN http://{address}/ and sign in; the password is always: {PASSWORD}\n"
    )];
    let mut people: Vec<(String, &str)> = STAFF
        .iter()
        .map(|(email, _, role)| ((*email).to_owned(), role.word()))
        .collect();
    people.extend(fixture.partners.first().map(|partner| (desk(&partner.slug), "partner")));
    let victim = fixture.thefts.first().map(|theft| theft.owner.clone());
    people.extend(victim.map(|owner| (owner, "owner")));
    lines.extend(people.into_iter().map(|(email, role)| format!("  {role:<14} {email}")));
    if let Some((slug, token)) = &loaded.partner_token {
        lines.push(format!("\n  the API as {slug}:"));
        lines.push(format!(
            "  curl -H 'Authorization: Bearer {token}' http://{address}/api/v1/partners/{slug}/listings/A-1001"
        ));
    }
    if let Some(token) = &loaded.sandbox_token {
        lines.push(format!(
            "\n  a partner without listings, for a feed of your own; its desk is {}:",
            desk(SANDBOX)
        ));
        lines.push(format!("  BASE=http://{address}/api/v1  PARTNER={SANDBOX}  TOKEN={token}"));
    }
    lines.join("\n")
}

impl Planted {
    fn pair(&self) -> (&str, &str) {
        (&self.item, &self.listing)
    }

    fn line(&self) -> String {
        format!("{}  {:<28} {} {}", self.item, self.listing, self.plant, self.note)
            .trim_end()
            .to_owned()
    }
}

/// A probability for people: never a round 100 %.
fn percent(probability: f64) -> String {
    let percent = probability * 100.0;
    if percent > 99.9 {
        ">99.9 %".to_owned()
    } else {
        format!("{percent:.1} %")
    }
}

fn cut(text: &str, characters_max: usize) -> String {
    if text.chars().count() <= characters_max {
        return text.to_owned();
    }
    text.chars().take(characters_max - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_probability_shows_as_certain() {
        for (probability, shown) in [(0.5, "50.0 %"), (0.999, "99.9 %"), (0.999_99, ">99.9 %"), (1.0, ">99.9 %")] {
            assert_eq!(percent(probability), shown);
        }
    }
}
