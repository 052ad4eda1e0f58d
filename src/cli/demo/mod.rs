//! `demo`: a complete running service with sample data, loaded through the real HTTP API.
//!
//! Starts what `serve` starts, in this process and on a real socket, loads the sample as its people would ([`load`]), prints
//! what was found beside what was planted ([`findings`]), and keeps serving.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;

use chrono_tz::Tz;
use clap::Args;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::assessed::Assessed;
use self::client::Client;
use self::findings::{Findings, print_load, print_load_json, sign_ins};
use self::fixture::Fixture;
use self::home::{Home, Note};
use self::load::{Loaded, load};
use self::traps::Traps;
use super::output::say;
use super::serve::{address, runtime, start_logging, stop_on_signal};
use crate::app::App;
use crate::config::{Config, FetchConfig};
use crate::domain::host::HostPort;
use crate::domain::time::Clock;
use crate::lifecycle::{LifecycleError, Service, listen};

mod assessed;
mod client;
mod findings;
mod fixture;
mod home;
mod load;
mod past;
mod people;
mod traps;

/// Run the service with sample data.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Keep the data in this folder; a demo that lies there is opened again. Without it the data goes when the demo ends.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one. Without it 127.0.0.1:8750, or a free port when that is taken.
    #[arg(long, value_name = "ADDR", value_parser = address)]
    listen: Option<SocketAddr>,
    /// End after printing what was found.
    #[arg(long)]
    once: bool,
    /// Print one JSON object a finding; everything else goes to standard error.
    #[arg(long)]
    json: bool,
    /// With --json: also print what each candidate of a stolen item comes to, the improbable ones too.
    #[arg(long, requires = "json")]
    assess: bool,
    /// A host and port on this machine that feeds and photos may be fetched from, such as that of replevin simulate-partner; may be
    /// repeated.
    #[arg(long, value_name = "HOST:PORT")]
    exempt: Vec<HostPort>,
    /// Other sample data of the same layout.
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
}

impl Demo {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let fixture = Fixture::read(self.fixtures.as_deref())?;
        let home = Home::open(self.data.as_deref())?;
        if let Some(note) = &home.loaded
            && note.seed != fixture.seed
        {
            anyhow::bail!(
                "{} holds a demo of seed {}, not {}",
                home.path().display(),
                note.seed,
                fixture.seed
            );
        }
        let config = Config {
            data: home.path().to_owned(),
            log: "warn".to_owned(),
            // Where its partners are.
            time_zone: Tz::Europe__Copenhagen,
            fetch: FetchConfig {
                exempt: self.exempt.iter().map(ToString::to_string).collect(),
                ..FetchConfig::default()
            },
            ..Config::default()
        };
        start_logging(&config)?;
        runtime()?.block_on(self.serve(&config, &fixture, &home))
    }

    /// Serves, loads, prints, and stays until it is stopped. The service ends in order whatever happens.
    async fn serve(&self, config: &Config, fixture: &Fixture, home: &Home) -> anyhow::Result<()> {
        let metrics = PrometheusBuilder::new().install_recorder()?;
        let listener = self.listener(config).await?;
        let address = listener.local_addr()?;
        // Links in messages lead where it listens indeed.
        let config = Config {
            listen: address,
            ..config.clone()
        };
        let service = Service::open(&config, Clock::system(), metrics)?;
        let (app, stop) = (service.app.clone(), CancellationToken::new());
        stop_on_signal(stop.clone())?;
        let serving = tokio::spawn(service.serve(listener, None, stop.clone()));
        let told = tokio::select! {
            told = self.tell(&app, address, fixture, home) => told,
            () = stop.cancelled() => Err(anyhow::anyhow!("stopped before the demo was loaded")),
        };
        if told.is_ok() && !self.once {
            stop.cancelled().await;
        }
        stop.cancel();
        serving.await?;
        told
    }

    async fn listener(&self, config: &Config) -> Result<TcpListener, LifecycleError> {
        match (self.listen, listen(self.listen.unwrap_or(config.listen)).await) {
            (None, Err(_)) => listen(SocketAddr::from(([127, 0, 0, 1], 0))).await,
            (_, listener) => listener,
        }
    }

    /// Loads what is not loaded yet, and prints what was found.
    async fn tell(&self, app: &App, address: SocketAddr, fixture: &Fixture, home: &Home) -> anyhow::Result<()> {
        let loaded: Loaded = match &home.loaded {
            Some(note) => {
                eprintln!(
                    "the demo in {} is opened again as it was left; what was refused and how long it took is of its loading",
                    home.path().display()
                );
                note.loaded.clone()
            }
            None => {
                eprintln!("loading sample data through http://{address}/api/v1");
                let loaded = load(app, &Client::new(address)?, fixture).await?;
                home.remember(&Note {
                    seed: fixture.seed,
                    loaded: loaded.clone(),
                })?;
                loaded
            }
        };
        let findings = Findings::read(app, &loaded.items).await?;
        let traps = Traps::read(app, fixture, &loaded).await?;
        if self.json {
            findings.print_json()?;
            traps.print_json()?;
            if self.assess {
                Assessed::read(app, fixture, &loaded).await?.print_json()?;
            }
            print_load_json(&loaded)?;
        } else {
            findings.print(fixture)?;
            traps.print()?;
            print_load(&loaded)?;
        }
        if self.once {
            return Ok(());
        }
        let welcome = sign_ins(address, fixture, &loaded);
        if self.json {
            eprintln!("{welcome}");
        } else {
            say(&welcome)?;
        }
        let fate = if home.is_temporary() {
            "the data goes with it; --data DIR keeps it"
        } else {
            "the data stays"
        };
        if std::io::stderr().is_terminal() {
            eprintln!("\nserving until Ctrl-C; {fate}");
        } else {
            eprintln!("\nserving until stopped; {fate}");
        }
        Ok(())
    }
}
