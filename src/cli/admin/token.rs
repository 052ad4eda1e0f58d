//! `token`: secrets by which programs speak for a partner or a person.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{account_named, administer, partner_named};
use crate::access::TokenHolder;
use crate::cli::Place;
use crate::cli::output::{say, say_json, say_table};
use crate::domain::account::Email;
use crate::domain::audit::Actor;
use crate::domain::ids::TokenId;
use crate::domain::partner::Slug;
use crate::domain::time::Timestamp;
use crate::store::{ReadOnlyStore, Reader, TokenSummary};

/// Administer access tokens.
#[derive(Debug, Args)]
pub(in crate::cli) struct TokenCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a token and print its secret, once.
    #[command(after_help = "Example:\n  replevin token create --partner nordlys --label 'nightly feed'")]
    Create {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        holder: Holder,
        /// What it is used for.
        #[arg(long)]
        label: String,
        /// One JSON object, with the secret.
        #[arg(long)]
        json: bool,
    },
    /// List the tokens of a partner or a person, without their secrets.
    #[command(after_help = "Example:\n  replevin token list --partner nordlys")]
    List {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        holder: Holder,
        /// One JSON object a token.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token: at once it opens nothing any more.
    #[command(after_help = "Example:\n  replevin token revoke 019aa6f0-64a2-7cc1-9a5e-2f64c8f1a001")]
    Revoke {
        #[command(flatten)]
        place: Place,
        /// Its id.
        id: TokenId,
    },
}

/// Whom the token speaks for.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Holder {
    /// A partner's system.
    #[arg(long, value_name = "SLUG")]
    partner: Option<Slug>,
    /// A person.
    #[arg(long, value_name = "EMAIL")]
    account: Option<Email>,
}

/// A token as it is listed.
#[derive(Serialize)]
struct Line {
    id: TokenId,
    prefix: String,
    label: String,
    created_at: Timestamp,
    revoked_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl TokenCommand {
    pub(in crate::cli) fn run(self) -> anyhow::Result<()> {
        match self.what {
            What::Create {
                place,
                holder,
                label,
                json,
            } => {
                let made = administer(&place, async |parts| {
                    let holder = parts.store.read_blocking(|reader| holder.find(reader))?;
                    Ok(parts.access.create_token(Actor::CommandLine, holder, &label).await?)
                })?;
                let secret = made.secret.reveal();
                if json {
                    return say_json(&line(made.summary, Some(secret.to_owned())));
                }
                eprintln!("token {}; its secret is shown this once:", made.summary.id);
                say(secret)?;
                Ok(())
            }
            What::List { place, holder, json } => list(&place, &holder, json),
            What::Revoke { place, id } => {
                administer(&place, async |parts| {
                    Ok(parts.access.revoke_token(Actor::CommandLine, id).await?)
                })?;
                say(&format!("revoked token {id}"))?;
                Ok(())
            }
        }
    }
}

impl Holder {
    fn find(&self, reader: &Reader<'_>) -> anyhow::Result<TokenHolder> {
        match (&self.partner, &self.account) {
            (Some(slug), _) => Ok(TokenHolder::Partner(partner_named(reader, slug)?.id)),
            (None, Some(email)) => Ok(TokenHolder::Account(account_named(reader, email)?.id)),
            (None, None) => anyhow::bail!("name a partner or an account"),
        }
    }
}

fn list(place: &Place, holder: &Holder, json: bool) -> anyhow::Result<()> {
    let store = ReadOnlyStore::open(&place.existing()?.database())?;
    let tokens = store.read(|reader| {
        let tokens = match holder.find(reader)? {
            TokenHolder::Partner(id) => reader.tokens_of_partner(id)?,
            TokenHolder::Account(id) => reader.tokens_of_account(id)?,
        };
        Ok::<_, anyhow::Error>(tokens)
    })?;
    let lines: Vec<Line> = tokens.into_iter().map(|token| line(token, None)).collect();
    if json {
        return lines.iter().try_for_each(say_json);
    }
    let row = |line: &Line| {
        let day = |at: Timestamp| at.format("%Y-%m-%d").to_string();
        [
            line.id.to_string(),
            format!("{}…", line.prefix),
            day(line.created_at),
            line.revoked_at
                .map_or("in force".to_owned(), |at| format!("revoked {}", day(at))),
            line.label.clone(),
        ]
    };
    say_table(
        ["ID", "SECRET", "MADE", "STATE", "LABEL"],
        &lines.iter().map(row).collect::<Vec<_>>(),
    )?;
    Ok(())
}

fn line(token: TokenSummary, secret: Option<String>) -> Line {
    Line {
        id: token.id,
        prefix: token.prefix,
        label: token.label,
        created_at: token.created_at,
        revoked_at: token.revoked_at,
        secret,
    }
}
