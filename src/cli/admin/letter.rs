//! `letter`: letters of intent, under which partners send listings and police may ask for sellers.

use std::path::PathBuf;

use anyhow::{Context, bail};
use chrono::{Days, NaiveDate, NaiveTime};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{administer, partner_named};
use crate::casework::{CaseworkError, check_hold_policy};
use crate::cli::output::{say, say_json, say_table};
use crate::cli::{Place, Usage};
use crate::domain::audit::Actor;
use crate::domain::hold::{HoldExpiry, HoldPolicy, HoldTrigger};
use crate::domain::ids::LetterId;
use crate::domain::partner::{LegalBasis, Letter, LetterStanding, LetterTerms, SellerField, Slug};
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;
use crate::store::ReadOnlyStore;

/// Administer letters of intent.
#[derive(Debug, Args)]
pub(in crate::cli) struct LetterCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Enter a letter with all its terms.
    #[command(
        after_help = "Example:\n  replevin letter add --partner nordlys --legal-basis voluntary_letter --reference 'J.nr. 2026-114' \\\n    \
                            --from 2026-01-01 --to 2027-12-31 --threshold 0.9 --askable name,address,email \\\n    \
                            --approvals 1 --response-hours 48 --retention-days 180 --document letter.pdf \\\n    \
                            --hold-trigger asked --hold-days 28 --hold-expiry release"
    )]
    Add(Box<Add>),
    /// List the letters, of one partner or of all.
    #[command(after_help = "Example:\n  replevin letter list --partner nordlys")]
    List {
        #[command(flatten)]
        place: Place,
        /// Only this partner's.
        #[arg(long, value_name = "SLUG")]
        partner: Option<Slug>,
        /// One JSON object a letter.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a letter: from then on nothing is asked for, given or opened under it. When it was the partner's last one in
    /// force, the partner can send nothing more either; the command says which others remain.
    #[command(after_help = "Example:\n  replevin letter revoke 019aa6f0-…")]
    Revoke {
        #[command(flatten)]
        place: Place,
        /// Its id.
        id: LetterId,
    },
}

/// The terms of a new letter.
#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    place: Place,
    /// With whom.
    #[arg(long, value_name = "SLUG")]
    partner: Slug,
    /// What it rests on: voluntary_letter, statute or court_order.
    #[arg(long, value_name = "BASIS", value_parser = legal_basis)]
    legal_basis: LegalBasis,
    /// How the parties cite it.
    #[arg(long)]
    reference: String,
    /// First day on which it holds, in UTC.
    #[arg(long, value_name = "DATE")]
    from: NaiveDate,
    /// Last day on which it holds, in UTC.
    #[arg(long, value_name = "DATE")]
    to: NaiveDate,
    /// Probability from which a seller's identity may be asked, above 0 and below 1.
    #[arg(long, value_name = "P", value_parser = threshold)]
    threshold: f64,
    /// What may be asked about a seller, with commas: name, address, email, phone, birth_date, bank_account, network_address.
    #[arg(long, value_delimiter = ',', required = true, value_name = "FIELDS", value_parser = seller_field)]
    askable: Vec<SellerField>,
    /// How many supervisors must approve a request.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    approvals: u8,
    /// Hours within which the partner answers.
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..))]
    response_hours: u32,
    /// Days after which data is erased: a listing that never matched, counted from when the partner last sent it, and a
    /// seller's identity, counted from the partner's answer.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    retention_days: u32,
    /// The signed document; its SHA-256 is kept, the document itself is not.
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    #[command(flatten)]
    hold: Hold,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// How things are held under a new letter. Without these nothing is held.
#[derive(Debug, Args)]
struct Hold {
    /// What begins a hold: asked (an officer asks), confirmed (a report is confirmed) or raised (a report at or above the
    /// letter's threshold is raised). Without it, nothing is held under this letter.
    #[arg(long = "hold-trigger", value_name = "WHEN", value_parser = hold_trigger, requires = "expiry")]
    trigger: Option<HoldTrigger>,
    /// What follows when a hold has run out: release (it may be sold) or keep (until the police decide).
    #[arg(long = "hold-expiry", value_name = "WHAT", value_parser = hold_expiry, requires = "trigger")]
    expiry: Option<HoldExpiry>,
    /// For how many days a thing is held.
    #[arg(long = "hold-days", value_name = "DAYS", default_value_t = 28)]
    days: u32,
    /// Within how many hours the partner says whether it has the thing.
    #[arg(long = "hold-notice-hours", value_name = "HOURS", default_value_t = 24)]
    notice_hours: u32,
    /// By how many days a hold is extended at a time.
    #[arg(long = "hold-extension-days", value_name = "DAYS", default_value_t = 28)]
    extension_days: u32,
    /// How often a hold may be extended.
    #[arg(long = "hold-extensions-max", value_name = "N", default_value_t = 1)]
    extensions_max: u32,
}

/// A letter as it is entered.
#[derive(Serialize)]
struct Entered {
    #[serde(flatten)]
    letter: Letter,
    hold_policy: Option<HoldPolicy>,
}

/// A letter as it is listed.
#[derive(Serialize)]
struct Line {
    partner_slug: Slug,
    standing: LetterStanding,
    #[serde(flatten)]
    letter: Letter,
    hold_policy: Option<HoldPolicy>,
}

impl LetterCommand {
    pub(in crate::cli) fn run(self) -> anyhow::Result<()> {
        match self.what {
            What::Add(add) => add.run(),
            What::List { place, partner, json } => list(&place, partner.as_ref(), json),
            What::Revoke { place, id } => {
                let (slug, remaining) = administer(&place, async |parts| {
                    let letter = parts.casework.revoke_letter(Actor::CommandLine, id).await?;
                    parts.store.read_blocking(|reader| {
                        let partner = reader.partner(letter.partner)?.context("the letter's partner is gone")?;
                        Ok((partner.slug, reader.letters_in_force(letter.partner, chrono::Utc::now())?))
                    })
                })?;
                say(&format!("revoked letter {id}"))?;
                if remaining.is_empty() {
                    say(&format!("no letter with {slug} is in force now: {slug} can send nothing"))?;
                }
                for letter in remaining {
                    let (_, last) = valid_days(&letter);
                    let (id, reference) = (letter.id, letter.terms.reference);
                    say(&format!(
                        "still in force to {last}: {id} ({reference}); {slug} can send listings under it"
                    ))?;
                }
                Ok(())
            }
        }
    }
}

impl Add {
    fn run(self) -> anyhow::Result<()> {
        let (valid_from, valid_to) = days(self.from, self.to)?;
        let hold_policy = self.hold.policy()?;
        let document_sha256 = match &self.document {
            Some(path) => Some(ContentHash::of(
                &std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?,
            )),
            None => None,
        };
        let terms = LetterTerms {
            legal_basis: self.legal_basis,
            reference: self.reference,
            valid_from,
            valid_to,
            threshold: self.threshold,
            askable: self.askable,
            approvals: self.approvals,
            response_hours: self.response_hours,
            retention_days: self.retention_days,
            document_sha256,
        };
        let letter = administer(&self.place, async |parts| {
            let partner = parts.store.read_blocking(|reader| partner_named(reader, &self.partner))?;
            let letter = parts.casework.enter_letter(Actor::CommandLine, partner.id, terms).await?;
            if let Some(policy) = hold_policy {
                let set = parts.casework.set_hold_policy(Actor::CommandLine, letter.id, policy);
                set.await?;
            }
            Ok(letter)
        })?;
        if self.json {
            return say_json(&Entered { letter, hold_policy });
        }
        let standing = standing(letter.standing(chrono::Utc::now()));
        say(&format!("entered letter {} with {}: {standing}", letter.id, self.partner))?;
        say(&match hold_policy {
            Some(policy) => format!("things are held under it for {} days", policy.days),
            None => "nothing is held under it: no --hold-trigger was given".to_owned(),
        })?;
        Ok(())
    }
}

impl Hold {
    /// The policy, when one is asked for.
    fn policy(&self) -> anyhow::Result<Option<HoldPolicy>> {
        let (Some(trigger), Some(expiry)) = (self.trigger, self.expiry) else {
            return Ok(None);
        };
        let policy = HoldPolicy {
            trigger,
            days: self.days,
            notice_hours: self.notice_hours,
            extension_days: self.extension_days,
            extensions_max: self.extensions_max,
            expiry,
        };
        match check_hold_policy(&policy) {
            Ok(()) => Ok(Some(policy)),
            Err(CaseworkError::Invalid { field, reason }) => {
                let flag = field.replace('_', "-");
                bail!(Usage(format!("--hold-{flag}: {reason}")))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn list(place: &Place, partner: Option<&Slug>, json: bool) -> anyhow::Result<()> {
    let store = ReadOnlyStore::open(&place.existing()?.database())?;
    let now = chrono::Utc::now();
    let lines: Vec<Line> = store.read(|reader| {
        let partners = match partner {
            Some(slug) => vec![partner_named(reader, slug)?],
            None => reader.partners()?,
        };
        let mut lines = Vec::new();
        for partner in partners {
            for letter in reader.letters_of(partner.id)? {
                lines.push(Line {
                    partner_slug: partner.slug.clone(),
                    standing: letter.standing(now),
                    hold_policy: reader.hold_policy(letter.id)?,
                    letter,
                });
            }
        }
        Ok::<_, anyhow::Error>(lines)
    })?;
    if json {
        return lines.iter().try_for_each(say_json);
    }
    let row = |line: &Line| {
        let terms = &line.letter.terms;
        let (first, last) = valid_days(&line.letter);
        [
            line.letter.id.to_string(),
            line.partner_slug.to_string(),
            standing(line.standing).to_owned(),
            first.to_string(),
            last.to_string(),
            terms.threshold.to_string(),
            terms.reference.clone(),
        ]
    };
    let rows: Vec<_> = lines.iter().map(row).collect();
    say_table(["ID", "PARTNER", "STANDING", "FROM", "TO", "THRESHOLD", "REFERENCE"], &rows)?;
    Ok(())
}

/// The first and the last day on which a letter holds, in UTC.
fn valid_days(letter: &Letter) -> (NaiveDate, NaiveDate) {
    let last = letter.terms.valid_to - chrono::TimeDelta::microseconds(1);
    (letter.terms.valid_from.date_naive(), last.date_naive())
}

fn standing(standing: LetterStanding) -> &'static str {
    match standing {
        LetterStanding::Active => "in force",
        LetterStanding::NotYetValid => "not yet in force",
        LetterStanding::Expired => "expired",
        LetterStanding::Revoked => "revoked",
    }
}

/// From the first instant of one day to the first instant after another.
pub(in crate::cli) fn days(from: NaiveDate, to: NaiveDate) -> anyhow::Result<(Timestamp, Timestamp)> {
    if to < from {
        bail!(Usage(format!("the letter would end on {to}, before it begins on {from}")));
    }
    let after = to.checked_add_days(Days::new(1)).context("no day follows the last one")?;
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    Ok((midnight(from), midnight(after)))
}

fn legal_basis(text: &str) -> Result<LegalBasis, &'static str> {
    let found = LegalBasis::ALL.into_iter().find(|basis| basis.word() == text);
    found.ok_or("expected voluntary_letter, statute or court_order")
}

fn seller_field(text: &str) -> Result<SellerField, &'static str> {
    let found = SellerField::ALL.into_iter().find(|field| field.word() == text.trim());
    found.ok_or("expected name, address, email, phone, birth_date, bank_account or network_address")
}

fn hold_trigger(text: &str) -> Result<HoldTrigger, &'static str> {
    let found = HoldTrigger::ALL.into_iter().find(|trigger| trigger.word() == text);
    found.ok_or("expected asked, confirmed or raised")
}

fn hold_expiry(text: &str) -> Result<HoldExpiry, &'static str> {
    let found = HoldExpiry::ALL.into_iter().find(|expiry| expiry.word() == text);
    found.ok_or("expected release or keep")
}

fn threshold(text: &str) -> Result<f64, &'static str> {
    match text.parse() {
        Ok(value) if value > 0.0 && value < 1.0 => Ok(value),
        _ => Err("expected a probability above 0 and below 1"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_holds_from_its_first_day_through_its_last() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (from, to) = days(day("2026-01-01"), day("2026-12-31")).unwrap();
        assert_eq!(from.to_rfc3339(), "2026-01-01T00:00:00+00:00");
        assert_eq!(to.to_rfc3339(), "2027-01-01T00:00:00+00:00");
        let one_day = days(day("2026-01-01"), day("2026-01-01")).unwrap();
        assert_eq!((one_day.1 - one_day.0).num_hours(), 24);
        assert!(days(day("2026-01-02"), day("2026-01-01")).unwrap_err().is::<Usage>());
    }

    #[test]
    fn terms_out_of_range_are_refused() {
        for text in ["0", "1", "-0.5", "NaN", "inf", "often"] {
            assert!(threshold(text).is_err(), "{text}");
        }
        assert_eq!(threshold("0.9"), Ok(0.9));
        assert!(seller_field("shoe_size").is_err());
        assert_eq!(legal_basis("statute"), Ok(LegalBasis::Statute));
        assert_eq!(hold_trigger("raised"), Ok(HoldTrigger::Raised));
        assert!(hold_expiry("burn").is_err());
    }

    #[test]
    fn a_hold_policy_is_whole_or_not_there() {
        let hold = |trigger, days| Hold {
            trigger,
            expiry: trigger.map(|_| HoldExpiry::Release),
            days,
            notice_hours: 24,
            extension_days: 28,
            extensions_max: 1,
        };
        assert!(hold(None, 28).policy().unwrap().is_none());
        assert_eq!(hold(Some(HoldTrigger::Asked), 5).policy().unwrap().unwrap().days, 5);
        let refused = hold(Some(HoldTrigger::Asked), 0).policy().unwrap_err();
        assert!(
            refused.is::<Usage>() && refused.to_string().contains("--hold-days"),
            "{refused}"
        );
    }
}
