//! Where the lines of a figure run: from figures to points of an SVG, and the same as a table.

use replevin_index::evaluation::{Evaluation, Pairs, log_odds, ranking};

/// Size of a figure and the edges of its plot, in units of the SVG.
pub(super) const SIZE: [u32; 2] = [480, 340];
const LEFT: f64 = 58.0;
const RIGHT: f64 = 464.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 286.0;
/// Lines that are nearer together than this are one.
const VISIBLE: f64 = 0.4;
/// Thresholds that the table of the curve names.
const THRESHOLDS: [f64; 8] = [0.99, 0.95, 0.9, 0.75, 0.5, 0.25, 0.1, 0.01];

/// A figure, and the same as a table.
pub(super) struct Figure {
    pub(super) id: &'static str,
    pub(super) title: String,
    pub(super) describes: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) lines: Vec<Line>,
    pub(super) dots: Vec<Dot>,
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

/// An axis: its label, and its ticks with their places.
pub(super) struct Axis {
    pub(super) label: &'static str,
    /// Place and label.
    pub(super) ticks: Vec<(String, String)>,
    from: f64,
    to: f64,
}

/// A line with its class in the style sheet, and what it is.
pub(super) struct Line {
    pub(super) class: &'static str,
    pub(super) path: String,
    pub(super) name: &'static str,
}

/// A point that stands out; its size says how many pairs it stands for.
pub(super) struct Dot {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) radius: String,
    pub(super) says: String,
}

impl Axis {
    /// Across the figure, with a tick every `step`.
    fn across(label: &'static str, [from, to]: [f64; 2], step: f64, places: usize) -> Self {
        Self::new(label, [from, to], step, places, Self::x)
    }

    /// Up the figure, from 0 to 1.
    fn up(label: &'static str) -> Self {
        Self::new(label, [0.0, 1.0], 0.2, 1, Self::y)
    }

    fn new(label: &'static str, [from, to]: [f64; 2], step: f64, places: usize, place: fn(&Self, f64) -> f64) -> Self {
        let bare = Self {
            label,
            ticks: Vec::new(),
            from,
            to,
        };
        let values = (0..=((to - from) / step).round() as u32).map(|tick| from + f64::from(tick) * step);
        Self {
            ticks: values
                .map(|value| (format!("{:.1}", place(&bare, value)), format!("{value:.places$}")))
                .collect(),
            ..bare
        }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * self.part(value)
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * self.part(value)
    }

    fn part(&self, value: f64) -> f64 {
        ((value - self.from) / (self.to - self.from)).clamp(0.0, 1.0)
    }
}

/// Precision over recall, in steps: each precision holds up to its recall.
pub(super) fn precision_over_recall(pairs: &Pairs, evaluation: &Evaluation) -> Figure {
    let (x, y) = (Axis::across("recall", [0.0, 1.0], 0.2, 1), Axis::up("precision"));
    let mut points = Vec::new();
    let mut before = 0.0;
    for point in ranking::curve(pairs.all()) {
        points.extend([(before, point.precision()), (point.recall(), point.precision())]);
        before = point.recall();
    }
    let at = |threshold: f64| ranking::at(pairs.all(), log_odds(threshold));
    let dot = |name: &str, threshold: f64| {
        let point = at(threshold);
        (point.said > 0 && point.same > 0).then(|| Dot {
            x: format!("{:.1}", x.x(point.recall())),
            y: format!("{:.1}", y.y(point.precision())),
            radius: "5".to_owned(),
            says: format!("{name}: from probability {}", decimals(threshold, 4)),
        })
    };
    let dots = [
        dot("threshold", evaluation.threshold),
        dot("best F1", evaluation.best_threshold),
    ];
    let mut thresholds = THRESHOLDS.to_vec();
    thresholds.extend([evaluation.threshold, evaluation.best_threshold]);
    thresholds.sort_by(|a, b| b.total_cmp(a));
    thresholds.dedup();
    let rows = thresholds.into_iter().map(|threshold| {
        let point = at(threshold);
        let mut row = vec![decimals(threshold, 4), point.said.to_string(), point.right.to_string()];
        row.extend([point.recall(), point.precision(), point.f1()].map(shown));
        row
    });
    Figure {
        id: "curve",
        title: "Precision over recall".to_owned(),
        describes: format!(
            "The share of what is said to be the same that is, over the share of the same that is found, for every threshold; \
             the dots are the threshold asked for and that of the best F1. \
             Average precision {}.",
            evaluation
                .average_precision
                .map_or_else(|| "–".to_owned(), |figure| decimals(figure.is, 4))
        ),
        lines: vec![Line {
            class: "main",
            path: path(&x, &y, points.into_iter()),
            name: "precision",
        }],
        dots: dots.into_iter().flatten().collect(),
        head: vec![
            "from probability",
            "said to be the same",
            "right",
            "recall",
            "precision",
            "F1",
        ],
        rows: rows.collect(),
        x,
        y,
    }
}

/// What was said against what is so, with the interval and the number of pairs of each bin.
pub(super) fn reliability(evaluation: &Evaluation) -> Figure {
    let (x, y) = (
        Axis::across("probability said", [0.0, 1.0], 0.2, 1),
        Axis::up("share that is the same"),
    );
    let mut lines = vec![Line {
        class: "ideal",
        path: path(&x, &y, [(0.0, 0.0), (1.0, 1.0)].into_iter()),
        name: "where said and so are one",
    }];
    let most = evaluation.reliability.iter().map(|bin| bin.pairs).max().unwrap_or(1) as f64;
    let (mut dots, mut rows) = (Vec::new(), Vec::new());
    for bin in &evaluation.reliability {
        let [from, to] = bin.so.interval;
        lines.push(Line {
            class: "interval",
            path: path(&x, &y, [(bin.said, from), (bin.said, to)].into_iter()),
            name: "95 % interval",
        });
        dots.push(Dot {
            x: format!("{:.1}", x.x(bin.said)),
            y: format!("{:.1}", y.y(bin.so.is)),
            radius: format!("{:.1}", 3.0 + 4.0 * (bin.pairs as f64 / most).sqrt()),
            says: format!("{} pairs: said {}, so {}", bin.pairs, shown(bin.said), shown(bin.so.is)),
        });
        rows.push(vec![
            format!("{} to {}", shown(bin.from), shown(bin.to)),
            bin.pairs.to_string(),
            shown(bin.said),
            shown(bin.so.is),
            format!("{} to {}", shown(from), shown(to)),
        ]);
    }
    Figure {
        id: "reliability",
        title: "Reliability".to_owned(),
        describes: format!(
            "How many are the same of those of which a probability was said, bin by bin; on the dashed line said and so are one. \
             The bar is the 95 % interval of the share, the size of a dot its pairs. Expected calibration error {}.",
            evaluation
                .calibration_error
                .map_or_else(|| "–".to_owned(), |figure| decimals(figure.is, 4))
        ),
        lines,
        dots,
        head: vec!["probabilities", "pairs", "said, mean", "the same, share", "95 % interval"],
        rows,
        x,
        y,
    }
}

/// The shares of same and of other pairs whose LR is at least so much (Tippett plot, after Evett and Buckleton 1996).
pub(super) fn likelihood_ratios(pairs: &Pairs, evaluation: &Evaluation) -> Figure {
    let sorted = |same: bool| {
        let mut all: Vec<f64> = (pairs.ranked().iter())
            .filter(|pair| pair.same == same)
            .map(|pair| pair.log_lr / std::f64::consts::LN_10)
            .collect();
        all.sort_by(f64::total_cmp);
        all
    };
    let (same, others) = (sorted(true), sorted(false));
    let finite = |fold: fn(f64, f64) -> f64, start: f64| {
        (same.iter().chain(&others))
            .copied()
            .filter(|lr| lr.is_finite())
            .fold(start, fold)
    };
    let (from, to) = (finite(f64::min, 0.0).floor() - 1.0, finite(f64::max, 0.0).ceil() + 1.0);
    let step = ((to - from) / 12.0).ceil().max(1.0);
    // Multiples of the step, so that 0 is one.
    let (from, to) = ((from / step).floor() * step, (to / step).ceil() * step);
    let x = Axis::across("log10 LR", [from, to], step, 0);
    let y = Axis::up("share of pairs with at least this LR");
    let reach = |all: &[f64], lr: f64| (all.len() - all.partition_point(|one| *one < lr)) as f64 / all.len() as f64;
    let steps = |all: &[f64]| {
        let mut points = vec![(to, 0.0)];
        for (above, lr) in all.iter().rev().enumerate().filter(|(_, lr)| lr.is_finite()) {
            let share = |count: usize| count as f64 / all.len() as f64;
            points.extend([(*lr, share(above)), (*lr, share(above + 1))]);
        }
        let last = points.last().map_or(0.0, |(_, share)| *share);
        points.push((from, last));
        path(&x, &y, points.into_iter())
    };
    let ticks = (0..).map(|tick| from + step * f64::from(tick)).take_while(|lr| *lr <= to);
    let rows = ticks.map(|lr| vec![format!("{lr:.0}"), shown(reach(&same, lr)), shown(reach(&others, lr))]);
    Figure {
        id: "ratios",
        title: "Likelihood ratios".to_owned(),
        describes: format!(
            "The share of same (solid) and of other pairs (dashed) whose likelihood ratio is at least so much. Good evidence leaves \
             the first line high to the right of 0 and the second low. What was ruled out has no LR, and its line ends below 1. \
             Cllr {} bits.",
            evaluation
                .cllr
                .map_or_else(|| "–".to_owned(), |figure| decimals(figure.is, 4))
        ),
        lines: vec![
            Line {
                class: "for",
                path: steps(&same),
                name: "same pairs",
            },
            Line {
                class: "against",
                path: steps(&others),
                name: "other pairs",
            },
        ],
        dots: Vec::new(),
        head: vec!["log10 LR at least", "same pairs", "other pairs"],
        rows: rows.collect(),
        x,
        y,
    }
}

/// A line through points; those that fall together on screen are one.
fn path(x: &Axis, y: &Axis, points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    let mut last: Option<(f64, f64)> = None;
    let mut left_out = None;
    let draw = |path: &mut String, (x, y): (f64, f64)| {
        let command = if path.is_empty() { 'M' } else { 'L' };
        path.push_str(&format!("{command}{x:.1} {y:.1}"));
    };
    for point in points
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .map(|(at, value)| (x.x(at), y.y(value)))
    {
        if last.is_some_and(|last| (last.0 - point.0).abs() < VISIBLE && (last.1 - point.1).abs() < VISIBLE) {
            left_out = Some(point);
            continue;
        }
        draw(&mut path, point);
        (last, left_out) = (Some(point), None);
    }
    if let Some(point) = left_out {
        draw(&mut path, point);
    }
    path
}

fn shown(share: f64) -> String {
    if share.is_nan() {
        "–".to_owned()
    } else {
        decimals(share, 3)
    }
}

/// A number with so many decimals.
pub(super) fn decimals(value: f64, places: usize) -> String {
    if value.is_infinite() {
        return "infinite".to_owned();
    }
    format!("{value:.places$}")
}

/// Six decimals for every number in JSON: what lies behind them nobody knows.
pub(super) fn round(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => fields.values_mut().for_each(round),
        serde_json::Value::Array(all) => all.iter_mut().for_each(round),
        serde_json::Value::Number(number) if number.is_f64() => {
            *value = serde_json::json!(number.as_f64().map(|number| (number * 1e6).round() / 1e6));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use replevin_index::evaluation::calibration::Bins;
    use replevin_index::evaluation::{Scored, Settings, evaluate};

    use super::*;

    fn some(count: u32, first_same: u32) -> (Pairs, Evaluation) {
        let scored = (0..count).map(|pair| Scored {
            log_odds: f64::from(pair) / f64::from(count) * 8.0 - 4.0,
            log_lr: if pair % 3 == 0 {
                f64::NEG_INFINITY
            } else {
                f64::from(pair) / 100.0
            },
            same: pair % 2 == first_same,
        });
        let pairs = Pairs::new(scored.collect());
        let settings = Settings {
            threshold: 0.5,
            bins: Bins::OfWidth(10),
            samples: 20,
            seed: 1,
        };
        let evaluation = evaluate(&pairs, &settings);
        (pairs, evaluation)
    }

    #[test]
    fn a_line_has_as_many_points_as_can_be_seen() {
        let axes = || (Axis::across("x", [0.0, 1.0], 0.5, 1), Axis::up("y"));
        let (x, y) = axes();
        let many = (0..=100_000).map(|at| (f64::from(at) / 1e5, f64::from(at) / 1e5));
        let line = path(&x, &y, many);
        assert!(line.starts_with("M58.0 286.0L") && line.ends_with("L464.0 14.0"), "{line}");
        assert!(line.len() < 20_000);
        assert_eq!(
            x.ticks,
            [("58.0", "0.0"), ("261.0", "0.5"), ("464.0", "1.0")].map(|(at, label)| (at.to_owned(), label.to_owned()))
        );
    }

    #[test]
    fn every_figure_of_any_pairs_can_be_drawn() {
        for (count, first_same) in [(1, 0), (1, 1), (2, 0), (500, 0)] {
            let (pairs, evaluation) = some(count, first_same);
            let figures = [
                precision_over_recall(&pairs, &evaluation),
                reliability(&evaluation),
                likelihood_ratios(&pairs, &evaluation),
            ];
            for figure in figures {
                assert!(!figure.lines.is_empty() && !figure.rows.is_empty(), "{}", figure.id);
                assert!(figure.rows.iter().all(|row| row.len() == figure.head.len()), "{}", figure.id);
                let places = figure
                    .lines
                    .iter()
                    .map(|line| line.path.as_str())
                    .chain(figure.dots.iter().map(|dot| dot.x.as_str()));
                assert!(
                    places
                        .into_iter()
                        .all(|place| !place.contains("NaN") && !place.contains("inf")),
                    "{}",
                    figure.id
                );
            }
        }
    }
}
