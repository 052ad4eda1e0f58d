//! How a partner's feeds fare, in words: for the partner's own page and the administrator's.

use chrono::TimeDelta;

use super::words;
use crate::casework::feed_health::{PartnerHealth, StreamHealth};
use crate::domain::feed::Silence;
use crate::domain::photo::PhotoHost;
use crate::domain::rhythm::Standing;
use crate::domain::time::Timestamp;

/// What `feed_health.html` shows.
pub(super) struct HealthView {
    /// What somebody should look at.
    pub(super) warnings: Vec<String>,
    pub(super) streams: Vec<StreamRow>,
    pub(super) rejected: Vec<CountRow>,
    pub(super) photos: Vec<PhotosRow>,
    pub(super) hosts: Vec<HostRow>,
}

/// How photos come from one host.
pub(super) struct HostRow {
    pub(super) host: String,
    pub(super) tries: String,
    pub(super) failures: String,
    pub(super) waiting: String,
    /// What the last failure was, and when.
    pub(super) last: String,
}

/// One stream.
pub(super) struct StreamRow {
    pub(super) name: String,
    pub(super) standing: &'static str,
    pub(super) colour: &'static str,
    /// When something arrived last.
    pub(super) last: String,
    /// When the next is expected, or why nobody knows.
    pub(super) expected: String,
    /// What arrived within the days.
    pub(super) arrived: String,
    /// How long its listings take to reach us.
    pub(super) delay: String,
}

/// How often something is the matter.
pub(super) struct CountRow {
    pub(super) what: String,
    pub(super) why: String,
    pub(super) number: String,
}

/// Why photos cannot be had.
pub(super) struct PhotosRow {
    pub(super) why: String,
    pub(super) number: String,
    /// How many of them are tried again.
    pub(super) retried: String,
    /// The partner's own id of one such listing.
    pub(super) example: String,
}

impl HealthView {
    /// In words, at `now`.
    pub(super) fn of(health: &PartnerHealth, now: Timestamp) -> Self {
        Self {
            warnings: warnings(health, now),
            streams: health.streams.iter().map(|stream| row(stream, now)).collect(),
            rejected: health
                .rejected
                .iter()
                .map(|(field, reason, number)| CountRow {
                    what: if field.is_empty() { "whole record" } else { field }.to_owned(),
                    why: reason.clone(),
                    number: words::thousands(*number),
                })
                .collect(),
            hosts: health.photo_hosts.iter().map(|host| host_row(host, now)).collect(),
            photos: health
                .photos_failing
                .iter()
                .map(|failing| PhotosRow {
                    why: failing.reason.clone(),
                    number: words::thousands(failing.photos),
                    retried: words::thousands(failing.retried),
                    example: failing.example.clone(),
                })
                .collect(),
        }
    }
}

fn host_row(host: &PhotoHost, now: Timestamp) -> HostRow {
    let last = host.fault.as_ref().zip(host.fault_at);
    HostRow {
        host: host.host.clone(),
        tries: words::thousands(host.tries),
        failures: words::thousands(host.failures),
        waiting: words::thousands(host.waiting),
        last: last.map_or_else(String::new, |(fault, at)| format!("{fault} ({})", words::distance(at, now))),
    }
}

/// What a stream is called.
pub(super) fn name(stream: &StreamHealth) -> String {
    stream
        .feed
        .as_ref()
        .map_or_else(|| "pushed without a feed’s name".to_owned(), |feed| feed.name.to_string())
}

/// Where a stream stands, in a word and its colour.
pub(super) fn standing(stream: &StreamHealth) -> (&'static str, &'static str) {
    let pull = stream.pull.as_ref();
    match stream.standing {
        Standing::Silent(_) => ("silent", "red"),
        _ if pull.is_some_and(|pull| pull.is_broken()) => ("broken", "red"),
        _ if pull.is_some_and(|pull| pull.failures > 0) => ("failing", "orange"),
        _ if pull.is_some_and(|pull| pull.held > 0) => ("to be confirmed", "yellow"),
        Standing::Nothing => ("nothing yet", "blue"),
        Standing::Learning => ("rhythm not known yet", "grey"),
        Standing::Well(_) => ("well", "green"),
    }
}

/// What somebody should look at, each in a sentence.
pub(super) fn warnings(health: &PartnerHealth, now: Timestamp) -> Vec<String> {
    let silent = health.streams.iter().filter_map(|stream| {
        let expected = stream.silent()?;
        Some(format!(
            "{}: nothing has arrived since {}. Usually it is {} from one arrival at such an hour to the next, and {} at most; the \
             next was expected by {}. The warning goes by itself when something arrives.",
            name(stream),
            words::instant(expected.since),
            lasting(expected.usual, now),
            lasting(expected.overdue_at - expected.since, now),
            words::instant(expected.overdue_at),
        ))
    });
    let letter = health.letter_ends.map(|end| {
        format!(
            "The letter of intent ends on {}, {}, and none follows it. From then on nothing is taken in.",
            words::instant(end),
            words::distance(end, now)
        )
    });
    silent.chain(letter).collect()
}

fn row(stream: &StreamHealth, now: Timestamp) -> StreamRow {
    let (standing, colour) = standing(stream);
    let figures = &stream.figures;
    StreamRow {
        name: name(stream),
        standing,
        colour,
        last: stream.last_at.map_or_else(
            || "nothing yet".to_owned(),
            |at| format!("{} ({})", words::instant(at), words::distance(at, now)),
        ),
        expected: expected(stream, now),
        arrived: format!(
            "{} new or changed, {} unchanged, {} rejected",
            words::thousands(figures.accepted),
            words::thousands(figures.unchanged),
            words::thousands(figures.rejected)
        ),
        delay: figures
            .delay
            .map_or_else(|| "not said".to_owned(), |delay| lasting(delay, now)),
    }
}

fn expected(stream: &StreamHealth, now: Timestamp) -> String {
    let past = stream.silences.iter().find(|silence| silence.ended_at.is_some());
    let past = past.map_or_else(String::new, |silence| format!(" It was silent {}.", silence_span(silence)));
    match stream.standing {
        Standing::Nothing => "nothing is known of its rhythm".to_owned(),
        Standing::Learning => format!("its rhythm is still being learnt.{past}"),
        Standing::Well(expected) | Standing::Silent(expected) => format!(
            "by {}; usually after {}.{past}",
            words::instant(expected.overdue_at),
            lasting(expected.usual, now)
        ),
    }
}

fn silence_span(silence: &Silence) -> String {
    let end = silence
        .ended_at
        .map_or_else(String::new, |end| format!(" to {}", words::instant(end)));
    format!("from {}{end}", words::instant(silence.since))
}

/// A span of time in words: `1 hour 53 minutes`.
fn lasting(span: TimeDelta, now: Timestamp) -> String {
    let words = words::distance(now + span, now);
    match words.strip_prefix("in ") {
        Some(words) => words.to_owned(),
        None => "less than a minute".to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::feed::StreamFigures;
    use crate::domain::rhythm::Expectation;

    #[test]
    fn a_silence_says_what_was_expected_and_since_when() {
        let since: Timestamp = "2026-11-20T04:30:00Z".parse().unwrap();
        let now = since + TimeDelta::hours(50);
        let stream = StreamHealth {
            feed: None,
            standing: Standing::Silent(Expectation {
                since,
                usual: TimeDelta::days(1),
                overdue_at: since + TimeDelta::hours(36),
            }),
            last_at: Some(since),
            figures: StreamFigures::default(),
            pull: None,
            last_run: None,
            silences: Vec::new(),
        };
        let health = PartnerHealth {
            streams: vec![stream],
            rejected: Vec::new(),
            photos_failing: Vec::new(),
            photo_hosts: Vec::new(),
            letter_ends: Some(now + TimeDelta::days(3)),
        };
        let view = HealthView::of(&health, now);
        assert_eq!((view.streams[0].standing, view.streams[0].colour), ("silent", "red"));
        for words in [
            "since 20 Nov 2026, 04:30 UTC",
            "24 hours from one arrival",
            "36 hours at most",
            "by 21 Nov 2026, 16:30 UTC",
        ] {
            assert!(view.warnings[0].contains(words), "{words}: {}", view.warnings[0]);
        }
        assert!(
            view.warnings[1].contains("in 3 days, and none follows it"),
            "{}",
            view.warnings[1]
        );
    }
}
