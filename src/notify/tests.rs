//! Messages over a real store: who may, what is sent, when again, when no more.
#![allow(clippy::unwrap_used)]

use chrono::TimeDelta;
use url::Url;
use uuid::Uuid;

use super::sending::again;
use super::*;
use crate::domain::ids::{AccountId, PartnerId, ReportId, TokenId};
use crate::domain::notification::{Event, EventKind, MessageState, WebhookState};
use crate::domain::partner::Partner;
use crate::domain::time::Clock;
use crate::egress::FetchOptions;
use crate::store::{DueEffect, Lanes};

/// Nothing listens on this port of this machine.
const DEAD: &str = "http://127.0.0.1:9/hook";

struct World {
    notify: Notify,
    store: Store,
    clock: Clock,
    administrator: Principal,
    partner: Principal,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let store = Store::open(&folder.path().join("database"), clock.clone()).unwrap();
        let options = FetchOptions {
            exempt: vec!["127.0.0.1:9".parse().unwrap()],
            ..FetchOptions::default()
        };
        let poster = GuardedFetcher::new(options).unwrap();
        let site: Url = "https://replevin.example".parse().unwrap();
        let id = PartnerId(Uuid::from_u128(7));
        let partner = Partner {
            id,
            slug: "nordlys".parse().unwrap(),
            name: "Nordlys".to_owned(),
            photo_hosts: Vec::new(),
            created_at: clock.now(),
        };
        store
            .keep(move |tx| Ok::<_, StoreError>((tx.insert_partner(&partner)?, Vec::new())))
            .unwrap();
        Self {
            notify: Notify::new(store.clone(), NotifyKey::new([3; 32]), poster, site),
            store,
            clock,
            administrator: Principal::Account {
                id: AccountId(Uuid::from_u128(1)),
                role: Role::Administrator,
                partner: None,
            },
            partner: Principal::Partner {
                id,
                token: TokenId(Uuid::from_u128(2)),
            },
            _folder: folder,
        }
    }

    async fn endpoint(&self) -> Webhook {
        let entered = self
            .notify
            .enter_webhook(&self.administrator, DEAD, vec![EventKind::ReportRaised])
            .await;
        entered.unwrap().0
    }

    fn raise(&self, n: u128) {
        let event = Event::report_raised(ReportId(Uuid::from_u128(n)));
        self.store
            .keep(move |tx| Ok::<_, StoreError>((tx.announce(&event)?, Vec::new())))
            .unwrap();
    }

    fn due(&self) -> Vec<(String, DueEffect)> {
        let now = self.clock.now();
        self.store
            .read_blocking(|reader| {
                let mut due = Vec::new();
                for lane in reader.due_lanes(Lanes::Messages, now)? {
                    let effects = reader.due_in_lane(&lane, now, 100)?;
                    due.extend(effects.into_iter().map(|effect| (lane.clone(), effect)));
                }
                Ok::<_, StoreError>(due)
            })
            .unwrap()
    }

    async fn webhook_now(&self, id: WebhookId) -> Webhook {
        self.notify.webhook(&self.administrator, id).await.unwrap()
    }
}

#[tokio::test]
async fn a_dead_endpoint_is_left_in_peace_then_given_up() {
    let world = World::new();
    let webhook = world.endpoint().await;
    world.raise(1);
    world.raise(2);
    let mut tries = 0;
    // Each round an hour later: more than the longest rest, less than the longest wait.
    for _ in 0..24 * 9 {
        if let Some((lane, effect)) = world.due().into_iter().next() {
            assert_eq!(world.notify.serve(&lane, effect).await.unwrap(), Turn::Rests);
            tries += 1;
            // Whatever else is in the lane is not tried while the endpoint rests.
            assert!(world.due().is_empty(), "after {tries} tries");
        }
        world.clock.advance(TimeDelta::hours(1));
    }
    let webhook = world.webhook_now(webhook.id).await;
    assert_eq!(webhook.state, WebhookState::Failed);
    let messages = world.notify.messages(&world.administrator, None, None, 10).await.unwrap();
    let most = messages.iter().map(|sent| sent.tries.len()).max();
    assert_eq!(most, Some(RETRIES_S.len() + 1), "a message is tried so often and no more");
    assert!(messages.iter().all(|sent| sent.message.state == MessageState::GivenUp));
    // Nothing more is sent to it until somebody switches it on.
    world.raise(3);
    assert!(world.due().is_empty());
    let (url, events) = (webhook.url.to_string(), webhook.events.clone());
    world
        .notify
        .change_webhook(&world.administrator, webhook.id, &url, events, true)
        .await
        .unwrap();
    world.raise(4);
    assert_eq!(world.due().len(), 1);
}

#[tokio::test]
async fn endpoints_belong_to_their_holder() {
    let world = World::new();
    let webhook = world.endpoint().await;
    let others = world.notify.webhook(&world.partner, webhook.id).await;
    assert!(
        matches!(others, Err(NotifyError::Store(StoreError::Missing { .. }))),
        "{others:?}"
    );
    let foreign = world
        .notify
        .enter_webhook(&world.partner, DEAD, vec![EventKind::ReportRaised])
        .await;
    assert!(
        matches!(foreign, Err(NotifyError::Invalid { field: "events", .. })),
        "{foreign:?}"
    );
    let none = world.notify.enter_webhook(&world.partner, DEAD, Vec::new()).await;
    assert!(matches!(none, Err(NotifyError::Invalid { field: "events", .. })), "{none:?}");
    for url in [
        "http://hooks.example/",
        "https://10.0.0.1/",
        "https://localhost/",
        "ftp://hooks.example/",
        "nonsense",
    ] {
        let refused = world
            .notify
            .enter_webhook(&world.partner, url, vec![EventKind::QuestionAsked])
            .await;
        assert!(
            matches!(refused, Err(NotifyError::Invalid { field: "url", .. })),
            "{url}: {refused:?}"
        );
    }
    let officer = Principal::Account {
        id: AccountId(Uuid::from_u128(9)),
        role: Role::Officer,
        partner: None,
    };
    assert!(matches!(
        world.notify.webhooks(&officer).await,
        Err(NotifyError::NotAllowed(_))
    ));
}

#[tokio::test]
async fn removing_an_endpoint_takes_what_waits_for_it() {
    let world = World::new();
    let webhook = world.endpoint().await;
    world.raise(1);
    world.notify.remove_webhook(&world.administrator, webhook.id).await.unwrap();
    assert!(world.due().is_empty());
    assert!(
        world
            .notify
            .messages(&world.administrator, None, None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

#[test]
fn waits_grow_and_heed_the_receiver() {
    let now = Clock::system().now();
    let waits: Vec<_> = (1..=10)
        .map(|failures| again(now, failures, None).map(|due| (due - now).num_seconds()))
        .collect();
    assert_eq!(waits[..3], [Some(5), Some(300), Some(1800)]);
    assert_eq!(waits[8..], [Some(86_400), None]);
    assert_eq!(again(now, 1, Some(60)).map(|due| (due - now).num_seconds()), Some(60));
}
