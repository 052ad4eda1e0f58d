//! `serve` and `check-config`: running the service for real.

use std::io::IsTerminal;
use std::net::SocketAddr;

use anyhow::Context;
use clap::Args;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use super::Place;
use super::output::{say, say_json};
use crate::config::{Config, LabelReader};
use crate::domain::time::Clock;
use crate::jobs::photo_numbers::Tesseract;
use crate::lifecycle::{self, Service, listen};
use crate::matching::MODEL;
use crate::matching::calibration::Calibration;

/// Run the service.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    place: Place,
    /// Address and port to listen on, instead of the configuration's; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", value_parser = address)]
    listen: Option<SocketAddr>,
}

/// Check a configuration.
#[derive(Debug, Args)]
pub(super) struct CheckConfig {
    #[command(flatten)]
    place: Place,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

impl Serve {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let mut config = self.place.config()?;
        if let Some(address) = self.listen {
            config.listen = address;
        }
        start_logging(&config)?;
        runtime()?.block_on(async {
            let metrics = PrometheusBuilder::new().install_recorder().context("metrics")?;
            // First of all, so that an address that is taken leaves no database behind.
            let listener = listen(config.listen).await?;
            let service = Service::open(&config, Clock::system(), metrics)?;
            let address = listener.local_addr()?;
            let operations = match config.operations_listen {
                Some(address) => Some(listen(address).await?),
                None => None,
            };
            let stop = CancellationToken::new();
            stop_on_signal(stop.clone())?;
            tracing::info!(%address, data = %config.data.display(), "listening");
            if let Some(operations) = &operations {
                tracing::info!(address = %operations.local_addr()?, "listening for operators");
            }
            println!("listening on http://{address}");
            service.serve(listener, operations, stop).await;
            tracing::info!("stopped");
            Ok(())
        })
    }
}

impl CheckConfig {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let config = self.place.config()?;
        let https = config.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
        let threshold = config.matching.report_threshold;
        let calibration = lifecycle::calibration(&config)?;
        let upkeep = config.schedule()?.next(chrono_tz::Tz::UTC, chrono::Utc::now());
        if self.json {
            return say_json(&serde_json::json!({
                "data": config.data,
                "listen": config.listen,
                "operations_listen": config.operations_listen,
                "operations_to_this_machine": config.operations_to_local(),
                "https_only_cookies": https,
                "report_threshold": threshold,
                "yardstick": config.yardstick.version,
                "next_upkeep": upkeep,
                "fetch_exempt": config.fetch.exempt,
                "trusted_proxies": config.trusted_proxies,
                "calibration": calibration.map(|calibration| calibration.version),
                "blind_review_share": config.matching.blind_review_share,
                "label_reader": labels(&config),
            }));
        }
        say(&format!("data directory   {}", config.data.display()))?;
        say(&format!("listen           {}", config.listen))?;
        say(&format!("operations       {}", operations(&config)))?;
        say(&format!("clients          {}", clients(&config)))?;
        say(&format!("text on photos   {}", labels(&config)))?;
        say(&format!(
            "cookies          {}",
            if https { "https only" } else { "plain http" }
        ))?;
        say(&format!(
            "reports from     {threshold} ({})",
            config.yardstick.words(threshold)
        ))?;
        say(&format!("yardstick        {}", config.yardstick.version))?;
        say(&format!(
            "next upkeep      {}",
            upkeep.map_or("never".to_owned(), |at| at.to_rfc3339())
        ))?;
        say(&format!("weights          {}", weights(&config, calibration.as_ref())))?;
        for place in &config.fetch.exempt {
            say(&format!(
                "exempt           {place}: photos and feeds may be fetched from here although it is not public"
            ))?;
        }
        say("the configuration is valid")?;
        Ok(())
    }
}

/// By which table and calibration evidence is weighed, in words.
fn weights(config: &Config, calibration: Option<&Calibration>) -> String {
    match (&config.matching.calibration, calibration) {
        (_, Some(calibration)) => format!("{MODEL} as {} reads it", calibration.version),
        (Some(path), None) => format!(
            "{MODEL} as it stands: {} was learned on another table; learn a new one with replevin calibrate",
            path.display()
        ),
        (None, None) => format!("{MODEL} as it stands"),
    }
}

/// Where readiness and figures are told, in words.
fn operations(config: &Config) -> String {
    match config.operations_listen {
        Some(address) => format!("{address}: see that only your monitors reach it"),
        None if config.operations_to_local() => "on the same address, to this machine alone".to_owned(),
        None => "nowhere: set operations_listen to an address that only your monitors reach".to_owned(),
    }
}

/// What reads the text on photos, in words.
fn labels(config: &Config) -> String {
    match &config.photos.tesseract {
        LabelReader::Off => "not read".to_owned(),
        LabelReader::At(program) => format!("read with {}", program.display()),
        LabelReader::Auto => match Tesseract::installed() {
            Some(program) => format!("read with {}", program.display()),
            None => "not read: tesseract is not installed".to_owned(),
        },
    }
}

/// By what sign-ins are slowed down beside the account, in words.
fn clients(config: &Config) -> String {
    match config.trusted_proxies.as_slice() {
        [] if config.listen.ip().is_loopback() => {
            "not told apart: a proxy on this machine must be listed in trusted_proxies to slow down guessing by client address"
                .to_owned()
        }
        [] => "told apart by the peer's address; clients behind a proxy that is not in trusted_proxies count as one".to_owned(),
        proxies => format!(
            "told apart by the X-Forwarded-For of {}, else by the peer's address",
            proxies.join(", ")
        ),
    }
}

/// An address with its port.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("expected {}", crate::config::ADDRESS_EXPECTED))
}

/// A runtime for commands that need one.
pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("runtime")
}

/// Sends the log to standard error, in the form that the configuration asks for. `REPLEVIN_LOG` goes before its filter.
pub(super) fn start_logging(config: &Config) -> anyhow::Result<()> {
    let filter = match std::env::var("REPLEVIN_LOG") {
        Ok(filter) => EnvFilter::try_new(filter),
        // tantivy warns of merges that came too late, which cost nothing.
        Err(_) => EnvFilter::try_new(format!("tantivy=error,{}", config.log)),
    };
    let filter = filter.context("log filter")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = if config.log_json {
        log.json().try_init()
    } else {
        log.try_init()
    };
    started.map_err(|error| anyhow::anyhow!("logging: {error}"))
}

/// Ends the service on Ctrl-C or SIGTERM, and the process at once on the second. Once this has returned, the first does not end
/// the process by itself.
pub(super) fn stop_on_signal(stop: CancellationToken) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be heard")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("Ctrl-C cannot be heard")?;
    tokio::spawn(async move {
        for asked in 0..2 {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if asked == 0 {
                tracing::info!("stopping; a second signal ends at once");
                stop.cancel();
            }
        }
        // As a shell says of what a signal ended. The store loses nothing by it: what was acknowledged is on the disk.
        std::process::exit(130);
    });
    Ok(())
}

/// Returns at the next Ctrl-C or SIGTERM.
pub(super) async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be heard");
            tokio::signal::ctrl_c().await.ok();
        }
    }
}
