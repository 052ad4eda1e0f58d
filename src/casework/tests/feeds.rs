//! Feeds that fall silent and are heard again.

use chrono::TimeDelta;

use crate::casework::feed_health::{self, PartnerHealth};
use crate::casework::{Casework, SealKey};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::feed::{Arrival, Feed, FeedSettings};
use crate::domain::ids::{FeedId, PartnerId, WebhookId};
use crate::domain::notification::{EventKind, Holder, Webhook, WebhookState};
use crate::domain::partner::Letter;
use crate::domain::rhythm::Standing;
use crate::domain::samples;
use crate::domain::time::Clock;
use crate::store::{AuditFilter, Store, StoreError, Tx};

struct World {
    store: Store,
    casework: Casework,
    clock: Clock,
    partner: PartnerId,
    _directory: tempfile::TempDir,
}

impl World {
    /// A partner whose letter holds for so many days.
    fn new(days: i64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let store = Store::open(&directory.path().join("db"), clock.clone()).unwrap();
        let now = clock.now();
        let partner = samples::nordlys(now);
        let letter: Letter = samples::letter(partner.id, now - TimeDelta::days(1), now + TimeDelta::days(days));
        let world = Self {
            casework: Casework::new(store.clone(), SealKey::new([3; 32])),
            store,
            clock,
            partner: partner.id,
            _directory: directory,
        };
        world.change(move |tx| {
            tx.insert_partner(&partner)?;
            tx.insert_letter(&letter)
        });
        world
    }

    fn change(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static) {
        let act = Act::new(Actor::Service, Action::DemoLoaded, SubjectKind::Service.all());
        self.store
            .act_with_blocking(move |tx| Ok::<_, StoreError>((work(tx)?, vec![act])))
            .unwrap();
    }

    fn arrives(&self, feed: Option<FeedId>) {
        let partner = self.partner;
        let arrival = Arrival {
            accepted: 2,
            unchanged: 3,
            rejected: 1,
            delay: Some(TimeDelta::minutes(4)),
        };
        self.change(move |tx| tx.note_arrival(partner, feed, &arrival));
    }

    /// Something arrives each night.
    fn nights(&self, nights: usize, feed: Option<FeedId>) {
        for _ in 0..nights {
            self.clock.advance(TimeDelta::days(1));
            self.arrives(feed);
        }
    }

    fn health(&self) -> PartnerHealth {
        let (partner, now) = (self.partner, self.clock.now());
        let health = self
            .store
            .read_blocking(|reader| feed_health::of_partner(reader, partner, now));
        health.unwrap_or_else(|error: StoreError| panic!("{error}"))
    }

    fn logged(&self, action: Action) -> usize {
        let filter = AuditFilter {
            limit: 1_000,
            ..AuditFilter::default()
        };
        let entries = self.store.read_blocking(|reader| reader.audit_entries(&filter));
        let entries = entries.unwrap_or_else(|error: StoreError| panic!("{error}"));
        entries.iter().filter(|entry| entry.action == action).count()
    }
}

#[test]
fn a_silence_is_noticed_once_and_ends_by_itself() {
    let world = World::new(400);
    assert!(world.health().streams.is_empty());
    world.arrives(None);
    assert_eq!(world.health().streams[0].standing, Standing::Learning);
    world.nights(20, None);
    assert_eq!(world.casework.notice_silences().unwrap(), 0);
    world.clock.advance(TimeDelta::hours(40));
    assert_eq!(world.casework.notice_silences().unwrap(), 1);
    assert_eq!(world.casework.notice_silences().unwrap(), 1, "it lasts");
    assert_eq!(
        (world.logged(Action::FeedSilent), world.logged(Action::FeedHeardAgain)),
        (1, 0)
    );
    let stream = &world.health().streams[0];
    let expected = stream.silent().unwrap();
    assert_eq!(
        (expected.since, expected.usual),
        (stream.last_at.unwrap(), TimeDelta::days(1))
    );
    assert_eq!(stream.silences.len(), 1);
    world.arrives(None);
    assert_eq!(world.casework.notice_silences().unwrap(), 0);
    assert_eq!(
        (world.logged(Action::FeedSilent), world.logged(Action::FeedHeardAgain)),
        (1, 1)
    );
    assert!(world.health().streams[0].silences[0].ended_at.is_some());
}

#[test]
fn the_partner_and_the_force_are_told_of_a_silence() {
    let world = World::new(400);
    let holders = [Holder::Force, Holder::Partner(world.partner)];
    for (number, holder) in (1..).zip(holders) {
        let endpoint = Webhook {
            id: WebhookId(uuid::Uuid::from_u128(number)),
            holder,
            url: "https://hooks.example/".parse().unwrap(),
            events: vec![EventKind::FeedSilent, EventKind::FeedHeardAgain],
            state: WebhookState::On,
            secret_sealed: vec![1],
            former: None,
            failures: 0,
            rest_until: None,
            succeeded_at: None,
            created_at: world.clock.now(),
        };
        world.change(move |tx| tx.save_webhook(&endpoint));
    }
    world.nights(20, None);
    world.clock.advance(TimeDelta::hours(40));
    world.casework.notice_silences().unwrap();
    world.casework.notice_silences().unwrap();
    world.arrives(None);
    world.casework.notice_silences().unwrap();
    for holder in holders {
        let told = world
            .store
            .read_blocking(|reader| reader.messages_of(holder.partner(), None, None, 10));
        let mut told: Vec<EventKind> = told.unwrap().into_iter().map(|message| message.event).collect();
        told.sort_by_key(|kind| kind.word());
        assert_eq!(told, [EventKind::FeedHeardAgain, EventKind::FeedSilent], "{holder:?}");
    }
}

#[test]
fn each_feed_has_its_own_rhythm_and_is_forgotten_with_it() {
    let world = World::new(400);
    let (partner, now) = (world.partner, world.clock.now());
    let feed = Feed {
        id: FeedId::generate(now),
        partner,
        name: "lots".parse().unwrap(),
        settings: FeedSettings {
            format: "csv".to_owned(),
            mapping: Default::default(),
            pull: None,
        },
        created_at: now,
        updated_at: now,
    };
    let id = feed.id;
    world.change(move |tx| tx.save_feed(&feed));
    for _ in 0..20 {
        world.nights(1, Some(id));
        world.arrives(None);
    }
    world.clock.advance(TimeDelta::hours(40));
    world.arrives(None);
    assert_eq!(world.casework.notice_silences().unwrap(), 1);
    let health = world.health();
    let standings: Vec<bool> = health.streams.iter().map(|stream| stream.silent().is_some()).collect();
    assert_eq!(standings, [false, true], "the feed, and not what is pushed beside it");
    // The figures of a week, in whole hours.
    let figures = health.streams[1].figures;
    assert_eq!(figures.delay, Some(TimeDelta::minutes(4)));
    assert_eq!(
        (figures.accepted / 2, figures.unchanged / 3),
        (figures.rejected, figures.rejected)
    );
    assert!((5..=7).contains(&figures.rejected), "{figures:?}");
    world.change(move |tx| tx.delete_feed(id));
    assert_eq!(world.casework.notice_silences().unwrap(), 0);
    assert_eq!(world.health().streams.len(), 1);
}

#[test]
fn without_a_letter_nothing_is_expected_and_its_end_is_warned_of() {
    let world = World::new(30);
    world.nights(20, None);
    let end = world.health().letter_ends.expect("it ends in ten days");
    assert!(end > world.clock.now());
    world.clock.advance(TimeDelta::days(11));
    assert_eq!(world.casework.notice_silences().unwrap(), 0);
    assert_eq!((world.health().letter_ends, world.health().streams[0].silent()), (None, None));
}

#[test]
fn a_letter_that_follows_takes_the_warning_away() {
    let world = World::new(30);
    let (partner, now) = (world.partner, world.clock.now());
    let next = samples::letter(partner, now + TimeDelta::days(29), now + TimeDelta::days(400));
    assert!(world.health().letter_ends.is_some());
    world.change(move |tx| tx.insert_letter(&next));
    assert_eq!(world.health().letter_ends, None);
}
