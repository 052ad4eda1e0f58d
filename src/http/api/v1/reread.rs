//! Quarantined records, read again a part at a time.

use std::sync::Arc;

use super::feeds::RetryAnswer;
use crate::app::App;
use crate::domain::audit::Actor;
use crate::domain::feed::{Feed, HeldRecord};
use crate::domain::listing::SellerKey;
use crate::feeds::{ReadOptions, kept, listing_of};
use crate::http::error::Problem;
use crate::intake::Reread;

/// Records that are read and taken in together.
const A_PART: usize = 500;

/// Reads a feed's records again, and those of no feed, under the feed's present settings.
pub(super) async fn reread(app: &App, actor: Actor, feed: Feed) -> Result<RetryAnswer, Problem> {
    let options = ReadOptions {
        mapping: Some(Arc::new(feed.settings.mapping)),
        ..ReadOptions::default()
    };
    let mut answer = RetryAnswer {
        accepted: 0,
        unchanged: 0,
        superseded: 0,
        waiting: 0,
    };
    app.intake.open_feed(actor, feed.partner).await?;
    let mut after = 0;
    loop {
        let held = app
            .store
            .read(move |reader| reader.quarantined(feed.partner, after, A_PART))
            .await?;
        let Some(last) = held.last() else { return Ok(answer) };
        after = last.number;
        let mine = held
            .into_iter()
            .filter(|held| held.quarantined.feed.is_none_or(|id| id == feed.id));
        let (mut ready, mut waiting) = (Vec::new(), 0);
        for held in mine {
            match read(&held, &options) {
                Some(record) => ready.push(record),
                None => waiting += 1,
            }
        }
        answer.waiting += waiting;
        if !ready.is_empty() {
            let outcome = app.intake.take_reread(actor, feed.partner, ready).await?;
            answer.accepted += outcome.accepted;
            answer.unchanged += outcome.unchanged;
            answer.superseded += outcome.superseded;
        }
    }
}

fn read(held: &HeldRecord, options: &ReadOptions) -> Option<Reread> {
    let content = kept::restore(held.quarantined.record.as_deref()?)?;
    let draft = listing_of(&content, options).ok().filter(|draft| !kept::is_misread(draft))?;
    let hidden = draft.seller.as_ref().and_then(|seller| kept::hidden(&seller.reference));
    let seller = match hidden {
        Some(hidden) => {
            let mut key = [0; 32];
            hex::decode_to_slice(hidden, &mut key).ok()?;
            Some(SellerKey(key))
        }
        None => None,
    };
    Some(Reread {
        number: held.number,
        received_at: held.received_at,
        draft,
        seller,
    })
}
