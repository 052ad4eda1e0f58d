//! The schedule by the clock: what comes after a pause of ours, and how a feed that fails is left alone and taken up again.
//!
//! The job itself runs; the clock is moved under it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::*;
use crate::domain::ids::FeedId;
use crate::domain::time::Clock;

/// A server that takes a moment for each answer and knows how many it gives at once.
#[derive(Clone, Default)]
struct Busy {
    /// Requests so far, by path.
    asked: Arc<Mutex<HashMap<String, usize>>>,
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    /// What it answers.
    status: Arc<Mutex<&'static str>>,
}

impl Busy {
    fn start(&self) -> SocketAddr {
        *self.status.lock().unwrap() = "200 OK";
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (server, stream) = (server.clone(), stream.unwrap());
                std::thread::spawn(move || server.answer(stream));
            }
        });
        address
    }

    fn answer(&self, mut stream: std::net::TcpStream) {
        let at_once = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(at_once, Ordering::SeqCst);
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let head: Vec<String> = lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
        let path = head[0].split(' ').nth(1).unwrap().to_owned();
        std::thread::sleep(Duration::from_millis(150));
        let body = format!("{{\"id\":\"{}\",\"title\":\"Ring\"}}\n", path.trim_start_matches('/'));
        *self.asked.lock().unwrap().entry(path).or_default() += 1;
        let status = *self.status.lock().unwrap();
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        // Before it is told, so that whoever hears of the answer finds it counted.
        self.now.fetch_sub(1, Ordering::SeqCst);
        stream.write_all(answer.as_bytes()).ok();
    }

    fn asked(&self) -> Vec<usize> {
        self.asked.lock().unwrap().values().copied().collect()
    }
}

struct Clocked {
    _folder: tempfile::TempDir,
    service: Service,
    clock: Clock,
    feeds: Vec<FeedId>,
    stop: CancellationToken,
    job: tokio::task::JoinHandle<()>,
}

impl Clocked {
    /// So many partners under letters, each with so many feeds on one server, and the job that fetches them.
    async fn new(server: SocketAddr, partners: usize, feeds_each: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            data: folder.path().join("data"),
            fetch: FetchConfig {
                exempt: vec![server.to_string()],
                ..FetchConfig::default()
            },
            ..Config::default()
        };
        let clock = Clock::system();
        let service = Service::open(&config, clock.clone(), PrometheusBuilder::new().build_recorder().handle()).unwrap();
        let now = clock.now();
        let mut feeds = Vec::new();
        for n in 0..partners {
            let mut partner = samples::nordlys(now);
            partner.id = PartnerId::generate(now);
            partner.slug = format!("partner-{n}").parse().unwrap();
            let id = partner.id;
            let letter = samples::letter(id, now - TimeDelta::days(1), now + TimeDelta::days(300));
            let act = Act::new(Actor::CommandLine, Action::PartnerChanged, SubjectKind::Partner.with(id.0));
            let entered = service.app.store.act(act, move |tx| {
                tx.insert_partner(&partner)?;
                tx.insert_letter(&letter)
            });
            entered.await.unwrap();
            for k in 0..feeds_each {
                let settings = FeedSettings {
                    format: "ndjson".to_owned(),
                    mapping: Default::default(),
                    pull: Some(Pull {
                        url: format!("http://{server}/{n}-{k}").parse().unwrap(),
                        schedule: "30 4 * * *".to_owned(),
                        time_zone: None,
                        whole: false,
                        secret: None,
                        headers: Default::default(),
                        parts: None,
                    }),
                };
                let name = format!("feed-{k}").parse().unwrap();
                let set = service.app.intake.set_feed(Actor::CommandLine, id, name, settings, None);
                feeds.push(set.await.unwrap().id);
            }
        }
        let stop = CancellationToken::new();
        let job = tokio::spawn(run(service.app.clone(), stop.clone()));
        Self {
            _folder: folder,
            service,
            clock,
            feeds,
            stop,
            job,
        }
    }

    fn runs(&self, feed: FeedId) -> Vec<PullRun> {
        let runs = self.service.app.store.read_blocking(|reader| reader.pull_runs(feed, 100));
        runs.unwrap()
    }

    fn state(&self, feed: FeedId) -> PullState {
        let state = self.service.app.store.read_blocking(|reader| reader.pull_state(feed));
        state.unwrap().unwrap()
    }

    /// Waits until each feed has had so many runs.
    async fn until_runs(&self, count: usize) {
        let begun = Instant::now();
        while self.feeds.iter().any(|feed| self.runs(*feed).len() < count) {
            assert!(begun.elapsed() < Duration::from_secs(60), "the feeds are not fetched");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Long enough for the job to look at what is due, and again.
    async fn a_while(&self) {
        tokio::time::sleep(REST + Duration::from_millis(700)).await;
    }

    async fn end(self) {
        self.stop.cancel();
        self.job.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_pause_each_feed_is_fetched_once_and_not_all_at_once() {
    let server = Busy::default();
    let world = Clocked::new(server.start(), 6, 2).await;
    world.until_runs(1).await;
    assert!(world.feeds.iter().all(|feed| world.state(*feed).due_at > world.clock.now()));
    server.most.store(0, Ordering::SeqCst);
    // Three days in which each would have been fetched three times.
    world.clock.advance(TimeDelta::days(3));
    world.until_runs(2).await;
    world.a_while().await;
    assert_eq!(server.asked(), vec![2; 12], "each once, however often it was missed");
    let most = server.most.load(Ordering::SeqCst);
    assert!((2..=4).contains(&most), "{most} at once on one host");
    for feed in &world.feeds {
        let (state, now) = (world.state(*feed), world.clock.now());
        assert!(
            state.due_at > now && state.due_at - now <= TimeDelta::days(1),
            "back in its rhythm: {state:?}"
        );
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_fails_is_left_alone_longer_and_longer_until_one_try_succeeds() {
    let server = Busy::default();
    let address = server.start();
    *server.status.lock().unwrap() = "503 Busy";
    let world = Clocked::new(address, 1, 1).await;
    let feed = world.feeds[0];
    for (failures, plain_s) in (1..).zip([60, 240, 960, 3_840, 15_360, 21_600, 21_600]) {
        world.until_runs(failures).await;
        let state = world.state(feed);
        let wait = (state.due_at - world.runs(feed)[0].ended_at).num_seconds();
        assert!(
            (plain_s * 4 / 5 - 1..=plain_s * 6 / 5 + 1).contains(&wait),
            "failure {failures}: {wait} s"
        );
        assert_eq!(
            (state.failures as usize, state.is_broken()),
            (failures, failures >= crate::domain::feed::BROKEN_AFTER as usize)
        );
        if failures == 6 {
            // Broken: nobody asks before its time.
            world.clock.advance(TimeDelta::seconds(wait - 60));
            world.a_while().await;
            assert_eq!(server.asked(), [failures]);
            world.clock.advance(TimeDelta::seconds(61));
        } else {
            world.clock.advance(TimeDelta::seconds(wait + 1));
        }
    }
    // One try, and it succeeds: all is well, and the schedule counts again.
    world.until_runs(8).await;
    *server.status.lock().unwrap() = "200 OK";
    world.clock.advance(TimeDelta::hours(8));
    world.until_runs(9).await;
    let state = world.state(feed);
    assert_eq!(
        (state.failures, state.is_broken(), world.runs(feed)[0].accepted),
        (0, false, 1)
    );
    assert_eq!(world.runs(feed).len(), 9);
    assert!(state.due_at - world.clock.now() <= TimeDelta::days(1));
    world.end().await;
}
