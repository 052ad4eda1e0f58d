//! What benchmarks of the whole service share: a service in this process, its first people, a client, and figures.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use metrics_exporter_prometheus::PrometheusBuilder;
use replevin::access::{FirstPassword, NewAccount, TokenHolder};
use replevin::app::App;
use replevin::casework::NewPartner;
use replevin::config::Config;
use replevin::domain::account::Role;
use replevin::domain::audit::Actor;
use replevin::domain::ids::AccountId;
use replevin::domain::partner::{LegalBasis, LetterTerms, SellerField};
use replevin::domain::scope::Scopes;
use replevin::domain::time::Clock;
use replevin::lifecycle::{Service, listen};
use replevin::store::StoreError;
use reqwest::{Client, ClientBuilder, RequestBuilder};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a report may take before the run ends as failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the queue is asked whether it has come. More often would take the processor from the service.
const ASKED_EVERY: Duration = Duration::from_millis(20);

/// A service that is open, and does not work yet.
pub(crate) struct Opened {
    pub(crate) app: App,
    /// Where its API is going to be.
    pub(crate) base: String,
    pub(crate) data: PathBuf,
    service: Service,
    listener: TcpListener,
    // Removed with it.
    directory: Option<TempDir>,
}

/// A service at work.
pub(crate) struct Serving {
    stop: CancellationToken,
    task: JoinHandle<()>,
    directory: Option<TempDir>,
}

impl Opened {
    /// With nothing in it.
    pub(crate) async fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut opened = Self::at(directory.path().join("data")).await;
        opened.directory = Some(directory);
        opened
    }

    /// With nothing in it, and leave to fetch from a place that is not public.
    pub(crate) async fn empty_exempting(place: String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut opened = Self::with(directory.path().join("data"), vec![place]).await;
        opened.directory = Some(directory);
        opened
    }

    /// Over what lies in a folder.
    pub(crate) async fn at(data: PathBuf) -> Self {
        Self::with(data, Vec::new()).await
    }

    async fn with(data: PathBuf, exempt: Vec<String>) -> Self {
        let mut config = Config {
            data: data.clone(),
            listen: ([127, 0, 0, 1], 0).into(),
            ..Config::default()
        };
        config.fetch.exempt = exempt;
        let metrics = PrometheusBuilder::new().install_recorder().unwrap();
        let service = Service::open(&config, Clock::system(), metrics).unwrap();
        let listener = listen(config.listen).await.unwrap();
        Self {
            app: service.app.clone(),
            base: format!("http://{}/api/v1", listener.local_addr().unwrap()),
            data,
            service,
            listener,
            directory: None,
        }
    }

    /// Sets it to work.
    pub(crate) fn serve(self) -> Serving {
        let stop = CancellationToken::new();
        Serving {
            task: tokio::spawn(self.service.serve(self.listener, None, stop.clone())),
            stop,
            directory: self.directory,
        }
    }

    /// Answers over HTTP and leaves the jobs out.
    pub(crate) fn serve_pages(self) -> Serving {
        let stop = CancellationToken::new();
        let Self {
            app,
            listener,
            service,
            directory,
            ..
        } = self;
        let stopped = stop.clone();
        Serving {
            task: tokio::spawn(async move {
                replevin::http::serving::serve(listener, replevin::http::router(app.clone()), stopped).await;
                app.store.close();
                drop(service);
            }),
            stop,
            directory,
        }
    }
}

impl Serving {
    /// Ends it; what it leaves lies there until the folder is dropped, when it has one of its own.
    pub(crate) async fn end(self) -> Option<TempDir> {
        self.stop.cancel();
        self.task.await.unwrap();
        self.directory
    }
}

/// Waits until every change has been indexed and matched.
pub(crate) async fn caught_up(app: &App) {
    while lag(app).await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A partner under a letter, with the short name `bench`, and its token.
pub(crate) async fn partner(app: &App) -> String {
    partner_named(app, "bench").await
}

/// A partner under a letter, with this short name, and its token.
pub(crate) async fn partner_named(app: &App, slug: &str) -> String {
    let now = app.clock.now();
    let new = NewPartner {
        slug: slug.to_owned(),
        name: "Bench".to_owned(),
        photo_hosts: Vec::new(),
    };
    let partner = app.casework.enter_partner(Actor::CommandLine, new).await.unwrap();
    let terms = LetterTerms {
        legal_basis: LegalBasis::VoluntaryLetter,
        reference: "bench".to_owned(),
        valid_from: now - TimeDelta::days(1),
        valid_to: now + TimeDelta::days(365),
        threshold: 0.9,
        askable: vec![SellerField::Name],
        approvals: 1,
        response_hours: 48,
        retention_days: 180,
        document_sha256: None,
    };
    app.casework
        .enter_letter(Actor::CommandLine, partner.id, terms)
        .await
        .unwrap();
    token(app, TokenHolder::Partner(partner.id)).await
}

/// An account at `bench.example`.
pub(crate) async fn account(app: &App, name: &str, role: Role) -> AccountId {
    let new = NewAccount {
        email: format!("{name}@bench.example"),
        name: "Bench".to_owned(),
        role,
        partner: None,
        password: FirstPassword::Own("four quiet red lamps".to_owned()),
    };
    app.access.create_account(Actor::CommandLine, new).await.unwrap().id
}

/// A token to speak for somebody.
pub(crate) async fn token(app: &App, holder: TokenHolder) -> String {
    let created = app
        .access
        .create_token(Actor::CommandLine, holder, "bench", Scopes::all())
        .await
        .unwrap();
    created.secret.reveal().to_owned()
}

/// A client of the service.
pub(crate) fn client() -> Client {
    client_builder().build().unwrap()
}

/// The same before its last settings.
pub(crate) fn client_builder() -> ClientBuilder {
    // The bench speaks plain HTTP to itself; the provider is only what the client's builder insists on.
    rustls::crypto::ring::default_provider().install_default().ok();
    Client::builder().no_proxy()
}

/// What the service answers, which must be a success; null when it is no JSON.
pub(crate) async fn answered(request: RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let (status, url) = (answer.status(), answer.url().clone());
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{url}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

/// Waits until the newest reports of the queue name a listing.
pub(crate) async fn reported(http: &Client, base: &str, officer: &str, reference: &str) {
    let (began, named) = (Instant::now(), format!("\"{reference}\""));
    loop {
        let request = http.get(format!("{base}/reports?sort=raised&limit=50")).bearer_auth(officer);
        let queue = request.send().await.unwrap().text().await.unwrap();
        if queue.contains(&named) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{reference} was never reported");
        tokio::time::sleep(ASKED_EVERY).await;
    }
}

/// How many changes wait to be matched.
pub(crate) async fn lag(app: &App) -> u64 {
    let read = app
        .store
        .read(|reader| Ok::<_, StoreError>((reader.last_change()?, reader.cursor("matching")?)));
    let (last, matched) = read.await.unwrap();
    last.0.saturating_sub(matched.0)
}

/// How many seconds the stages of matching have taken so far, by name.
pub(crate) fn stages(app: &App) -> BTreeMap<String, f64> {
    let figures = app.metrics.render();
    let sums = figures.lines().filter_map(|line| {
        let rest = line.strip_prefix("replevin_matching_seconds_sum{stage=\"")?;
        let (stage, seconds) = rest.split_once("\"} ")?;
        Some((stage.to_owned(), seconds.parse().ok()?))
    });
    sums.collect()
}

/// What each stage took between two looks at [`stages`], in seconds to a tenth.
pub(crate) fn between(before: &BTreeMap<String, f64>, after: &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    let took = |(stage, seconds): (&String, &f64)| {
        let seconds = seconds - before.get(stage).unwrap_or(&0.0);
        (stage.clone(), (seconds * 10.0).round() / 10.0)
    };
    after.iter().map(took).collect()
}

/// What this process holds in memory of its own, in MiB (Linux; 0 elsewhere): without what it shows of files, which the system
/// takes back when it needs the room.
pub(crate) fn own_mib() -> f64 {
    status_mib("RssAnon:")
}

/// What this process shows of files in memory, in MiB (Linux; 0 elsewhere).
pub(crate) fn mapped_mib() -> f64 {
    status_mib("RssFile:")
}

fn status_mib(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    (kib.unwrap_or(0.0) / 1024.0).round()
}

/// The smallest time that at least this share did not exceed, in milliseconds to a tenth; 0 when there is none.
pub(crate) fn at_ms(took: &mut [Duration], share: f64) -> f64 {
    took.sort_unstable();
    let rank = (share * took.len() as f64).ceil() as usize;
    let value = took.get(rank.max(1) - 1).map_or(0.0, Duration::as_secs_f64);
    (value * 10_000.0).round() / 10.0
}

/// One line of JSON over the times of a number of rounds.
pub(crate) fn print_times(bench: &str, about: &Value, mut took: Vec<Duration>) {
    let mut line = serde_json::json!({"bench": bench, "rounds": took.len()});
    let fields = line.as_object_mut().unwrap();
    fields.extend(about.as_object().cloned().unwrap_or_default());
    for (name, share) in [("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99), ("max_ms", 1.0)] {
        fields.insert(name.to_owned(), at_ms(&mut took, share).into());
    }
    println!("{line}");
}
