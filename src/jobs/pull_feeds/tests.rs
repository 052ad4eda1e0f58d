//! Pulling from a server of our own on the loopback, which says what it is told to.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use metrics_exporter_prometheus::PrometheusBuilder;

use super::*;
use crate::config::{Config, FetchConfig};
use crate::domain::audit::{Action, SubjectKind};
use crate::domain::feed::FeedSettings;
use crate::domain::ids::PartnerId;
use crate::domain::listing::ListingStatus;
use crate::domain::samples;
use crate::lifecycle::Service;

mod clock;

/// What the server says next: status line with headers, and body.
type Said = Arc<Mutex<(String, Vec<u8>)>>;

fn serve(said: Said) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> = lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            let (status, body) = said.lock().unwrap().clone();
            let same =
                head.iter().any(|line| line.eq_ignore_ascii_case("if-none-match: \"same\"")) && status.contains("\"same\"");
            let (status, body) = if same {
                ("304 Not Modified".to_owned(), Vec::new())
            } else {
                (status, body)
            };
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).ok();
        }
    });
    address
}

struct World {
    _folder: tempfile::TempDir,
    service: Service,
    partner: PartnerId,
    said: Said,
}

impl World {
    /// One partner under a letter, with one whole feed in NDJSON.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let said = Said::default();
        let address = serve(Arc::clone(&said));
        let config = Config {
            data: folder.path().join("data"),
            fetch: FetchConfig {
                exempt: vec![address.clone()],
                ..FetchConfig::default()
            },
            ..Config::default()
        };
        let clock = crate::domain::time::Clock::system();
        let service = Service::open(&config, clock.clone(), PrometheusBuilder::new().build_recorder().handle()).unwrap();
        let now = clock.now();
        let partner = samples::nordlys(now);
        let id = partner.id;
        let letter = samples::letter(id, now - TimeDelta::days(1), now + TimeDelta::days(30));
        let act = Act::new(Actor::CommandLine, Action::PartnerChanged, SubjectKind::Partner.with(id.0));
        let entered = service.app.store.act(act, move |tx| {
            tx.insert_partner(&partner)?;
            tx.insert_letter(&letter)
        });
        entered.await.unwrap();
        let settings = FeedSettings {
            format: "ndjson".to_owned(),
            mapping: Default::default(),
            pull: Some(Pull {
                url: format!("http://{address}/feed").parse().unwrap(),
                schedule: "30 4 * * *".to_owned(),
                time_zone: None,
                whole: true,
                secret: None,
                headers: Default::default(),
                parts: None,
            }),
        };
        let set = service
            .app
            .intake
            .set_feed(Actor::CommandLine, id, "lots".parse().unwrap(), settings, None);
        set.await.unwrap();
        Self {
            _folder: folder,
            service,
            partner: id,
            said,
        }
    }

    fn say(&self, status: &str, body: impl Into<Vec<u8>>) {
        *self.said.lock().unwrap() = (status.to_owned(), body.into());
    }

    fn feed(&self) -> (Feed, PullState) {
        self.feed_of("lots")
    }

    fn feed_of(&self, name: &str) -> (Feed, PullState) {
        let read = self.service.app.store.read_blocking(|reader| {
            let feed = reader.feed_named(self.partner, name)?.unwrap();
            let state = reader.pull_state(feed.id)?.unwrap();
            Ok::<_, StoreError>((feed, state))
        });
        read.unwrap()
    }

    /// Pulls once, due or not, and gives the run.
    async fn pull(&self) -> PullRun {
        self.pull_of("lots").await
    }

    async fn pull_of(&self, name: &str) -> PullRun {
        let (feed, state) = self.feed_of(name);
        let pull = feed.settings.pull.clone().unwrap();
        let parts = Arc::new(Semaphore::new(1));
        let app = &self.service.app;
        turn(app, &feed, &pull, state, &parts, &CancellationToken::new())
            .await
            .unwrap();
        let runs = app.store.read_blocking(|reader| reader.pull_runs(feed.id, 1));
        runs.unwrap().remove(0)
    }

    async fn confirm(&self) {
        let name = "lots".parse().unwrap();
        let confirm = self
            .service
            .app
            .intake
            .confirm_missing(Actor::CommandLine, self.partner, name);
        confirm.await.unwrap();
    }

    /// Records in quarantine.
    fn waiting(&self) -> usize {
        let held = self
            .service
            .app
            .store
            .read_blocking(|reader| reader.quarantined(self.partner, 0, 100));
        held.unwrap().len()
    }

    fn on_sale(&self) -> usize {
        let read = self.service.app.store.read_blocking(|reader| {
            let mut count = 0;
            for n in 0..200 {
                let listing = reader.listing_by_reference(self.partner, &format!("A-{n}"))?;
                count += usize::from(listing.is_some_and(|listing| listing.draft.status == ListingStatus::Active));
            }
            Ok::<_, StoreError>(count)
        });
        read.unwrap()
    }
}

fn lines(numbers: impl Iterator<Item = usize>) -> String {
    numbers
        .map(|n| format!("{{\"id\":\"A-{n}\",\"title\":\"Ring {n}\"}}\n"))
        .collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_whole_file_does_not_name_is_withdrawn() {
    let world = World::new().await;
    world.say("200 OK\r\netag: \"same\"", gzip(&lines(0..100)));
    let first = world.pull().await;
    assert_eq!((first.outcome.as_str(), first.accepted, world.on_sale()), ("taken", 100, 100));
    assert!(world.feed().1.due_at > first.ended_at, "the schedule says when next");
    assert_eq!(world.pull().await.outcome, "unchanged", "the server was asked by its tag");

    world.say("200 OK", lines(3..100));
    let less = world.pull().await;
    assert_eq!((less.unchanged, less.withdrawn, less.held, world.on_sale()), (97, 3, 0, 97));

    world.say("200 OK", lines(50..100));
    let half = world.pull().await;
    assert_eq!((half.withdrawn, half.held, world.on_sale()), (0, 47, 97));
    assert!(half.note.contains("47 of 97"), "{}", half.note);
    world.confirm().await;
    let confirmed = world.pull().await;
    assert_eq!((confirmed.withdrawn, confirmed.held, world.on_sale()), (47, 0, 50));
    assert!(!world.feed().1.confirmed, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_feed_loses_no_more_at_once_than_a_large_one() {
    let world = World::new().await;
    world.say("200 OK", lines(0..19));
    world.pull().await;
    world.say("200 OK", lines(0..10));
    let half = world.pull().await;
    assert_eq!((half.withdrawn, half.held, world.on_sale()), (0, 9, 19));
    assert!(half.note.contains("9 of 19 listings"), "{}", half.note);
    // A fifth may go, and so may three of a few.
    world.say("200 OK", lines(0..16));
    let three = world.pull().await;
    assert_eq!((three.withdrawn, three.held, world.on_sale()), (3, 0, 16));
    world.say("200 OK", lines(0..12));
    let four = world.pull().await;
    assert_eq!((four.withdrawn, four.held, world.on_sale()), (0, 4, 16));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_is_not_missing() {
    let world = World::new().await;
    world.say("200 OK", lines(0..20));
    world.pull().await;
    let bad = "{\"id\":\"A-0\",\"title\":\"\"}\n";
    world.say("200 OK", format!("{bad}{}", lines(2..20)));
    let run = world.pull().await;
    assert_eq!(
        (run.rejected, run.withdrawn, world.on_sale()),
        (1, 1, 19),
        "A-1 alone is missing"
    );
    world.say("200 OK", format!("nonsense\n{}", lines(3..20)));
    let run = world.pull().await;
    assert_eq!(
        (run.rejected, run.withdrawn, run.held),
        (1, 0, 2),
        "the nonsense may be A-0 or A-2"
    );
    assert_eq!(world.waiting(), 1, "what the file before left is forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_withdraws_nothing_until_it_is_confirmed() {
    let world = World::new().await;
    world.say("200 OK", lines(0..5));
    world.pull().await;
    world.say("200 OK", "");
    let empty = world.pull().await;
    assert_eq!((empty.outcome.as_str(), empty.withdrawn, empty.held), ("taken", 0, 5));
    assert!(empty.note.contains("the file is empty"), "{}", empty.note);
    world.confirm().await;
    let confirmed = world.pull().await;
    assert_eq!((confirmed.withdrawn, world.on_sale()), (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_whole_file_takes_the_place_of_what_waits_of_earlier_ones() {
    let world = World::new().await;
    let bad = "{\"id\":\"A-0\",\"title\":\"\"}\n";
    for _ in 0..3 {
        world.say("200 OK", format!("{bad}{}", lines(1..20)));
        assert_eq!(world.pull().await.rejected, 1);
    }
    assert_eq!(world.waiting(), 1, "the same record does not wait three times");
    world.say("200 OK", lines(0..20));
    world.pull().await;
    assert_eq!(world.waiting(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_feed_names_is_not_missing() {
    let world = World::new().await;
    world.say("200 OK", lines(0..20));
    world.pull().await;
    let settings = world.feed().0.settings;
    let set = world
        .service
        .app
        .intake
        .set_feed(Actor::CommandLine, world.partner, "more".parse().unwrap(), settings, None);
    set.await.unwrap();
    world.say("200 OK", lines(0..1));
    assert_eq!(world.pull_of("more").await.unchanged, 1);
    world.say("200 OK", lines(2..20));
    let run = world.pull().await;
    assert_eq!(
        (run.withdrawn, world.on_sale()),
        (1, 19),
        "A-1 is gone, A-0 is in the other feed now"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_letter_is_not_fetched() {
    let world = World::new().await;
    let partner = world.partner;
    let act = Act::new(
        Actor::CommandLine,
        Action::LetterRevoked,
        SubjectKind::Partner.with(partner.0),
    );
    let revoked = world.service.app.store.act(act, move |tx| {
        let letter = tx.letters_of(partner)?.remove(0).id;
        tx.revoke_letter(letter, None)
    });
    revoked.await.unwrap();
    world.say("200 OK", lines(0..5));
    let run = world.pull().await;
    assert_eq!((run.outcome.as_str(), world.on_sale()), ("failed", 0));
    assert!(run.note.contains("letter"), "{}", run.note);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_wait_longer_each_time_and_are_told() {
    let world = World::new().await;
    world.say("503 Busy\r\nretry-after: 7200", "");
    let failed = world.pull().await;
    assert_eq!(
        (failed.outcome.as_str(), failed.note.as_str()),
        ("failed", "the server answered with status 503")
    );
    let (_, state) = world.feed();
    assert_eq!(state.failures, 1);
    assert!(state.due_at - failed.ended_at >= TimeDelta::hours(2), "as the server asked");
    world.say("200 OK", "{\"id\":\"A-0\",\"title\":\"Ring\"}\n");
    assert_eq!(world.pull().await.accepted, 1);
    assert_eq!(world.feed().1.failures, 0);
}

#[test]
fn waits_grow_to_a_limit_and_differ() {
    let waits: Vec<i64> = (1..=7).map(|failures| wait_s(failures, 0.5)).collect();
    assert_eq!(waits, [60, 240, 960, 3_840, 15_360, 21_600, 21_600]);
    assert_eq!((wait_s(1, 0.0), wait_s(1, 1.0)), (48, 72));
    assert_eq!(wait_s(u32::MAX, 0.5), 21_600);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_mapping_reads_the_unchanged_file_again() {
    let world = World::new().await;
    let set = async |change: &dyn Fn(&mut FeedSettings)| {
        let (feed, _) = world.feed();
        let mut settings = feed.settings.clone();
        change(&mut settings);
        let intake = &world.service.app.intake;
        let set = intake.set_feed(Actor::CommandLine, world.partner, feed.name.clone(), settings, None);
        set.await.unwrap();
    };
    set(&|settings| settings.format = "csv".to_owned()).await;
    world.say("200 OK\r\netag: \"same\"", "id,title\nA-0,Ring\nA-1,Ring\n");
    assert_eq!(world.pull().await.accepted, 2);
    assert_eq!(world.pull().await.outcome, "unchanged");
    set(&|settings| {
        settings
            .mapping
            .constants
            .insert("category".to_owned(), "jewellery".to_owned());
    })
    .await;
    assert!(world.feed().1.due_at <= world.service.app.clock.now(), "it is due at once");
    let again = world.pull().await;
    assert_eq!((again.outcome.as_str(), again.accepted), ("taken", 2), "{}", again.note);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_feed_fails_and_takes_nothing_down() {
    let world = World::new().await;
    world.say("200 OK", lines(0..30));
    world.pull().await;
    for (body, note) in [
        ("<!DOCTYPE html><p>We are back soon", "a web page"),
        ("\n <HTML>sorry", "a web page"),
        (
            "{\"error\":\"busy\"}\n{\"error\":\"busy\"}\n",
            "none of its 2 records could be read; line 1: ",
        ),
    ] {
        world.say("200 OK\r\netag: \"same\"", body);
        let failed = world.pull().await;
        assert_eq!(failed.outcome, "failed", "{body}");
        assert!(failed.note.contains(note), "{body}: {}", failed.note);
        let (_, state) = world.feed();
        assert!(state.failures > 0 && state.etag.is_none(), "{state:?}");
    }
    assert_eq!(world.on_sale(), 30);
}
