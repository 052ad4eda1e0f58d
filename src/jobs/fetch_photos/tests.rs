//! Fetching against a server of our own on the loopback.
// A closure is what makes the reader's lifetime general.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use tokio::runtime::Handle;
use url::Url;

use super::*;
use crate::domain::audit::{Action, Actor, SubjectKind};
use crate::domain::ids::PartnerId;
use crate::domain::listing::{ListingDraft, PhotoSource, PhotoState, SellerGiven};
use crate::domain::partner::Partner;
use crate::domain::photo::ContentHash;
use crate::domain::samples;
use crate::domain::time::Clock;
use crate::egress::FetchOptions;
use crate::intake::{FeedKey, IntakeOptions, Push, SellerKeys};
use crate::store::PhotoFiles;

mod shares;

fn picture() -> Vec<u8> {
    named_picture("i-001-1.jpg")
}

fn named_picture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/photos");
    std::fs::read(folder.join(name)).unwrap()
}

/// Answers `/photo` and `/second` with a picture, `/text` with none, `/busy` with 503 and a pause, `/never` not at all, all else
/// with 404.
fn serve(host: &str) -> SocketAddr {
    let listener = TcpListener::bind((host, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut unanswered = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let request = lines.next().unwrap().unwrap();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let path = request.split(' ').nth(1).unwrap();
            let (status, body) = match path.split('?').next().unwrap() {
                "/photo" => ("200 OK", picture()),
                "/second" => ("200 OK", named_picture("i-002-1.jpg")),
                "/never" => {
                    unanswered.push(stream);
                    continue;
                }
                "/text" => ("200 OK", b"no picture".to_vec()),
                "/busy" => ("503 Busy\r\nRetry-After: 3600", Vec::new()),
                _ => ("404 Not Found", Vec::new()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            // A client that has gone away is no failure of the test.
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).ok();
        }
    });
    address
}

struct World {
    _directory: tempfile::TempDir,
    store: Store,
    intake: Intake,
    fetcher: GuardedFetcher,
    clock: Clock,
    partner: PartnerId,
    server: SocketAddr,
    /// Another host.
    other: SocketAddr,
}

async fn world(photo_hosts: &[&str]) -> World {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let store = Store::open(&directory.path().join("db"), clock.clone()).unwrap();
    let files = PhotoFiles::open(&directory.path().join("photos")).unwrap();
    let now = clock.now();
    let partner = Partner {
        photo_hosts: photo_hosts.iter().map(ToString::to_string).collect(),
        ..samples::nordlys(now)
    };
    let letter = samples::letter(partner.id, now - TimeDelta::days(1), now + TimeDelta::days(30));
    let id = partner.id;
    let act = Act::new(Actor::CommandLine, Action::PartnerChanged, SubjectKind::Partner.with(id.0));
    store
        .act(act, move |tx| {
            tx.insert_partner(&partner)?;
            tx.insert_letter(&letter)
        })
        .await
        .unwrap();
    let (server, other) = (serve("127.0.0.1"), serve("127.0.0.3"));
    let options = FetchOptions {
        exempt: [server, other].map(|address| address.to_string().parse().unwrap()).to_vec(),
        ..FetchOptions::default()
    };
    World {
        intake: Intake::new(
            store.clone(),
            files,
            (SellerKeys::new([1; 32]), FeedKey::new([2; 32])),
            IntakeOptions::default(),
            Handle::current(),
        ),
        fetcher: GuardedFetcher::new(options).unwrap(),
        _directory: directory,
        store,
        clock,
        partner: id,
        server,
        other,
    }
}

impl World {
    async fn offer(&self, photos: &[(String, Option<ContentHash>)]) {
        self.offer_of(self.partner, "A-1", photos).await;
    }

    async fn offer_of(&self, partner: PartnerId, reference: &str, photos: &[(String, Option<ContentHash>)]) {
        let sources = photos.iter().map(|(url, sha256)| PhotoSource {
            url: Some(url.parse::<Url>().unwrap()),
            path: None,
            sha256: *sha256,
        });
        let draft = ListingDraft::<SellerGiven> {
            reference: reference.to_owned(),
            url: None,
            description: Default::default(),
            price: None,
            no_photos: false,
            photos: sources.collect(),
            seller: None,
            place: Default::default(),
            posted_at: None,
            ends_at: None,
            status: Default::default(),
        };
        let push = Push {
            drafts: vec![draft],
            rejected: Vec::new(),
            rejected_count: 0,
            notes: Vec::new(),
            quarantined: Vec::new(),
            size_bytes: 1,
            sha256: ContentHash::of(b"x"),
            key: None,
            feed: None,
        };
        self.intake.push_listings(Actor::CommandLine, partner, push).await.unwrap();
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server)
    }

    fn queues(&self) -> Queues {
        Queues::new(self.store.clone(), self.intake.clone(), self.fetcher.clone())
    }

    /// A turn of each host that has something due, to its end.
    async fn round(&self) {
        let mut queues = self.queues();
        queues.start().await.unwrap();
        while queues.under_way() > 0 {
            queues.ended().await;
        }
    }

    fn photos(&self) -> std::path::PathBuf {
        self._directory.path().join("photos")
    }

    fn states(&self) -> Vec<PhotoState> {
        let listing = self
            .store
            .read_blocking(|reader| reader.listing_by_reference(self.partner, "A-1"))
            .unwrap();
        listing.unwrap().photos.into_iter().map(|photo| photo.state).collect()
    }

    fn waiting(&self) -> u64 {
        self.store.read_blocking(|reader| reader.count_effects()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_photo_is_held_or_failed_for_its_own_reason() {
    let world = world(&[]).await;
    let right = ContentHash::of(&picture());
    world
        .offer(&[
            (world.url("/photo"), Some(right)),
            (world.url("/photo"), Some(ContentHash::of(b"other"))),
            (world.url("/text"), None),
            (world.url("/gone"), None),
            ("http://127.0.0.2/photo".to_owned(), None),
        ])
        .await;
    world.round().await;
    let failed = |state: &PhotoState, word: &str| matches!(state, PhotoState::Failed { error } if error.contains(word));
    let states = world.states();
    assert_eq!(states[0], PhotoState::Held { sha256: right });
    for (at, word) in [(1, "SHA-256"), (2, "JPEG"), (3, "404"), (4, "not a public address")] {
        assert!(failed(&states[at], word), "{at}: {:?}", states[at]);
    }
    assert_eq!(world.waiting(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partners_hosts_are_held_to() {
    let world = world(&["photos.example"]).await;
    world.offer(&[(world.url("/photo"), None)]).await;
    world.round().await;
    assert!(matches!(&world.states()[0], PhotoState::Failed { error } if error.contains("list of hosts")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_host_is_asked_again_when_it_wishes_and_given_up_in_the_end() {
    let world = world(&[]).await;
    world.offer(&[(world.url("/busy"), None)]).await;
    for tries in 1..TRIES_MAX {
        world.round().await;
        assert!(
            matches!(&world.states()[0], PhotoState::Pending { attempts, error: Some(error) }
            if *attempts == tries && error.contains("503")),
            "{tries}: {:?}",
            world.states()[0]
        );
        world.clock.advance(TimeDelta::minutes(59));
        world.round().await;
        assert!(
            matches!(&world.states()[0], PhotoState::Pending { attempts, .. } if *attempts == tries),
            "not before its time"
        );
        world.clock.advance(TimeDelta::hours(8));
    }
    world.round().await;
    assert!(matches!(&world.states()[0], PhotoState::Failed { .. }));
    assert_eq!(world.waiting(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_letter_nothing_is_asked_and_no_try_is_counted() {
    let world = world(&[]).await;
    // Fetching would fail for good.
    world.offer(&[(world.url("/gone"), None)]).await;
    world.clock.advance(TimeDelta::days(60));
    for _ in 0..2 * TRIES_MAX {
        world.round().await;
        assert!(
            matches!(&world.states()[0], PhotoState::Pending { attempts: 0, error: Some(error) } if error.contains("letter"))
        );
        world.clock.advance(TimeDelta::hours(1));
    }
    assert_eq!(world.waiting(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_tried_again_when_the_listing_changes() {
    let world = world(&[]).await;
    world.offer(&[(world.url("/gone"), None)]).await;
    world.round().await;
    assert!(matches!(&world.states()[0], PhotoState::Failed { .. }));
    world.offer(&[(world.url("/gone"), None), (world.url("/photo"), None)]).await;
    assert!(matches!(&world.states()[0], PhotoState::Pending { attempts: 0, .. }));
    world.round().await;
    assert!(matches!(&world.states()[0], PhotoState::Failed { .. }));
    assert!(matches!(&world.states()[1], PhotoState::Held { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_never_answers_holds_up_nobody_else() {
    let world = world(&[]).await;
    let never = format!("http://{}/never", world.other);
    world.offer(&[(never.clone(), None), (world.url("/photo"), None)]).await;
    let held = |world: &World| {
        let states = world.states().into_iter();
        states.filter(|state| matches!(state, PhotoState::Held { .. })).count()
    };
    let mut queues = world.queues();
    queues.start().await.unwrap();
    assert_eq!(queues.under_way(), 2);
    queues.ended().await;
    assert_eq!((held(&world), queues.under_way()), (1, 1));
    // What comes later is fetched while the other still hangs, and the other is not asked twice.
    world
        .offer(&[(never, None), (world.url("/photo"), None), (world.url("/second"), None)])
        .await;
    queues.start().await.unwrap();
    assert_eq!(queues.under_way(), 2);
    queues.ended().await;
    assert_eq!((held(&world), queues.under_way()), (2, 1));
    assert!(matches!(&world.states()[0], PhotoState::Pending { attempts: 0, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_fails_on_our_side_waits_and_the_others_come() {
    let world = world(&[]).await;
    let (broken, whole) = (ContentHash::of(&picture()), ContentHash::of(&named_picture("i-002-1.jpg")));
    assert_ne!(broken.0[0], whole.0[0], "two folders");
    // A file where the folder of the first should be.
    let obstacle = world.photos().join(&broken.to_string()[..2]);
    std::fs::write(&obstacle, "x").unwrap();
    world
        .offer(&[(world.url("/photo"), None), (world.url("/second"), None)])
        .await;
    world.round().await;
    let states = world.states();
    assert!(
        matches!(
            &states[0],
            PhotoState::Pending {
                attempts: 0,
                error: None
            }
        ),
        "{states:?}"
    );
    assert_eq!(states[1], PhotoState::Held { sha256: whole });
    let now = world.clock.now();
    assert!(
        world
            .store
            .read_blocking(|reader| reader.due_lanes(Lanes::Hosts, now))
            .unwrap()
            .is_empty(),
        "put off"
    );
    std::fs::remove_file(&obstacle).unwrap();
    world.clock.advance(TimeDelta::minutes(1));
    world.round().await;
    assert_eq!(world.states()[0], PhotoState::Held { sha256: broken });
    assert_eq!(world.waiting(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_from_before_there_were_lanes_are_served() {
    let world = world(&[]).await;
    world.offer(&[(world.url("/photo"), None)]).await;
    let partner = world.partner;
    let moved = world.store.keep(move |tx| {
        let now = tx.now();
        for due in tx.due_in_lane(&format!("127.0.0.1 {partner}"), now, 10)? {
            tx.move_effect(due.id, "")?;
        }
        Ok::<_, StoreError>(((), Vec::new()))
    });
    moved.unwrap();
    world.round().await;
    assert!(matches!(&world.states()[0], PhotoState::Held { .. }));
    assert_eq!(world.waiting(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_beyond_a_hosts_turn_come_in_its_next() {
    let world = world(&[]).await;
    let photos: Vec<_> = (0..40).map(|n| (world.url(&format!("/photo?{n}")), None)).collect();
    world.offer(&photos).await;
    world.round().await;
    let held = |world: &World| {
        let states = world.states().into_iter();
        states.filter(|state| matches!(state, PhotoState::Held { .. })).count()
    };
    assert_eq!(held(&world), PHOTOS_A_TURN);
    world.clock.advance(TimeDelta::seconds(1));
    world.round().await;
    assert_eq!(held(&world), 40);
}

#[test]
fn waits_grow_to_six_hours_and_honour_the_servers_wish() {
    let wait = |tries, pause, chance| retry_after(tries, pause, chance).num_milliseconds();
    assert_eq!(wait(1, None, 0.5), 5_000);
    assert_eq!(wait(2, None, 0.5), 20_000);
    assert_eq!(wait(3, None, 0.5), 80_000);
    for tries in 1..40 {
        for chance in [0.0, 0.5, 1.0] {
            let ms = wait(tries, None, chance);
            assert!((4_000..=RETRY_MS_MAX).contains(&ms), "{tries}: {ms}");
            assert!(wait(tries + 1, None, chance) >= ms);
        }
    }
    assert_eq!(wait(1, Some(86_400), 0.0), 86_400_000);
}
