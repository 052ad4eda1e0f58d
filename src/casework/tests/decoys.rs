//! Decoys: what they show of a feed, and what of them is kept for how long.

use chrono::TimeDelta;
use uuid::Uuid;

use crate::casework::decoys::{end_consents, erase_texts, figures};
use crate::domain::account::{Account, Role};
use crate::domain::decoy::{CameIn, Decoy, DecoyConsent, DecoyVariant, Invention, PREFIX};
use crate::domain::ids::{AccountId, DecoyId, FeedId, PartnerId};
use crate::domain::listing::ListingDraft;
use crate::domain::samples;
use crate::domain::time::{Clock, Timestamp};
use crate::store::{Store, StoreError};

/// A decoy that came in so many minutes ago and was recognised after so many seconds.
fn decoy(number: u128, now: Timestamp, came: Option<(i64, Option<FeedId>)>, alerted_after: Option<i64>) -> Decoy {
    let mut decoy = Decoy {
        id: DecoyId(Uuid::from_u128(number)),
        partner: PartnerId(Uuid::from_u128(7)),
        reference: format!("{PREFIX}{number}"),
        variant: DecoyVariant::Numbered,
        invention: Invention::of(DecoyVariant::Numbered, 1),
        planted_at: now - TimeDelta::days(1),
        withdrawn_at: None,
        came: None,
        probability: None,
        alerted_at: None,
    };
    decoy.came = came.map(|(minutes, feed)| {
        let sent = decoy.listing();
        CameIn {
            at: now - TimeDelta::minutes(minutes),
            feed,
            draft: ListingDraft {
                reference: sent.reference,
                url: None,
                description: sent.description,
                price: sent.price,
                no_photos: false,
                photos: Vec::new(),
                seller: None,
                place: sent.place,
                posted_at: None,
                ends_at: None,
                status: sent.status,
            },
        }
    });
    let came_at = decoy.came.as_ref().map(|came| came.at);
    decoy.alerted_at = came_at
        .zip(alerted_after)
        .map(|(at, seconds)| at + TimeDelta::seconds(seconds));
    decoy
}

#[test]
fn each_stream_is_counted_by_itself() {
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let lots = Some(FeedId(Uuid::from_u128(3)));
    let mut withdrawn = decoy(9, now, None, None);
    withdrawn.withdrawn_at = Some(now);
    let decoys = [
        decoy(1, now, None, None),
        decoy(2, now, Some((60, lots)), Some(2)),
        decoy(3, now, Some((50, lots)), Some(4)),
        decoy(4, now, Some((40, lots)), Some(40)),
        decoy(5, now, Some((10, lots)), None),
        decoy(6, now, Some((9, lots)), None),
        decoy(7, now, Some((9, None)), None),
        withdrawn,
    ];
    let counted = figures(&decoys, now);
    let each: Vec<_> = (counted.iter())
        .map(|one| (one.came_by, one.planted, one.came, one.alerted, one.missed))
        .collect();
    assert_eq!(
        each,
        [(None, 1, 0, 0, 0), (Some(None), 1, 1, 0, 0), (Some(lots), 5, 5, 3, 1)],
        "what came in nine minutes ago is not missed yet"
    );
    assert_eq!(counted[2].after, Some((TimeDelta::seconds(4), TimeDelta::seconds(40))));
    let (share, (low, high)) = counted[2].recall().unwrap();
    assert!((share - 0.75).abs() < 1e-9 && low < 0.31 && high > 0.95, "{low} to {high}");
    assert_eq!(counted[1].recall(), None);
}

#[test]
fn what_came_in_is_erased_and_consents_run_out() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let store = Store::open(&directory.path().join("db"), clock.clone()).unwrap();
    let now = clock.now();
    let nordlys = samples::nordlys(now);
    let partner = nordlys.id;
    let planted = [1, 2].map(|number| Decoy {
        partner,
        ..decoy(number, now, None, None)
    });
    let sent = decoy(1, now, Some((0, None)), None).came.unwrap().draft;
    let by = account(&store);
    let consent = DecoyConsent {
        by,
        given_at: now,
        ends_at: Some(now + TimeDelta::hours(1)),
    };
    store
        .keep(move |tx| {
            tx.insert_partner(&nordlys)?;
            tx.save_decoy_consent(partner, &consent)?;
            for decoy in &planted {
                tx.insert_decoy(decoy)?;
            }
            Ok::<_, StoreError>((tx.note_decoy_came(planted[0].id, None, &sent)?, Vec::new()))
        })
        .unwrap();
    let standing = || -> Vec<bool> {
        let decoys = store.read_blocking(|reader| reader.decoys(Some(partner), 10));
        let decoys: Result<Vec<Decoy>, StoreError> = decoys;
        decoys.unwrap().iter().map(|decoy| decoy.withdrawn_at.is_none()).collect()
    };
    end_consents(&store).unwrap();
    assert_eq!(standing(), [true, true]);
    erase_texts(&store, partner, now - TimeDelta::days(2)).unwrap();
    assert_eq!(standing(), [true, true], "planted a day ago");
    for _ in 0..2 {
        erase_texts(&store, partner, now).unwrap();
    }
    assert_eq!(standing(), [true, false], "the one that came in");
    let left = store.read_blocking(|reader| reader.decoy_by_reference(partner, "decoy-1"));
    let left: Result<Option<Decoy>, StoreError> = left;
    let came = left.unwrap().unwrap().came.unwrap();
    assert_eq!(
        (came.draft.description.title.as_str(), came.draft.description.text.as_str()),
        ("", "")
    );
    clock.advance(TimeDelta::hours(2));
    end_consents(&store).unwrap();
    assert_eq!(standing(), [false, false]);
}

fn account(store: &Store) -> AccountId {
    let id = AccountId(Uuid::from_u128(5));
    let account = Account {
        id,
        email: "person@example.org".parse().unwrap(),
        name: "Person".to_owned(),
        role: Role::Owner,
        partner: None,
        enabled: true,
        password_change_due: false,
        created_at: store.clock().now(),
    };
    store
        .keep(move |tx| Ok::<_, StoreError>((tx.insert_account(&account, None)?, Vec::new())))
        .unwrap();
    id
}
