//! Threads for work that may take its time: the jobs, and the reading of large bodies.
//!
//! They run at a lower priority than those that answer, so that who waits for an answer is served first while the processors are
//! busy. What is done there is for `jobs` and `intake` to say.

use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Builder, Handle};

/// How much later than others these threads have their turn: nine steps leave them about an eighth of a processor that
/// others want whole.
const NICE: i32 = 9;
/// Threads that wait for the network and for each other; what takes processor time runs on threads of its own.
const WORKERS: usize = 2;

/// The process's background threads; they are started when they are first asked for, and live as long as the process.
///
/// # Errors
/// When the system gives no thread.
pub fn start() -> std::io::Result<Handle> {
    static STARTED: Mutex<Option<Handle>> = Mutex::new(None);
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*started {
        return Ok(handle.clone());
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("background")
        .on_thread_start(step_back)
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    // Nobody owns it who could end it.
    std::mem::forget(runtime);
    *started = Some(handle.clone());
    Ok(handle)
}

/// Has the calling thread, and those that it starts, give way to others.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::warn!(%error, "background threads run at the same priority as those that answer");
    }
}
