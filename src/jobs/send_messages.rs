//! Sends what waits for systems and people outside. Each receiver has a lane of its own, so that one that does not answer holds up
//! nobody else; what a try comes to is `notify`'s.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::notify::{NotifyError, Turn};
use crate::store::Lanes;

/// Receivers that are sent to at once.
const LANES_AT_ONCE: usize = 8;
/// Messages to one receiver before it is another's turn.
const MESSAGES_A_TURN: usize = 16;
/// How long to rest when nothing is due, and after a failure of our own.
const REST: Duration = Duration::from_secs(2);

/// Runs until `stop`: whenever something was committed or a receiver's turn is over, and every few seconds for what has become due.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut commits = app.store.commits();
    let mut running: JoinSet<Result<(), NotifyError>> = JoinSet::new();
    let mut lanes: HashMap<tokio::task::Id, String> = HashMap::new();
    loop {
        commits.mark_unchanged();
        let started = start(&app, &mut running, &mut lanes).await;
        if let Err(error) = &started {
            failed(error);
        }
        tokio::select! {
            Some(ended) = running.join_next_with_id() => {
                let (id, outcome) = match ended {
                    Ok((id, outcome)) => (id, outcome.inspect_err(|error| failed(error)).is_ok()),
                    Err(error) => {
                        failed(&error);
                        (error.id(), false)
                    }
                };
                lanes.remove(&id);
                if !outcome {
                    // A failure of our own: not again at once.
                    tokio::time::sleep(REST).await;
                }
            }
            changed = commits.changed(), if started.is_ok() => if changed.is_err() { break },
            () = tokio::time::sleep(REST) => {}
            () = stop.cancelled() => break,
        }
    }
    running.shutdown().await;
}

fn failed(error: &(dyn std::error::Error + 'static)) {
    metrics::counter!("replevin_job_failures", "job" => "send_messages").increment(1);
    tracing::error!(error, "sending messages failed, will try again");
}

/// Starts a turn of each lane that has something due and is not under way, as far as there is room.
async fn start(
    app: &App,
    running: &mut JoinSet<Result<(), NotifyError>>,
    lanes: &mut HashMap<tokio::task::Id, String>,
) -> Result<(), NotifyError> {
    let room = LANES_AT_ONCE.saturating_sub(lanes.len());
    if room == 0 {
        return Ok(());
    }
    let now = app.clock.now();
    let mut due = app.store.read(move |reader| reader.due_lanes(Lanes::Messages, now)).await?;
    due.retain(|lane| lanes.values().all(|under_way| under_way != lane));
    for lane in due.into_iter().take(room) {
        let task = running.spawn(turn(app.clone(), lane.clone()));
        lanes.insert(task.id(), lane);
    }
    Ok(())
}

/// Serves what is due of one lane, one after the other, until it is to rest.
async fn turn(app: App, lane: String) -> Result<(), NotifyError> {
    let (named, now) = (lane.clone(), app.clock.now());
    let due = app
        .store
        .read(move |reader| reader.due_in_lane(&named, now, MESSAGES_A_TURN))
        .await?;
    for effect in due {
        if app.notify.serve(&lane, effect).await? == Turn::Rests {
            break;
        }
    }
    Ok(())
}
