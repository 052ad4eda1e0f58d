//! Two numbers laid against each other: which characters agree, which differ, which are missing or swapped.
//!
//! Owns the alignment for the eye: fewest edits, neighbours that are swapped counted as one. Leaves what a difference is
//! worth to `matching`.

use crate::http::web::shell::SerialRun;

/// What stands where the other side has a character more.
const GAP: char = '·';
/// Longer numbers are not laid against each other: nobody could read it.
const CHARACTERS_MAX: usize = 100;

/// Two numbers, cut into runs that agree or differ, of equal length on screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Aligned {
    pub(super) ours: Vec<SerialRun>,
    pub(super) theirs: Vec<SerialRun>,
    /// Each difference in words.
    pub(super) differences: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Same,
    Replace,
    /// Our side has a character more.
    Missing,
    /// Their side has a character more.
    Added,
    /// This and the next character are exchanged.
    Swap,
}

/// Lays `theirs` against `ours`.
pub(super) fn align(ours: &str, theirs: &str) -> Aligned {
    let cut = |text: &str| -> Vec<char> { text.chars().take(CHARACTERS_MAX).collect() };
    let (ours, theirs) = (cut(ours), cut(theirs));
    let mut aligned = Aligned {
        ours: Vec::new(),
        theirs: Vec::new(),
        differences: Vec::new(),
    };
    let (mut i, mut j) = (0, 0);
    for step in steps(&ours, &theirs) {
        let place = i + 1;
        let (left, right) = match step {
            Step::Same | Step::Replace => (ours[i..=i].to_vec(), theirs[j..=j].to_vec()),
            Step::Missing => (ours[i..=i].to_vec(), vec![GAP]),
            Step::Added => (vec![GAP], theirs[j..=j].to_vec()),
            Step::Swap => (ours[i..=i + 1].to_vec(), theirs[j..=j + 1].to_vec()),
        };
        i += left.iter().filter(|c| step != Step::Added || **c != GAP).count();
        j += right.iter().filter(|c| step != Step::Missing || **c != GAP).count();
        match step {
            Step::Same => {}
            Step::Replace => aligned.differences.push(format!(
                "character {place}: {} in the register, {} in the listing",
                left[0], right[0]
            )),
            Step::Missing => aligned
                .differences
                .push(format!("character {place}, {}, is missing in the listing", left[0])),
            Step::Added => aligned
                .differences
                .push(format!("the listing has {} more before character {place}", right[0])),
            Step::Swap => aligned
                .differences
                .push(format!("characters {place} and {} are exchanged", place + 1)),
        }
        push(&mut aligned.ours, &left, step != Step::Same);
        push(&mut aligned.theirs, &right, step != Step::Same);
    }
    aligned
}

fn push(runs: &mut Vec<SerialRun>, characters: &[char], differs: bool) {
    match runs.last_mut() {
        Some(run) if run.differs == differs => run.text.extend(characters),
        _ => runs.push(SerialRun {
            text: characters.iter().collect(),
            differs,
        }),
    }
}

/// The steps of a shortest way from one to the other (optimal string alignment), from the start.
fn steps(ours: &[char], theirs: &[char]) -> Vec<Step> {
    let (rows, columns) = (ours.len() + 1, theirs.len() + 1);
    let mut cost = vec![vec![0_usize; columns]; rows];
    for (i, row) in cost.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in cost[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..rows {
        for j in 1..columns {
            let replaced = cost[i - 1][j - 1] + usize::from(ours[i - 1] != theirs[j - 1]);
            let mut best = replaced.min(cost[i - 1][j] + 1).min(cost[i][j - 1] + 1);
            if swapped(ours, theirs, i, j) {
                best = best.min(cost[i - 2][j - 2] + 1);
            }
            cost[i][j] = best;
        }
    }
    let (mut i, mut j) = (ours.len(), theirs.len());
    let mut steps = Vec::new();
    while i > 0 || j > 0 {
        let here = cost[i][j];
        let step = if swapped(ours, theirs, i, j) && ours[i - 1] != theirs[j - 1] && here == cost[i - 2][j - 2] + 1 {
            Step::Swap
        } else if i > 0 && j > 0 && ours[i - 1] == theirs[j - 1] && here == cost[i - 1][j - 1] {
            Step::Same
        } else if i > 0 && j > 0 && here == cost[i - 1][j - 1] + 1 {
            Step::Replace
        } else if i > 0 && here == cost[i - 1][j] + 1 {
            Step::Missing
        } else {
            Step::Added
        };
        (i, j) = match step {
            Step::Same | Step::Replace => (i - 1, j - 1),
            Step::Missing => (i - 1, j),
            Step::Added => (i, j - 1),
            Step::Swap => (i - 2, j - 2),
        };
        steps.push(step);
    }
    steps.reverse();
    steps
}

/// Whether the two characters before `i` and `j` are each other's, exchanged.
fn swapped(ours: &[char], theirs: &[char], i: usize, j: usize) -> bool {
    i > 1 && j > 1 && ours[i - 1] == theirs[j - 2] && ours[i - 2] == theirs[j - 1]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Differing characters in brackets.
    fn written(runs: &[SerialRun]) -> String {
        runs.iter()
            .map(|run| {
                if run.differs {
                    format!("[{}]", run.text)
                } else {
                    run.text.clone()
                }
            })
            .collect()
    }

    #[test]
    fn lays_numbers_against_each_other() {
        for (ours, theirs, left, right, differences) in [
            ("GZ7710345", "GZ7710345", "GZ7710345", "GZ7710345", 0),
            ("GZ7710345", "GZ771O345", "GZ771[0]345", "GZ771[O]345", 1),
            ("WBK123456Z", "WBK13456Z", "WBK1[2]3456Z", "WBK1[·]3456Z", 1),
            ("WBK13456", "WBK123456", "WBK1[·]3456", "WBK1[2]3456", 1),
            ("ABC1234", "ABC1324", "ABC1[23]4", "ABC1[32]4", 1),
            ("", "A1", "[··]", "[A1]", 2),
            ("A·B", "AB", "A[·]B", "A[·]B", 1),
        ] {
            let aligned = align(ours, theirs);
            assert_eq!(written(&aligned.ours), left, "{ours} {theirs}");
            assert_eq!(written(&aligned.theirs), right, "{ours} {theirs}");
            assert_eq!(aligned.differences.len(), differences, "{ours} {theirs}");
        }
    }

    #[test]
    fn says_where_the_difference_is() {
        let said = |ours, theirs| align(ours, theirs).differences.join("; ");
        assert_eq!(said("A10B", "A1OB"), "character 3: 0 in the register, O in the listing");
        assert_eq!(said("A10B", "A1B"), "character 3, 0, is missing in the listing");
        assert_eq!(said("A1B", "A10B"), "the listing has 0 more before character 3");
        assert_eq!(said("A1023", "A1203"), "characters 3 and 4 are exchanged");
    }

    proptest! {
        #[test]
        fn both_sides_stay_whole_and_line_up(ours in "[A-C0-2]{0,12}", theirs in "[A-C0-2]{0,12}") {
            let aligned = align(&ours, &theirs);
            let whole = |runs: &[SerialRun]| runs.iter().map(|run| run.text.as_str()).collect::<String>();
            let (left, right) = (whole(&aligned.ours), whole(&aligned.theirs));
            prop_assert_eq!(left.chars().count(), right.chars().count());
            prop_assert_eq!(left.replace(GAP, ""), ours.clone());
            prop_assert_eq!(right.replace(GAP, ""), theirs.clone());
            prop_assert_eq!(aligned.differences.is_empty(), ours == theirs);
        }
    }
}
