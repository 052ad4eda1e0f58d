//! How far long work has come: a bar on a terminal, a plain line every tenth elsewhere; and Ctrl-C, which ends it tidily.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

/// How far one piece of work has come, on standard error.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    what: &'static str,
    total: u64,
    done: u64,
}

impl Progress {
    /// Of `total` steps of `what`, a noun in the plural.
    pub(super) fn of(what: &'static str, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style).with_message(what)
        });
        Self {
            bar,
            what,
            total,
            done: 0,
        }
    }

    /// `done` steps are behind us; of `total`, which may have grown.
    pub(super) fn at(&mut self, done: u64, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            bar.set_position(done);
        } else if tenth(done, total) > tenth(self.done, self.total) {
            eprintln!("{}: {done} of {total}", self.what);
        }
        (self.done, self.total) = (done, total);
    }

    /// One more step is behind us.
    pub(super) fn step(&mut self) {
        self.at(self.done + 1, self.total);
    }

    /// Says something without tearing the bar.
    pub(super) fn note(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn tenth(done: u64, total: u64) -> u64 {
    done.saturating_mul(10).checked_div(total).unwrap_or(0)
}

/// Hears Ctrl-C and SIGTERM, so that work can stop between two steps and take away what it had begun. The second time the
/// process ends at once.
#[derive(Clone)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Begins to listen, for work that asks between its steps.
    pub(super) fn listen() -> anyhow::Result<Self> {
        Self::hear(|heard| heard.store(true, Ordering::Relaxed))
    }

    fn hear(act: impl FnOnce(&AtomicBool) + Send + 'static) -> anyhow::Result<Self> {
        let heard = Arc::new(AtomicBool::new(false));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("runtime")?;
        let flag = Arc::clone(&heard);
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(async {
                super::serve::signal().await;
                act(&flag);
                super::serve::signal().await;
                std::process::exit(1);
            });
        })?;
        Ok(Self(heard))
    }

    /// Whether to go on.
    ///
    /// # Errors
    /// When the user wants to stop.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        if self.0.load(Ordering::Relaxed) {
            anyhow::bail!("stopped; nothing half-written was left behind");
        }
        Ok(())
    }
}
