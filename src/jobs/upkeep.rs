//! Erases what is due, on a schedule: listings and identities past their letter's retention, photos that nothing shows,
//! sessions that expired, forms that were left.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::disclosure::DisclosureState;
use crate::domain::ids::PartnerId;
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;
use crate::intake::form_drafts;
use crate::store::StoreError;

/// Retention where no letter says otherwise, days.
const RETENTION_DAYS_DEFAULT: u32 = 180;
/// Listings erased in one transaction, so that the writer stays free for others in between.
const ERASE_BATCH: usize = 500;

/// Runs until `stop`, once at start and then whenever the schedule says so.
pub(super) async fn run(app: App, schedule: cron::Schedule, stop: CancellationToken) {
    loop {
        let blocking = app.clone();
        match tokio::task::spawn_blocking(move || step(&blocking)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(error = &error as &dyn std::error::Error, "upkeep failed"),
            Err(panic) => tracing::error!(%panic, "upkeep panicked"),
        }
        let now = Utc::now();
        let wait = schedule
            .after(&now)
            .next()
            .and_then(|next| (next - now).to_std().ok())
            .unwrap_or(Duration::from_secs(86_400));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// One round.
///
/// # Errors
/// A failure of the store; what was erased before it stays erased.
pub fn step(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    for (partner, before) in app.store.read_blocking(|reader| retention_limits(reader, now))? {
        while erase_batch(app, partner, before)? == ERASE_BATCH {}
    }
    erase_identities(app)?;
    let unused = app
        .store
        .keep(|tx| Ok::<_, StoreError>((tx.delete_unused_photos()?, Vec::new())))?;
    remove_files(app, &unused);
    app.store.keep(|tx| {
        tx.delete_expired_sessions()?;
        tx.delete_form_drafts_before(tx.now() - TimeDelta::days(form_drafts::KEPT_DAYS))?;
        Ok::<_, StoreError>(((), Vec::new()))
    })
}

/// For each partner the instant before which an unmatched listing is due: the newest letter's retention counts.
fn retention_limits(reader: &crate::store::Reader<'_>, now: Timestamp) -> Result<Vec<(PartnerId, Timestamp)>, StoreError> {
    let mut limits = Vec::new();
    for partner in reader.partners()? {
        let letters = reader.letters_of(partner.id)?;
        let days = letters
            .first()
            .map_or(RETENTION_DAYS_DEFAULT, |letter| letter.terms.retention_days);
        limits.push((partner.id, now - TimeDelta::days(i64::from(days))));
    }
    Ok(limits)
}

fn erase_batch(app: &App, partner: PartnerId, before: Timestamp) -> Result<usize, StoreError> {
    app.store.keep(move |tx| {
        let erased = tx.erase_unmatched_listings(partner, before, ERASE_BATCH)?;
        let act = Act::new(Actor::Service, Action::ListingsErased, SubjectKind::Partner.with(partner.0))
            .with_detail(json!({ "listings": erased, "unchanged_since_before": before }));
        Ok((erased, if erased > 0 { vec![act] } else { Vec::new() }))
    })
}

/// Erases the identities whose letter's retention is over since the partner answered.
fn erase_identities(app: &App) -> Result<(), StoreError> {
    app.store.keep(|tx| {
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

/// Removes files whose rows are gone. A photo that was received again in between keeps its file.
fn remove_files(app: &App, hashes: &[ContentHash]) {
    for hash in hashes {
        let held = app
            .store
            .read_blocking(|reader| reader.photo(*hash))
            .is_ok_and(|photo| photo.is_some());
        if !held && let Err(error) = app.photo_files.remove(*hash) {
            tracing::warn!(%error, photo = %hash, "an unused photo's file could not be removed");
        }
    }
}
