//! What must hold of the store whatever its callers do.

use proptest::prelude::*;
use replevin_index::Sequence;
use rusqlite::Connection;
use serde_json::json;

use super::*;
use crate::domain::account::{Account, Role};
use crate::domain::audit::{Action, Actor, SubjectKind};
use crate::domain::description::Description;
use crate::domain::ids::{AccountId, DeliveryId, ListingId, PartnerId};
use crate::domain::listing::{Delivery, ListingDraft, ListingStatus, PhotoSource, Seller};
use crate::domain::photo::ContentHash;
use crate::domain::place::Place;
use crate::domain::samples;

mod giving_way;

fn open() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("replevin.sqlite"), Clock::system()).unwrap();
    (directory, store)
}

fn act(action: Action) -> Act {
    Act::new(Actor::CommandLine, action, SubjectKind::Service.all())
}

fn account(store: &Store, email: &str) -> Account {
    Account {
        id: AccountId::generate(store.clock().now()),
        email: email.parse().unwrap(),
        name: "Mette".to_owned(),
        role: Role::Owner,
        partner: None,
        enabled: true,
        password_change_due: false,
        created_at: store.clock().now(),
    }
}

fn enter(store: &Store, account: Account) -> Result<(), StoreError> {
    store.act_with_blocking(move |tx| {
        tx.insert_account(&account, None)?;
        Ok(((), vec![act(Action::AccountCreated)]))
    })
}

fn draft(reference: &str, title: &str, photos: &[&str]) -> ListingDraft<Seller> {
    ListingDraft {
        reference: reference.to_owned(),
        url: None,
        description: Description {
            title: title.to_owned(),
            ..Description::default()
        },
        price: None,
        no_photos: false,
        photos: photos
            .iter()
            .map(|url| PhotoSource {
                url: Some(url.parse().unwrap()),
                path: None,
                sha256: None,
            })
            .collect(),
        seller: None,
        place: Place::default(),
        posted_at: None,
        ends_at: None,
        status: ListingStatus::Active,
    }
}

fn partner(store: &Store) -> PartnerId {
    let now = store.clock().now();
    let partner = samples::nordlys(now);
    let id = partner.id;
    store
        .act_with_blocking(move |tx| {
            tx.insert_partner(&partner)?;
            Ok::<_, StoreError>(((), vec![act(Action::PartnerChanged)]))
        })
        .unwrap();
    id
}

fn push(store: &Store, partner: PartnerId, drafts: Vec<ListingDraft<Seller>>) -> Vec<Upserted> {
    store
        .act_with_blocking(move |tx| {
            let delivery = Delivery {
                id: DeliveryId::generate(tx.now()),
                partner,
                received_at: tx.now(),
                size_bytes: 0,
                sha256: ContentHash::of(b""),
                accepted: 0,
                unchanged: 0,
                remaining: 0,
                rejected_count: 0,
                rejected: Vec::new(),
                notes: Vec::new(),
            };
            tx.insert_delivery(&delivery)?;
            let upserted = drafts
                .iter()
                .map(|draft| tx.upsert_listing(partner, draft, delivery.id))
                .collect::<Result<_, _>>()?;
            Ok::<_, StoreError>((upserted, vec![act(Action::ListingsPushed)]))
        })
        .unwrap()
}

#[test]
fn an_act_and_its_entry_are_written_together_or_not_at_all() {
    let (_directory, store) = open();
    enter(&store, account(&store, "mette@owners.example")).unwrap();
    let taken = enter(&store, account(&store, "mette@owners.example"));
    assert!(matches!(taken, Err(StoreError::Exists { .. })), "{taken:?}");
    let silent = store.act_with_blocking(|tx| {
        tx.insert_account(&account_named(tx, "silent@owners.example"), None)?;
        Ok::<_, StoreError>(((), Vec::new()))
    });
    assert!(matches!(silent, Err(StoreError::Unlogged)));
    let (accounts, checkpoint) = store
        .read_blocking(|reader| Ok::<_, StoreError>((reader.accounts(None)?, reader.checkpoint()?)))
        .unwrap();
    assert_eq!((accounts.len(), checkpoint.entries), (1, 1));
}

fn account_named(tx: &Tx<'_>, email: &str) -> Account {
    Account {
        id: AccountId::generate(tx.now()),
        email: email.parse().unwrap(),
        name: String::new(),
        role: Role::Owner,
        partner: None,
        enabled: true,
        password_change_due: false,
        created_at: tx.now(),
    }
}

#[test]
fn work_that_panics_is_undone_and_the_writer_goes_on() {
    let (_directory, store) = open();
    let fallen = store.act_with_blocking(|tx| -> Result<((), Vec<Act>), StoreError> {
        tx.insert_account(&account_named(tx, "gone@owners.example"), None)?;
        panic!("on purpose");
    });
    assert!(matches!(fallen, Err(StoreError::Stopped)));
    enter(&store, account(&store, "here@owners.example")).unwrap();
    let accounts = store.read_blocking(|reader| reader.accounts(None)).unwrap();
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0].email.as_str(), "here@owners.example");
}

#[test]
fn the_same_record_again_changes_nothing() {
    let (_directory, store) = open();
    let partner = partner(&store);
    let first = push(&store, partner, vec![draft("A-1", "Cykel", &[])]);
    let Upserted::New(id) = first[0] else { panic!("{first:?}") };
    let before = store.read_blocking(|reader| reader.last_change()).unwrap();
    assert_eq!(
        push(&store, partner, vec![draft("A-1", "Cykel", &[])]),
        [Upserted::Unchanged(id)]
    );
    assert_eq!(store.read_blocking(|reader| reader.last_change()).unwrap(), before);
    assert_eq!(
        push(&store, partner, vec![draft("A-1", "Cykel, rød", &[])]),
        [Upserted::Changed(id)]
    );
    let revisions = store.read_blocking(|reader| reader.listing_revisions(id)).unwrap();
    assert_eq!(revisions.iter().map(|revision| revision.number).collect::<Vec<_>>(), [2, 1]);
    let changes = store.read_blocking(|reader| reader.changes_after(Sequence(0), 10)).unwrap();
    assert_eq!(changes.len(), 1, "the earlier change of the same listing is superfluous");
    assert!(changes[0].sequence > before);
}

#[test]
fn photos_are_asked_for_once_and_follow_the_revision() {
    let (_directory, store) = open();
    let partner = partner(&store);
    let first = push(
        &store,
        partner,
        vec![draft("A-1", "Cykel", &["https://a.example/1.jpg", "https://a.example/2.jpg"])],
    );
    let Upserted::New(id) = first[0] else { panic!("{first:?}") };
    push(
        &store,
        partner,
        vec![draft("A-1", "Cykel", &["https://a.example/1.jpg", "https://a.example/3.jpg"])],
    );
    let listing = store.read_blocking(|reader| reader.listing(id)).unwrap().unwrap();
    let urls: Vec<_> = listing
        .photos
        .iter()
        .map(|photo| photo.url.as_ref().unwrap().path().to_owned())
        .collect();
    assert_eq!(urls, ["/1.jpg", "/3.jpg"]);
    let due = store
        .read_blocking(|reader| reader.due_in_lane(&format!("a.example {partner}"), store.clock().now(), 10))
        .unwrap();
    assert_eq!(due.len(), 3, "two at first, one for the photo that changed");
    push(&store, partner, vec![draft("A-1", "Cykel", &["https://a.example/1.jpg"])]);
    assert_eq!(store.read_blocking(|reader| reader.photo_task(id, 2)).unwrap(), None);
}

#[test]
fn photos_that_are_still_tried_are_told_beside_those_given_up() {
    let (_directory, store) = open();
    let partner = partner(&store);
    let pushed = push(
        &store,
        partner,
        vec![
            draft("A-1", "Ring", &["https://a.example/1", "https://a.example/2"]),
            draft("A-2", "Ur", &["https://a.example/3"]),
        ],
    );
    let [one, two] = [pushed[0].listing(), pushed[1].listing()];
    let failed = store.keep(move |tx| {
        tx.note_photo_failure(one, 1, "answered 503", false)?;
        tx.note_photo_failure(two, 1, "answered 503", true)?;
        Ok::<_, StoreError>(((), Vec::<Act>::new()))
    });
    failed.unwrap();
    let told = store.read_blocking(|reader| reader.photos_failing(partner, 10)).unwrap();
    let told: Vec<(&str, u64, u64)> = told
        .iter()
        .map(|one| (one.reason.as_str(), one.photos, one.retried))
        .collect();
    assert_eq!(told, [("answered 503", 2, 1)]);
}

#[test]
fn a_database_from_a_newer_program_is_refused_untouched() {
    let (directory, store) = open();
    store.close();
    let path = directory.path().join("replevin.sqlite");
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    assert!(matches!(
        Store::open(&path, Clock::system()),
        Err(StoreError::Newer { found: 99, .. })
    ));
}

#[test]
fn a_backup_is_whole_and_reads_alike() {
    let (directory, store) = open();
    let partner = partner(&store);
    push(
        &store,
        partner,
        (0..50).map(|n| draft(&format!("A-{n}"), "Cykel", &[])).collect(),
    );
    let target = directory.path().join("copy.sqlite");
    store.backup(&target).unwrap();
    let copy = Store::open(&target, Clock::system()).unwrap();
    let ids = |store: &Store| store.read_blocking(|reader| reader.listing_ids()).unwrap();
    assert_eq!(ids(&copy), ids(&store));
    assert!(copy.read_blocking(|reader| reader.verify_audit_log(&[])).unwrap().is_ok());
}

/// A way to tamper with the log, behind the program's back.
#[derive(Debug, Clone)]
enum Tampering {
    Detail(u64),
    Actor(u64),
    Time(u64),
    Purpose(u64),
    Delete(u64),
    Swap(u64),
    Truncate(u64),
}

fn tampering() -> impl Strategy<Value = Tampering> {
    (1_u64..=12, 0_usize..7).prop_map(|(number, way)| match way {
        0 => Tampering::Detail(number),
        1 => Tampering::Actor(number),
        2 => Tampering::Time(number),
        3 => Tampering::Purpose(number),
        4 => Tampering::Delete(number),
        5 => Tampering::Swap(number.min(11)),
        _ => Tampering::Truncate(number),
    })
}

impl Tampering {
    fn do_it(&self, connection: &Connection) {
        let statement = match self {
            Self::Detail(n) => format!("UPDATE audit_entries SET detail = '{{\"n\":-1}}' WHERE number = {n}"),
            Self::Actor(n) => format!("UPDATE audit_entries SET actor = '{{\"kind\":\"service\"}}' WHERE number = {n}"),
            Self::Time(n) => format!("UPDATE audit_entries SET at = at + 1 WHERE number = {n}"),
            Self::Purpose(n) => format!("UPDATE audit_entries SET purpose_case = 'x', purpose_reason = 'y' WHERE number = {n}"),
            Self::Delete(n) => format!("DELETE FROM audit_entries WHERE number = {n}"),
            Self::Swap(n) => format!(
                "UPDATE audit_entries SET number = -1 WHERE number = {n};
                 UPDATE audit_entries SET number = {n} WHERE number = {n} + 1;
                 UPDATE audit_entries SET number = {n} + 1 WHERE number = -1"
            ),
            Self::Truncate(n) => format!("DELETE FROM audit_entries WHERE number >= {n}"),
        };
        connection
            .execute_batch("DROP TRIGGER audit_entries_stay; DROP TRIGGER audit_entries_remain;")
            .and_then(|()| connection.execute_batch(&statement))
            .unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_tampering_with_the_log_is_found(tampering in tampering()) {
        let (directory, store) = open();
        for n in 0..12 {
            let entry = act(Action::AuditConsulted).with_detail(json!({ "n": n, "a": "ø" }));
            store.act_with_blocking(move |_| Ok::<_, StoreError>(((), vec![entry]))).unwrap();
        }
        let checkpoint = store.read_blocking(|reader| reader.checkpoint()).unwrap();
        prop_assert_eq!(store.read_blocking(|reader| reader.verify_audit_log(&[checkpoint])).unwrap(), Ok(checkpoint));
        store.close();
        let path = directory.path().join("replevin.sqlite");
        tampering.do_it(&Connection::open(&path).unwrap());
        let store = Store::open(&path, Clock::system()).unwrap();
        let found = store.read_blocking(|reader| reader.verify_audit_log(&[checkpoint])).unwrap();
        prop_assert!(found.is_err(), "{:?} was not found", tampering);
    }
}

#[test]
fn only_work_that_changes_rows_wakes_those_who_wait() {
    let (_directory, store) = open();
    let mut commits = store.commits();
    commits.mark_unchanged();
    store
        .keep(|tx| Ok::<_, StoreError>((tx.delete_sessions_expired_before(tx.now())?, Vec::new())))
        .unwrap();
    assert!(!commits.has_changed().unwrap());
    enter(&store, account(&store, "mette@owners.example")).unwrap();
    assert!(commits.has_changed().unwrap());
}

#[test]
fn writes_from_many_threads_all_count() {
    let (_directory, store) = open();
    let partner = partner(&store);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = store.clone();
            scope.spawn(move || {
                for n in 0..25 {
                    push(&store, partner, vec![draft(&format!("{thread}-{n}"), "Cykel", &[])]);
                }
            });
        }
    });
    let (ids, head): (Vec<ListingId>, _) = store
        .read_blocking(|reader| Ok::<_, StoreError>((reader.listing_ids()?, reader.verify_audit_log(&[])?)))
        .unwrap();
    assert_eq!(ids.len(), 200);
    assert_eq!(head.unwrap().entries, 201);
}
