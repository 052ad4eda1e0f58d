//! `user`: the accounts of people.

use std::io::{self, IsTerminal, Read};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{account_named, administer, partner_named};
use crate::access::{FirstPassword, NewAccount};
use crate::cli::output::{say, say_json, say_table};
use crate::cli::{Place, Usage};
use crate::domain::account::{Account, Email, Role};
use crate::domain::audit::Actor;
use crate::domain::ids::AccountId;
use crate::domain::partner::Slug;
use crate::domain::time::Timestamp;
use crate::store::{ReadOnlyStore, StoreError};

/// Administer accounts.
#[derive(Debug, Args)]
pub(in crate::cli) struct UserCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make an account. The password is asked for, or read from standard input; its person changes it at the first sign-in.
    #[command(
        after_help = "Example:\n  replevin user add --email admin@police.example --name 'A. Berg' --role administrator\n  \
                            replevin user add --email desk@nordlys.example --name 'Desk' --role partner --partner nordlys \\\n    \
                            --password-stdin < password-file"
    )]
    Add(Box<Add>),
    /// List the accounts.
    #[command(after_help = "Example:\n  replevin user list --role officer")]
    List {
        #[command(flatten)]
        place: Place,
        /// Only those of this role: owner, partner, officer, supervisor, auditor or administrator.
        #[arg(long)]
        role: Option<Role>,
        /// One JSON object an account.
        #[arg(long)]
        json: bool,
    },
    /// Stop an account from signing in and end its sessions.
    #[command(after_help = "Example:\n  replevin user disable --email former@police.example")]
    Disable {
        #[command(flatten)]
        place: Place,
        /// Whose.
        #[arg(long)]
        email: Email,
    },
    /// Let a disabled account sign in again.
    #[command(after_help = "Example:\n  replevin user enable --email back@police.example")]
    Enable {
        #[command(flatten)]
        place: Place,
        /// Whose.
        #[arg(long)]
        email: Email,
    },
    /// Set a new password and end the account's sessions; its person changes it at the next sign-in.
    #[command(after_help = "Example:\n  replevin user password --email officer@police.example")]
    Password {
        #[command(flatten)]
        place: Place,
        /// Whose.
        #[arg(long)]
        email: Email,
        /// Read the password from standard input instead of asking for it.
        #[arg(long)]
        password_stdin: bool,
    },
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    place: Place,
    /// How its person signs in.
    #[arg(long)]
    email: Email,
    /// How its person is called.
    #[arg(long)]
    name: String,
    /// What it is for: owner, partner, officer, supervisor, auditor or administrator.
    #[arg(long)]
    role: Role,
    /// For whom it answers; with role partner, and only then.
    #[arg(long, value_name = "SLUG")]
    partner: Option<Slug>,
    /// Read the password from standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// An account as it is listed.
#[derive(Serialize)]
struct Line {
    id: AccountId,
    email: Email,
    name: String,
    role: Role,
    partner: Option<Slug>,
    enabled: bool,
    created_at: Timestamp,
}

impl UserCommand {
    pub(in crate::cli) fn run(self) -> anyhow::Result<()> {
        match self.what {
            What::Add(add) => add.run(),
            What::List { place, role, json } => list(&place, role, json),
            What::Disable { place, email } => enable(&place, &email, false),
            What::Enable { place, email } => enable(&place, &email, true),
            What::Password {
                place,
                email,
                password_stdin,
            } => {
                place.existing()?;
                let password = password(password_stdin)?;
                administer(&place, async |parts| {
                    let account = parts.store.read_blocking(|reader| account_named(reader, &email))?;
                    Ok(parts.access.set_password(Actor::CommandLine, account.id, &password).await?)
                })?;
                say(&format!("set the password of {}", email.as_str()))?;
                Ok(())
            }
        }
    }
}

impl Add {
    fn run(self) -> anyhow::Result<()> {
        if (self.role == Role::Partner) != self.partner.is_some() {
            bail!(Usage("--partner goes with --role partner, and only with it".to_owned()));
        }
        // Before a password is asked for in vain.
        self.place.existing()?;
        let password = password(self.password_stdin)?;
        let account = administer(&self.place, async |parts| {
            let partner = match &self.partner {
                Some(slug) => Some(parts.store.read_blocking(|reader| partner_named(reader, slug))?.id),
                None => None,
            };
            let new = NewAccount {
                email: self.email.as_str().to_owned(),
                name: self.name,
                role: self.role,
                partner,
                password: FirstPassword::Given(password),
            };
            Ok(parts.access.create_account(Actor::CommandLine, new).await?)
        })?;
        if self.json {
            return say_json(&line(account, self.partner));
        }
        say(&format!("made account {} for {}", account.id, account.email.as_str()))?;
        Ok(())
    }
}

fn enable(place: &Place, email: &Email, enabled: bool) -> anyhow::Result<()> {
    administer(place, async |parts| {
        let account = parts.store.read_blocking(|reader| account_named(reader, email))?;
        Ok(parts.access.set_enabled(Actor::CommandLine, account.id, enabled).await?)
    })?;
    say(&format!(
        "{} {}",
        if enabled { "enabled" } else { "disabled" },
        email.as_str()
    ))?;
    Ok(())
}

fn list(place: &Place, role: Option<Role>, json: bool) -> anyhow::Result<()> {
    let store = ReadOnlyStore::open(&place.existing()?.database())?;
    let lines = store.read(|reader| {
        let mut lines = Vec::new();
        for account in reader.accounts(role)? {
            let partner = match account.partner {
                Some(id) => reader.partner(id)?.map(|partner| partner.slug),
                None => None,
            };
            lines.push(line(account, partner));
        }
        Ok::<_, StoreError>(lines)
    })?;
    if json {
        return lines.iter().try_for_each(say_json);
    }
    let row = |line: &Line| {
        let state = if line.enabled { "enabled" } else { "disabled" };
        let role = match &line.partner {
            Some(slug) => format!("{} of {slug}", line.role.word()),
            None => line.role.word().to_owned(),
        };
        [line.email.as_str().to_owned(), role, state.to_owned(), line.name.clone()]
    };
    say_table(["EMAIL", "ROLE", "STATE", "NAME"], &lines.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}

fn line(account: Account, partner: Option<Slug>) -> Line {
    Line {
        id: account.id,
        email: account.email,
        name: account.name,
        role: account.role,
        partner,
        enabled: account.enabled,
        created_at: account.created_at,
    }
}

/// A new password: from standard input when asked so or when it is no terminal, else typed twice without being shown.
fn password(from_stdin: bool) -> anyhow::Result<String> {
    if from_stdin || !io::stdin().is_terminal() {
        return first_line(io::stdin().lock());
    }
    let terminal = console::Term::stderr();
    let ask = |prompt: &str| -> anyhow::Result<String> {
        terminal.write_str(prompt)?;
        terminal.read_secure_line().context("the password could not be read")
    };
    let password = ask("Password: ")?;
    if ask("Again: ")? != password {
        bail!("the two are not the same");
    }
    Ok(password)
}

/// The first line, without its end; longer than any password it is refused.
fn first_line(input: impl Read) -> anyhow::Result<String> {
    let mut text = String::new();
    input.take(4096).read_to_string(&mut text).context("standard input")?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => bail!("no password on standard input"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line() {
        for (given, read) in [("a b c\n", "a b c"), ("x", "x"), ("x\r\ny\n", "x"), (" x ", " x ")] {
            assert_eq!(first_line(given.as_bytes()).unwrap(), read);
        }
        assert!(first_line("\nx".as_bytes()).is_err());
        assert!(first_line("".as_bytes()).is_err());
    }
}
