//! `partner`: the auction houses and marketplaces that may come under a letter.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::administer;
use crate::casework::NewPartner;
use crate::cli::Place;
use crate::cli::output::{say, say_json, say_table};
use crate::domain::audit::Actor;
use crate::domain::ids::PartnerId;
use crate::domain::partner::{LetterStanding, Slug};
use crate::domain::time::Timestamp;
use crate::store::{ReadOnlyStore, StoreError};

/// Administer partners.
#[derive(Debug, Args)]
pub(in crate::cli) struct PartnerCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Enter a partner. It can send nothing before a letter is entered and a token made.
    #[command(after_help = "Example:\n  replevin partner add --slug nordlys --name 'Nordlys Auktioner'")]
    Add {
        #[command(flatten)]
        place: Place,
        /// Its short name in addresses: lower-case letters, digits and hyphens.
        #[arg(long)]
        slug: Slug,
        /// Its name.
        #[arg(long)]
        name: String,
        /// A host from which its photos may be fetched; may be repeated. Without any, every public host.
        #[arg(long, value_name = "HOST")]
        photo_host: Vec<String>,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List the partners and how their letters stand.
    #[command(after_help = "Example:\n  replevin partner list --json")]
    List {
        #[command(flatten)]
        place: Place,
        /// One JSON object a partner.
        #[arg(long)]
        json: bool,
    },
}

/// A partner as it is listed.
#[derive(Serialize)]
struct Line {
    slug: Slug,
    name: String,
    id: PartnerId,
    photo_hosts: Vec<String>,
    letters: usize,
    letter_until: Option<Timestamp>,
    created_at: Timestamp,
}

impl PartnerCommand {
    pub(in crate::cli) fn run(self) -> anyhow::Result<()> {
        match self.what {
            What::Add {
                place,
                slug,
                name,
                photo_host,
                json,
            } => {
                let new = NewPartner {
                    slug: slug.to_string(),
                    name,
                    photo_hosts: photo_host,
                };
                let partner = administer(&place, async |parts| {
                    Ok(parts.casework.enter_partner(Actor::CommandLine, new).await?)
                })?;
                if json {
                    return say_json(&partner);
                }
                say(&format!("entered partner {} ({})", partner.slug, partner.id))?;
                Ok(())
            }
            What::List { place, json } => list(&place, json),
        }
    }
}

fn list(place: &Place, json: bool) -> anyhow::Result<()> {
    let store = ReadOnlyStore::open(&place.existing()?.database())?;
    let now = chrono::Utc::now();
    let lines: Vec<Line> = store.read(|reader| {
        let mut lines = Vec::new();
        for partner in reader.partners()? {
            let letters = reader.letters_of(partner.id)?;
            let active = letters.iter().find(|letter| letter.standing(now) == LetterStanding::Active);
            lines.push(Line {
                slug: partner.slug,
                name: partner.name,
                id: partner.id,
                photo_hosts: partner.photo_hosts,
                letters: letters.len(),
                letter_until: active.map(|letter| letter.terms.valid_to),
                created_at: partner.created_at,
            });
        }
        Ok::<_, StoreError>(lines)
    })?;
    if json {
        return lines.iter().try_for_each(say_json);
    }
    let row = |line: &Line| {
        let letter = line.letter_until.map_or("none in force".to_owned(), |until| {
            // The last day on which it holds, in UTC.
            let last = until - chrono::TimeDelta::microseconds(1);
            format!("valid to {}", last.format("%Y-%m-%d"))
        });
        [line.slug.to_string(), letter, line.name.clone()]
    };
    say_table(["SLUG", "LETTER", "NAME"], &lines.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}
