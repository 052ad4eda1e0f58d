//! Erases what is due, on a schedule: listings and identities past their letter's retention, photos that nothing uses, files
//! that no photo names, sessions that expired, forms that were left, records that waited in quarantine, decoys whose
//! consent ran out.

use std::time::Duration;

use chrono::TimeDelta;
use chrono_tz::Tz;
use replevin_index::Sequence;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::casework::{SEARCH_KEPT_DAYS, decoys};
use crate::domain::account::ENDED_SESSION_HOURS;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::disclosure::DisclosureState;
use crate::domain::ids::PartnerId;
use crate::domain::partner::{Letter, LetterStanding};
use crate::domain::schedule::Schedule;
use crate::domain::time::{Clock, Timestamp};
use crate::intake::PUSH_KEY_DAYS;
use crate::intake::form_drafts;
use crate::intake::quarantine::QUARANTINE_DAYS;
use crate::store::{FoundFile, PhotoFiles, Reader, Store, StoreError};

/// Days after which a lead is let go that nobody has asked about again.
const LEAD_DAYS: i64 = 365;

#[cfg(test)]
mod tests;

/// Retention where no letter says otherwise, days.
const RETENTION_DAYS_DEFAULT: u32 = 180;
/// Listings erased in one transaction, so that the writer stays free for others in between.
const ERASE_BATCH: usize = 500;
/// Photos removed while nobody can put one up, so that uploads wait for a moment only.
const REMOVE_BATCH: usize = 100;
/// Files looked at in one round, give or take a folder; the next round goes on with the next folder.
const FILES_A_ROUND: usize = 500_000;
/// A file without a photo is left alone this long: its photo may be about to be entered.
const STRAY_AFTER: TimeDelta = TimeDelta::hours(1);
/// Names the cursor over the folders of files.
const FOLDER_CURSOR: &str = "photo_files";

/// Runs until `stop`, once at start and then whenever the schedule says so.
pub(super) async fn run(app: App, schedule: Schedule, stop: CancellationToken) {
    loop {
        let blocking = app.clone();
        match tokio::task::spawn_blocking(move || step(&blocking)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(error = &error as &dyn std::error::Error, "upkeep failed"),
            Err(panic) => tracing::error!(%panic, "upkeep panicked"),
        }
        tokio::select! {
            () = tokio::time::sleep(until_next(&schedule, app.store.clock())) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// How long until the schedule wants the next round.
fn until_next(schedule: &Schedule, clock: &Clock) -> Duration {
    let now = clock.now();
    let next = schedule.next(Tz::UTC, now);
    next.and_then(|next| (next - now).to_std().ok())
        .unwrap_or(Duration::from_secs(86_400))
}

/// One round.
///
/// # Errors
/// A failure of the store; what was erased before it stays erased.
pub fn step(app: &App) -> Result<(), StoreError> {
    let store = &app.store;
    let now = store.clock().now();
    for (partner, before) in store.read_blocking(|reader| retention_limits(reader, now))? {
        while erase_batch(store, partner, before)? == ERASE_BATCH {}
        erase_proof_answers(store, partner, before)?;
        decoys::erase_texts(store, partner, before)?;
        let waited = before.max(now - TimeDelta::days(QUARANTINE_DAYS));
        store.keep(move |tx| Ok::<_, StoreError>((tx.release_quarantined_before(partner, waited)?, Vec::new())))?;
    }
    let forgotten = now - TimeDelta::days(PUSH_KEY_DAYS);
    let old = now - TimeDelta::days(LEAD_DAYS);
    store.keep(move |tx| {
        let leads = tx.release_leads_before(old)?;
        Ok::<_, StoreError>((tx.forget_push_keys(forgotten)? + leads, Vec::new()))
    })?;
    app.notify.erase_old_messages()?;
    store.keep(|tx| {
        let over = tx.now() - TimeDelta::days(SEARCH_KEPT_DAYS);
        Ok::<_, StoreError>((tx.delete_saved_searches_before(over)?, Vec::new()))
    })?;
    decoys::end_consents(store)?;
    erase_identities(store)?;
    remove_unused_photos(store, &app.photo_files)?;
    remove_stray_files(store, &app.photo_files, FILES_A_ROUND)?;
    store.keep(|tx| {
        // A while longer, to know whose a form is that comes too late.
        tx.delete_sessions_expired_before(tx.now() - TimeDelta::hours(ENDED_SESSION_HOURS))?;
        tx.delete_form_drafts_before(tx.now() - TimeDelta::days(form_drafts::KEPT_DAYS))?;
        Ok::<_, StoreError>(((), Vec::new()))
    })
}

/// For each partner the instant before which an unmatched listing is due.
fn retention_limits(reader: &Reader<'_>, now: Timestamp) -> Result<Vec<(PartnerId, Timestamp)>, StoreError> {
    let mut limits = Vec::new();
    for partner in reader.partners()? {
        let days = retention_days(&reader.letters_of(partner.id)?, now);
        limits.push((partner.id, now - TimeDelta::days(i64::from(days))));
    }
    Ok(limits)
}

/// The retention under a partner's letters, the one that holds longest first: that of the letter in force, else of the one that
/// was in force last, under which the listings came. One that has not begun, or was revoked before it did, says nothing of them.
fn retention_days(letters: &[Letter], now: Timestamp) -> u32 {
    let ended = |letter: &Letter| {
        let revoked = letter.revoked.map_or(letter.terms.valid_to, |(_, at)| at);
        revoked.min(letter.terms.valid_to)
    };
    let held = |letter: &&Letter| letter.terms.valid_from <= now && letter.terms.valid_from < ended(letter);
    let active = letters.iter().find(|letter| letter.standing(now) == LetterStanding::Active);
    let counts = active.or_else(|| letters.iter().filter(held).max_by_key(|letter| ended(letter)));
    counts.map_or(RETENTION_DAYS_DEFAULT, |letter| letter.terms.retention_days)
}

fn erase_batch(store: &Store, partner: PartnerId, before: Timestamp) -> Result<usize, StoreError> {
    store.keep(move |tx| {
        let erased = tx.erase_unmatched_listings(partner, before, ERASE_BATCH)?;
        let act = Act::new(Actor::Service, Action::ListingsErased, SubjectKind::Partner.with(partner.0))
            .with_detail(json!({ "listings": erased, "not_named_since": before }));
        Ok((erased, if erased > 0 { vec![act] } else { Vec::new() }))
    })
}

/// Erases what sellers have shown as proof, as long ago as a letter's retention.
fn erase_proof_answers(store: &Store, partner: PartnerId, before: Timestamp) -> Result<(), StoreError> {
    store.keep(move |tx| {
        let erased = tx.erase_proof_answers(partner, before)?;
        let act = Act::new(
            Actor::Service,
            Action::ProofAnswersErased,
            SubjectKind::Partner.with(partner.0),
        )
        .with_detail(json!({ "answers": erased }));
        Ok::<_, StoreError>(((), if erased > 0 { vec![act] } else { Vec::new() }))
    })
}

/// Erases the identities whose letter's retention is over since the partner answered.
fn erase_identities(store: &Store) -> Result<(), StoreError> {
    store.keep(|tx| {
        let mut acts = Vec::new();
        for request in tx.disclosure_requests_in("answered")? {
            let DisclosureState::Answered { at } = request.state else {
                continue;
            };
            let letter = tx.letter(request.letter)?.ok_or(StoreError::Missing { what: "letter" })?;
            let due = tx.now() - at >= TimeDelta::days(i64::from(letter.terms.retention_days));
            if due && tx.erase_identity(request.id)? {
                let subject = SubjectKind::DisclosureRequest.with(request.id.0);
                acts.push(Act::new(Actor::Service, Action::IdentityErased, subject));
            }
        }
        Ok::<_, StoreError>(((), acts))
    })
}

/// Removes photos that nothing uses, row and file, a few at a time.
fn remove_unused_photos(store: &Store, files: &PhotoFiles) -> Result<(), StoreError> {
    let unused = store.read_blocking(|reader| reader.unused_photos())?;
    for batch in unused.chunks(REMOVE_BATCH) {
        let removing = files.removing();
        let batch = batch.to_vec();
        // Asks again: what somebody has put up since is used.
        let deleted = store.keep(move |tx| Ok::<_, StoreError>((tx.delete_unused_photos(&batch)?, Vec::new())))?;
        for hash in deleted {
            // What stays behind has no row and is found as a stray file.
            if let Err(error) = removing.remove(&FoundFile::Photo(hash)) {
                tracing::warn!(%error, photo = %hash, "an unused photo's file could not be removed");
            }
        }
    }
    Ok(())
}

/// Removes old files that no photo names: of uploads that were refused after they were written, and of crashes. Goes through
/// the folders in turn until `files_max` files were seen.
fn remove_stray_files(store: &Store, files: &PhotoFiles, files_max: usize) -> Result<(), StoreError> {
    let first = store.read_blocking(|reader| reader.cursor(FOLDER_CURSOR))?.0;
    let mut seen = 0;
    for turn in 0..u64::from(PhotoFiles::FOLDERS) {
        let at = (first + turn) % u64::from(PhotoFiles::FOLDERS);
        let folder = u8::try_from(at).unwrap_or_default();
        match files.written_before(folder, store.clock().now() - STRAY_AFTER) {
            Ok((old, looked_at)) => {
                seen += looked_at;
                remove_strays(store, files, &old)?;
            }
            Err(error) => tracing::warn!(%error, folder, "a folder of photos could not be read"),
        }
        if seen >= files_max {
            let next = Sequence((at + 1) % u64::from(PhotoFiles::FOLDERS));
            return store.keep(move |tx| Ok::<_, StoreError>((tx.set_cursor(FOLDER_CURSOR, next)?, Vec::new())));
        }
    }
    Ok(())
}

fn remove_strays(store: &Store, files: &PhotoFiles, old: &[FoundFile]) -> Result<(), StoreError> {
    let suspected = store.read_blocking(|reader| strays(reader, old))?;
    for batch in suspected.chunks(REMOVE_BATCH) {
        let removing = files.removing();
        let batch = batch.to_vec();
        // Asked of the writer, which has by now done whatever was handed to it before this lock.
        let strays = store.keep(move |tx| Ok::<_, StoreError>((strays(tx, &batch)?, Vec::new())))?;
        for file in strays {
            if let Err(error) = removing.remove(&file) {
                tracing::warn!(%error, ?file, "a stray file could not be removed");
            }
        }
    }
    Ok(())
}

/// The files that no photo names.
fn strays(reader: &Reader<'_>, files: &[FoundFile]) -> Result<Vec<FoundFile>, StoreError> {
    let mut strays = Vec::new();
    for file in files {
        let named = match file {
            FoundFile::Photo(hash) => reader.photo_is_known(*hash)?,
            FoundFile::Unfinished(_) => false,
        };
        if !named {
            strays.push(file.clone());
        }
    }
    Ok(strays)
}
