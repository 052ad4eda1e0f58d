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
use crate::domain::scope::{Scope, Scopes};
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
        /// What a partner's system may do with it: `listings`, `checks` or `requests`; several times for several. Without it, all.
        #[arg(long = "scope", value_name = "SCOPE", requires = "partner")]
        scopes: Vec<Scope>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Scopes>,
    created_at: Timestamp,
    used_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
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
                scopes,
                json,
            } => {
                let scopes = match scopes.is_empty() {
                    true => Scopes::all(),
                    false => Scopes::parse(scopes.iter().map(|scope| scope.word()))?,
                };
                let made = administer(&place, async |parts| {
                    let holder = parts.store.read_blocking(|reader| holder.find(reader))?;
                    Ok(parts.access.create_token(Actor::CommandLine, holder, &label, scopes).await?)
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
            line.used_at.map_or("never".to_owned(), day),
            match (line.revoked_at, line.expires_at) {
                (Some(at), _) => format!("revoked {}", day(at)),
                (None, Some(at)) => format!("until {}", at.format("%Y-%m-%d %H:%M")),
                (None, None) => "in force".to_owned(),
            },
            line.scopes.as_ref().map_or_else(String::new, Scopes::to_string),
            line.label.clone(),
        ]
    };
    say_table(
        ["ID", "SECRET", "MADE", "USED", "STATE", "SCOPES", "LABEL"],
        &lines.iter().map(row).collect::<Vec<_>>(),
    )?;
    Ok(())
}

fn line(token: TokenSummary, secret: Option<String>) -> Line {
    Line {
        id: token.id,
        prefix: token.prefix,
        label: token.label,
        scopes: token.partner.map(|_| token.scopes),
        created_at: token.created_at,
        used_at: token.used_at,
        expires_at: token.expires_at,
        revoked_at: token.revoked_at,
        secret,
    }
}
