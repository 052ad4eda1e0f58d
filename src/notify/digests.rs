//! Digests by mail: whose turn it is, what the mail says, and handing it to the server.

use std::time::Instant;

use chrono::{NaiveTime, TimeDelta};
use serde_json::json;

use super::sending::{Tried, Turn, again, keep, link, row};
use super::{Notify, NotifyError};
use crate::domain::account::{Account, Principal};
use crate::domain::digest::{DigestChoice, Waiting};
use crate::domain::ids::{AccountId, MessageId};
use crate::domain::notification::{Event, EventKind, Message, MessageState, Recipient};
use crate::domain::time::Timestamp;
use crate::egress::MailError;
use crate::store::{StoreError, Tx};

/// Minutes between two mails to somebody about what is urgent.
const URGENT_MINUTES: i64 = 15;
/// Daily mails that are written in one transaction.
const WRITTEN_AT_ONCE: usize = 50;
/// Seconds that the mail server is left in peace after it failed.
const REST_S: i64 = 60;

impl Notify {
    /// Whether mail can be sent at all.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.mailer.is_some()
    }

    /// When the caller wants to be mailed, and what waits for them now.
    ///
    /// # Errors
    /// When no person asks, or the store fails.
    pub async fn digest(&self, caller: &Principal) -> Result<(DigestChoice, Vec<Waiting>), NotifyError> {
        let id = caller.account().ok_or(NotifyError::NotAllowed("this is for people"))?;
        let now = self.store.clock().now();
        let read = self.store.read(move |reader| {
            let account = reader.account(id)?.ok_or(StoreError::Missing { what: "account" })?;
            Ok::<_, StoreError>((reader.digest_choice(id)?, reader.waiting_for(&account, now)?))
        });
        Ok(read.await?)
    }

    /// Keeps when the caller wants to be mailed. No act on anybody, so that it is not logged.
    ///
    /// # Errors
    /// When no person asks, or the store fails.
    pub async fn choose_digest(&self, caller: &Principal, choice: DigestChoice) -> Result<(), NotifyError> {
        let id = caller.account().ok_or(NotifyError::NotAllowed("this is for people"))?;
        let hour = self.digest_hour;
        keep(&self.store, move |tx| Ok(tx.save_digest(id, choice, mark(tx.now(), hour))?)).await
    }

    /// Writes the mails that are due: daily ones, and what has become urgent. For jobs: blocks.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn write_digests(&self) -> Result<(), StoreError> {
        if self.mailer.is_none() {
            return Ok(());
        }
        let hour = self.digest_hour;
        let daily = || {
            self.store
                .keep(move |tx| Ok::<_, StoreError>((write_daily(tx, hour)?, Vec::new())))
        };
        while daily()? == WRITTEN_AT_ONCE {}
        self.store.keep(|tx| Ok::<_, StoreError>((write_urgent(tx)?, Vec::new())))
    }

    /// Hands a mail to the server, and writes down what came of it.
    pub(super) async fn serve_mail(
        &self,
        lane: &str,
        effect: i64,
        message: Message,
        account: AccountId,
    ) -> Result<Turn, NotifyError> {
        let found = self.store.read(move |reader| reader.account(account)).await?;
        let reader = found.filter(|account| account.enabled && !account.email.is_erased());
        let (Some(mailer), Some(reader)) = (self.mailer.clone(), reader) else {
            keep(&self.store, move |tx| give_up(tx, effect, message.id)).await?;
            return Ok(Turn::GoesOn);
        };
        let (subject, text) = self.text(&message);
        let (at, start) = (self.store.clock().now(), Instant::now());
        let id = format!("msg_{}", message.id.0.simple());
        let sent = tokio::task::spawn_blocking(move || mailer.send(reader.email.as_str(), &id, &subject, text));
        let sent = sent.await.map_err(|_| StoreError::Stopped)?;
        metrics::counter!("replevin_messages_tried", "way" => "mail", "outcome" => if sent.is_ok() { "sent" } else { "failed" })
            .increment(1);
        let may_help = sent.as_ref().err().is_some_and(MailError::is_transient);
        let tried = Tried {
            at,
            took: start.elapsed(),
            pause_s: None,
            result: sent.map_err(|error| (error.code(), error.to_string())),
        };
        let (lane, id) = (lane.to_owned(), message.id);
        keep(&self.store, move |tx| settle(tx, (&lane, effect), id, &tried, may_help)).await?;
        Ok(if may_help { Turn::Rests } else { Turn::GoesOn })
    }

    /// Subject and text: numbers and links.
    fn text(&self, message: &Message) -> (String, String) {
        let waiting: Vec<Waiting> = serde_json::from_value(message.about["waiting"].clone()).unwrap_or_default();
        let is_urgent = message.about["urgent"] == true;
        let count: u64 = waiting.iter().map(|waiting| waiting.count).sum();
        let things = if count == 1 {
            "1 thing".to_owned()
        } else {
            format!("{count} things")
        };
        let (subject, first) = match is_urgent {
            true => (format!("Replevin: {things} urgent"), "Urgent since the last mail:"),
            false => (format!("Replevin: {things} to see to"), "This waits for you:"),
        };
        let mut text = format!("{first}\n\n");
        for waiting in waiting {
            let page = link(&self.site, waiting.kind.page());
            text.push_str(&format!("- {}\n  {page}\n", waiting.kind.says(waiting.count)));
        }
        let own = link(&self.site, "/digest");
        text.push_str(&format!(
            "\nNo mail of ours says more than numbers, or asks for a password. When you get these mails you set here:\n{own}\n"
        ));
        (subject, text)
    }
}

/// The last time that daily mails were due, at this hour of the day in UTC.
fn mark(now: Timestamp, hour: u32) -> Timestamp {
    let time = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    let today = now.date_naive().and_time(time).and_utc();
    if today <= now { today } else { today - TimeDelta::days(1) }
}

fn write_daily(tx: &mut Tx<'_>, hour: u32) -> Result<usize, StoreError> {
    let mark = mark(tx.now(), hour);
    let due = tx.daily_digests_due(mark, WRITTEN_AT_ONCE)?;
    for id in &due {
        tx.note_daily_digest(*id, mark)?;
        if let Some(account) = tx.account(*id)?.filter(|account| account.enabled) {
            let waiting = tx.waiting_for(&account, tx.now())?;
            write(tx, &account, &waiting, false)?;
        }
    }
    Ok(due.len())
}

fn write_urgent(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let before = tx.now() - TimeDelta::minutes(URGENT_MINUTES);
    for digest in tx.urgent_digests(before)? {
        let Some(account) = tx.account(digest.account)?.filter(|account| account.enabled) else {
            continue;
        };
        let urgent = tx.urgent_for(&account, digest.urgent_at)?;
        if !urgent.is_empty() {
            tx.note_urgent_digest(account.id)?;
            write(tx, &account, &urgent, true)?;
        }
    }
    Ok(())
}

fn write(tx: &mut Tx<'_>, account: &Account, waiting: &[Waiting], urgent: bool) -> Result<(), StoreError> {
    if waiting.is_empty() {
        return Ok(());
    }
    let event = Event {
        kind: EventKind::Digest,
        holder: account.partner.into(),
        about: json!({ "waiting": waiting, "urgent": urgent }),
        page: "/digest".to_owned(),
    };
    tx.insert_message(&event, Recipient::Mailbox(account.id)).map(drop)
}

fn give_up(tx: &mut Tx<'_>, effect: i64, id: MessageId) -> Result<(), NotifyError> {
    tx.finish_effect(effect)?;
    if let Some(mut message) = tx.message(id)? {
        message.state = MessageState::GivenUp;
        tx.save_message(&message)?;
    }
    Ok(())
}

fn settle(tx: &mut Tx<'_>, (lane, effect): (&str, i64), id: MessageId, tried: &Tried, may_help: bool) -> Result<(), NotifyError> {
    let Some(mut message) = tx.message(id)? else {
        return Ok(tx.finish_effect(effect)?);
    };
    tx.insert_message_try(id, &row(tried))?;
    if tried.result.is_ok() {
        message.state = MessageState::Sent;
        tx.finish_effect(effect)?;
        return Ok(tx.save_message(&message)?);
    }
    message.failures += 1;
    match again(tx.now(), message.failures, None).filter(|_| may_help) {
        Some(due) => tx.postpone_effect(effect, due)?,
        None => {
            message.state = MessageState::GivenUp;
            tx.finish_effect(effect)?;
        }
    }
    tx.save_message(&message)?;
    if may_help {
        tx.postpone_lane(lane, tx.now() + TimeDelta::seconds(REST_S))?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_daily_mark_is_the_last_one() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(mark(at("2026-11-22T05:59:59Z"), 6), at("2026-11-21T06:00:00Z"));
        assert_eq!(mark(at("2026-11-22T06:00:00Z"), 6), at("2026-11-22T06:00:00Z"));
        assert_eq!(mark(at("2026-11-22T23:00:00Z"), 6), at("2026-11-22T06:00:00Z"));
    }
}
