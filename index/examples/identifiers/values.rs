//! Well-formed values of every kind, and the ways in which people write them.

use super::Random;

const MAKERS: [&str; 10] = ["WVW", "WBA", "YV1", "TMB", "VF1", "ZFA", "VSS", "JHM", "WDB", "1HG"];
const VIN_CHARACTERS: &str = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789";
const YEAR_LETTERS: &str = "ABCDEFGHJKLMNPRSTUVXZ";
const LETTERS: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ";

/// A value of a kind as the templates name it, canonical, and as written.
pub(super) fn value(random: &mut Random, kind: &str, language: &str) -> (String, String) {
    let canonical = match kind {
        "imei" => imei(random),
        "vin" => vin(random),
        "frame" => frame(random),
        "ein" => random
            .pattern(&["AAA11111111199AA11", "AA1111111111AA11", "A1111111111AA"])
            .replace('9', "0"),
        "fnuci" => random.pattern(&["AA1111AAA1", "A1A1A1A1A1", "AA11111111"]),
        "hull" => hull(random),
        "chip" => format!(
            "{}{}",
            random.pick(&["985", "968", "900", "208", "276", "578"]),
            random.pattern(&["001111111111"])
        ),
        "owner" => random.pattern(&["1111AA11", "AAA1111", "111111A", "AA1111", "11111A1"]),
        "plate" => plate(random, language),
        "product" => product(random),
        _ => serial(random),
    };
    let written = written(random, kind, &canonical);
    (canonical, written)
}

fn imei(random: &mut Random) -> String {
    let body = format!(
        "{}{}",
        random.pick(&["35", "86", "01", "99"]),
        random.pattern(&["111111111111"])
    );
    let doubled = |(at, digit): (usize, char)| {
        let value = digit.to_digit(10).unwrap_or(0) << (at % 2);
        if value > 9 { value - 9 } else { value }
    };
    let sum: u32 = body.chars().enumerate().map(doubled).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn vin(random: &mut Random) -> String {
    let mut value: String = (*random.pick(&MAKERS)).to_owned();
    value.extend((0..8).map(|_| random.character(VIN_CHARACTERS)));
    value + &random.pattern(&["111111"])
}

/// Danish three times of five; others as makers stamp them.
fn frame(random: &mut Random) -> String {
    if random.below(5) < 3 {
        let letters = random.pattern(&["A", "AA", "AAA"]);
        let digits = random.pattern(&["1111", "11111", "111111", "1111111"]);
        return format!("W{letters}{digits}{}", random.character(YEAR_LETTERS));
    }
    random.pattern(&["AA11111111", "A111A1111", "11111111", "AAAA1111111", "A11A11111"])
}

fn hull(random: &mut Random) -> String {
    let country = random.pick(&["DK", "SE", "NO", "GB", "DE", "FR", "IT", "PL", ""]);
    let month = random.character("ABCDEFGHIJKL");
    let year = random.below(25);
    format!(
        "{country}{}{month}{}{year:02}",
        random.pattern(&["AAA11111", "AAAA1111"]),
        year % 10
    )
}

fn plate(random: &mut Random, language: &str) -> String {
    random
        .pattern(match language {
            "da" | "no" => &["AA11111"],
            "sv" => &["AAA111", "AAA11A"],
            "de" => &["A AA1111", "AA A111"],
            "nl" => &["11AAA1", "A111AA"],
            "fr" | "it" => &["AA111AA"],
            "es" => &["1111AAA"],
            "en" => &["AA11AAA"],
            "pl" => &["AA11111", "AAA1A11"],
            _ => &["1A11111"],
        })
        .replace(' ', "")
}

fn product(random: &mut Random) -> String {
    let body = random.pattern(&["401111111111", "501111111111", "871111111111", "03111111111", "9631111"]);
    let weigh = |(at, digit): (usize, char)| digit.to_digit(10).unwrap_or(0) * [3, 1][at % 2];
    let sum: u32 = body.chars().rev().enumerate().map(weigh).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn serial(random: &mut Random) -> String {
    random.pattern(&[
        "AA111111",
        "11111111",
        "1A1111111A",
        "A11A1111",
        "AAA11A11111",
        "1111111",
        "AA1A111A11",
        "111A11111",
        "AA1111AA11",
        "R11A11A1A1A",
    ])
}

/// Plain twice of five; else in small letters, in groups or with dashes, as the kind is written.
fn written(random: &mut Random, kind: &str, canonical: &str) -> String {
    let groups: &[&[usize]] = match (kind, canonical.len()) {
        ("imei", _) => &[&[2, 6, 6, 1], &[6, 2, 6, 1], &[8, 6, 1]],
        ("vin", _) => &[&[3, 6, 8], &[3, 3, 3, 2, 6]],
        ("hull", 14) => return [canonical.to_owned(), cut(canonical, &[2, 8, 2, 2], "-")][random.below(2)].clone(),
        ("chip", _) => &[&[3, 4, 4, 4], &[3, 12], &[3, 3, 3, 3, 3]],
        ("plate", 7) => &[&[2, 2, 3], &[2, 3, 2]],
        ("plate", _) => &[&[3, 3]],
        ("frame", _) => {
            let letters = canonical.chars().take_while(char::is_ascii_alphabetic).count();
            let end = usize::from(canonical.ends_with(|c: char| c.is_ascii_alphabetic()));
            let sizes = [letters, canonical.len() - letters - end, end];
            return in_groups(random, canonical, &sizes);
        }
        ("serial", 10) => &[&[4, 6], &[2, 4, 4], &[4, 4, 2], &[5, 5]],
        ("serial", 8) => &[&[4, 4], &[2, 3, 3], &[2, 2, 2, 2], &[3, 5]],
        ("serial", 7 | 9) => &[&[3, 4, 2], &[3, 4], &[4, 5]],
        ("ein", 18) => &[&[3, 3, 5, 3, 2, 2]],
        ("owner", 8) => &[&[4, 4], &[4, 2, 2]],
        _ => &[],
    };
    let fitting: Vec<&&[usize]> = groups
        .iter()
        .filter(|sizes| sizes.iter().sum::<usize>() == canonical.len())
        .collect();
    match fitting.is_empty() {
        true => in_groups(random, canonical, &[canonical.len()]),
        false => {
            let sizes = fitting[random.below(fitting.len())];
            in_groups(random, canonical, sizes)
        }
    }
}

fn in_groups(random: &mut Random, canonical: &str, sizes: &[usize]) -> String {
    match random.below(10) {
        0..4 => canonical.to_owned(),
        4 => canonical.to_lowercase(),
        5..8 => cut(canonical, sizes, " "),
        8 => cut(canonical, sizes, "-"),
        _ => cut(canonical, sizes, "."),
    }
}

fn cut(value: &str, sizes: &[usize], between: &str) -> String {
    let mut at = 0;
    let mut parts = Vec::new();
    for size in sizes.iter().filter(|size| **size > 0) {
        parts.push(&value[at..at + size]);
        at += size;
    }
    parts.join(between)
}

impl Random {
    /// One of the ASCII characters of `all`.
    pub(super) fn character(&mut self, all: &str) -> char {
        let at = self.below(all.len());
        all.as_bytes()[at] as char
    }

    /// One of the patterns with every `A` a letter and every `1` a digit; other characters stay. Never all alike digits.
    pub(super) fn pattern(&mut self, patterns: &[&str]) -> String {
        let pattern = *self.pick(patterns);
        let fill = |random: &mut Self, c| match c {
            'A' => random.character(LETTERS),
            '1' => random.character("0123456789"),
            other => other,
        };
        pattern.chars().map(|c| fill(self, c)).collect()
    }
}
