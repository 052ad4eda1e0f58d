//! Time on the processor, and work on all of its cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Time that this thread spent on a processor where Linux tells it, else time on the wall.
pub(crate) struct Stopwatch(Instant, Option<f64>);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now(), Self::on_processor())
    }

    pub(crate) fn milliseconds(&self) -> f64 {
        match (self.1, Self::on_processor()) {
            (Some(before), Some(now)) => now - before,
            _ => self.0.elapsed().as_secs_f64() * 1e3,
        }
    }

    fn on_processor() -> Option<f64> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e6)
    }
}

/// The results in the order of the inputs.
pub(crate) fn in_parallel<T: Sync, R: Send>(inputs: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let run = || {
            let mut done = Vec::new();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(input) = inputs.get(place) else { break };
                done.push((place, work(input)));
            }
            done
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(run)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}
