//! Values as people and programs write them: amounts, times, statuses.

use chrono::format::ParseErrorKind;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use url::Url;

/// Forms of an instant that names its zone.
const ZONED: [&str; 3] = ["%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%z"];
/// Forms of an instant that names none. Day and month are told apart by dots; with slashes they could be either.
const LOCAL: [&str; 6] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
];
/// Forms of a day.
const DAYS: [&str; 2] = ["%Y-%m-%d", "%d.%m.%Y"];

/// Words for the statuses, without blanks, dashes and underscores.
const STATUSES: [(&str, &[&str]); 4] = [
    (
        "active",
        &[
            "active",
            "instock",
            "available",
            "forsale",
            "onsale",
            "limitedavailability",
            "onlineonly",
            "instoreonly",
            "preorder",
            "presale",
            "backorder",
            "live",
            "open",
        ],
    ),
    ("sold", &["sold", "soldout", "outofstock"]),
    ("ended", &["ended", "expired", "closed", "unsold", "discontinued"]),
    ("withdrawn", &["withdrawn", "removed", "cancelled", "canceled", "deleted"]),
];

/// An amount with a point before its decimals, and the currency where the text names one. `comma`: the comma stands before the
/// decimals and the point between thousands. Otherwise both are understood, and three digits after a lone mark are thousands.
pub(super) fn amount(text: &str, comma: bool) -> Option<(String, Option<String>)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let end = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    let before = currency(text[..start].trim(), false)?;
    let after = currency(text[end..].trim(), true)?;
    let bare: String = text[start..end]
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’'))
        .collect();
    if !bare.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',')) {
        return None;
    }
    let decimal = if comma { Some(',') } else { decimal_mark(&bare) };
    let mut parts = bare.splitn(2, |c| Some(c) == decimal);
    let whole = without_thousands(parts.next()?)?;
    let fraction = parts.next();
    if fraction.is_some_and(|fraction| !fraction.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let written = match fraction {
        // A point before three digits is taken for one between thousands wherever nothing says otherwise.
        Some(fraction) if fraction.len() == 3 => format!("{whole}.{fraction}0"),
        Some(fraction) => format!("{whole}.{fraction}"),
        None => whole,
    };
    Some((written, before.or(after)))
}

/// A whole number without the marks between its groups, of which the last has three digits.
fn without_thousands(whole: &str) -> Option<String> {
    let groups: Vec<&str> = whole.split(['.', ',']).collect();
    let inner = groups.iter().skip(1).all(|group| matches!(group.len(), 2 | 3));
    let last = groups.len() == 1 || groups.last().is_some_and(|group| group.len() == 3);
    let mixed = whole.contains('.') && whole.contains(',');
    (inner && last && !mixed && !groups[0].is_empty()).then(|| groups.concat())
}

fn decimal_mark(bare: &str) -> Option<char> {
    let last = bare.rfind(['.', ','])?;
    let mark = bare[last..].chars().next()?;
    let other = if mark == '.' { ',' } else { '.' };
    let lone = bare.matches(mark).count() == 1;
    let thousands = !lone || (!bare.contains(other) && bare.len() - last - 1 == 3 && last <= 3 && !bare.starts_with('0'));
    (!thousands).then_some(mark)
}

/// The currency that stands beside an amount: `None` when what stands there is something else, such as a minus.
fn currency(beside: &str, behind: bool) -> Option<Option<String>> {
    let bare = if behind {
        beside.trim_start_matches([',', '.', '-', '–']).trim()
    } else {
        beside
    };
    let bare = bare.trim_end_matches('.');
    Some(match bare {
        "" | "kr" | "Kr" | "KR" | "$" => None,
        "€" => Some("EUR".to_owned()),
        "£" => Some("GBP".to_owned()),
        "zł" => Some("PLN".to_owned()),
        "Kč" => Some("CZK".to_owned()),
        "Ft" => Some("HUF".to_owned()),
        "lei" => Some("RON".to_owned()),
        "SFr" | "Fr" => Some("CHF".to_owned()),
        code if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) => Some(code.to_ascii_uppercase()),
        _ => return None,
    })
}

/// The currencies that a sign beside an amount may mean, where it is shared by several.
pub(super) fn sign(text: &str) -> Option<&'static [&'static str]> {
    let letters: String = text.chars().filter(|c| c.is_alphabetic() || *c == '$').collect();
    match letters.to_lowercase().as_str() {
        "$" | "dollar" | "dollars" => Some(&[
            "USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN", "TWD", "CLP", "COP", "ARS", "BRL",
        ]),
        "kr" | "krone" | "kroner" | "krona" | "kronor" | "krónur" => Some(&["DKK", "SEK", "NOK", "ISK"]),
        _ => None,
    }
}

/// The currency that a sign or a name stands for, as people write it in place of the three letters; of one that several countries
/// share, that of the country.
pub(super) fn currency_of(text: &str, country: Option<&str>) -> Option<&'static str> {
    let country = country.map(str::to_ascii_uppercase).unwrap_or_default();
    Some(match text.trim().trim_end_matches('.').to_lowercase().as_str() {
        "€" | "euro" | "euros" => "EUR",
        "£" | "pound" | "pounds" => "GBP",
        "zł" | "zl" | "złoty" | "złotych" => "PLN",
        "kč" | "korun" => "CZK",
        "ft" => "HUF",
        "lei" => "RON",
        "sfr" | "franken" => "CHF",
        "kr" | "krone" | "kroner" | "krona" | "kronor" | "krónur" => match country.as_str() {
            "DK" | "GL" | "FO" => "DKK",
            "SE" => "SEK",
            "NO" => "NOK",
            "IS" => "ISK",
            _ => return None,
        },
        "$" | "dollar" | "dollars" => match country.as_str() {
            "US" => "USD",
            "CA" => "CAD",
            "AU" => "AUD",
            "NZ" => "NZD",
            _ => return None,
        },
        _ => return None,
    })
}

/// An instant in RFC 3339. A day alone counts as its last second, so that nothing seems older than it can be.
pub(super) fn time(text: &str, zone: Tz, format: Option<&str>) -> Option<String> {
    let local = |time: NaiveDateTime| in_zone(time, zone);
    let own = || {
        let format = format?;
        let day = || NaiveDate::parse_from_str(text, format).ok().map(last_second);
        NaiveDateTime::parse_from_str(text, format).ok().or_else(day).and_then(local)
    };
    let zoned = || {
        let usual = DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_rfc2822(text))
            .ok();
        let others = || ZONED.iter().find_map(|form| DateTime::parse_from_str(text, form).ok());
        usual.or_else(others).map(|time| time.with_timezone(&Utc))
    };
    let unzoned = || {
        let time = LOCAL.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        let day = || {
            DAYS.iter()
                .find_map(|form| NaiveDate::parse_from_str(text, form).ok())
                .map(last_second)
        };
        time.or_else(day).and_then(local)
    };
    let found = own().or_else(zoned).or_else(unzoned)?;
    Some(found.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// The form by which a text would be a time, or a day, if there were such a day or hour.
pub(super) fn impossible<'f>(text: &str, format: Option<&'f str>) -> Option<&'f str> {
    // The forms of a day first, so that a day alone is told by its own.
    let forms = format.into_iter().chain(DAYS).chain(LOCAL);
    let none = |error: chrono::ParseError| matches!(error.kind(), ParseErrorKind::OutOfRange | ParseErrorKind::Impossible);
    forms.into_iter().find(|form| {
        // Of a form without an hour the time is what is missing, whatever the day.
        let day = NaiveDate::parse_from_str(text, form).err().is_some_and(none);
        day || NaiveDateTime::parse_from_str(text, form).err().is_some_and(none)
    })
}

/// A day in ISO 8601.
pub(super) fn day(text: &str, zone: Tz, format: Option<&str>) -> Option<String> {
    let own = format.and_then(|format| NaiveDate::parse_from_str(text, format).ok());
    let plain = || DAYS.iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok());
    let instant = || DateTime::parse_from_rfc3339(&time(text, zone, format)?).ok();
    let of_instant = || Some(instant()?.with_timezone(&zone).date_naive());
    own.or_else(plain).or_else(of_instant).map(|day| day.to_string())
}

fn last_second(day: NaiveDate) -> NaiveDateTime {
    // The last second of a day always exists.
    day.and_time(NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default())
}

/// A local time as an instant: the later one of two, and an hour on where clocks jump over it.
fn in_zone(time: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let at = |time| zone.from_local_datetime(&time).latest();
    at(time)
        .or_else(|| at(time.checked_add_signed(TimeDelta::hours(1))?))
        .map(|time| time.with_timezone(&Utc))
}

/// The status that a word stands for, also as the address of a term of schema.org.
pub(super) fn status(text: &str) -> Option<&'static str> {
    let term = text.trim().rsplit(['/', '#', ':']).next()?;
    let letters = term.chars().filter(|c| !matches!(c, ' ' | '-' | '_'));
    let word: String = letters.flat_map(char::to_lowercase).collect();
    let found = STATUSES.iter().find(|(_, words)| words.contains(&word.as_str()));
    found.map(|(status, _)| *status)
}

/// The address of a file in a folder, whether or not the folder's own address ends with a stroke.
pub(super) fn beneath(base: &Url, part: &str) -> Result<Url, url::ParseError> {
    if base.path().ends_with('/') || base.query().is_some() {
        return base.join(part);
    }
    let mut folder = base.clone();
    folder.set_path(&format!("{}/", base.path()));
    folder.join(part)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_they_are_meant() {
        for (given, comma, written, currency) in [
            ("199.00 EUR", false, "199.00", Some("EUR")),
            ("DKK 1200", false, "1200", Some("DKK")),
            ("1.200,50", false, "1200.50", None),
            ("1,200.50", false, "1200.50", None),
            ("1.200", false, "1200", None),
            ("0.125", false, "0.1250", None),
            ("12,5", false, "12.5", None),
            ("1.200.000", false, "1200000", None),
            ("kr. 1.200,-", false, "1200", None),
            ("1 200,00 kr.", false, "1200.00", None),
            ("€ 7", false, "7", Some("EUR")),
            ("£1,250", false, "1250", Some("GBP")),
            ("1.200", true, "1200", None),
            ("1,200", true, "1.2000", None),
        ] {
            let expected = (written.to_owned(), currency.map(str::to_owned));
            assert_eq!(amount(given, comma), Some(expected), "{given}");
        }
        for given in ["", "cheap", "-5", "1e9", "1.2.3,4,5", "about 20", "10 - 20", "5 tons"] {
            assert_eq!(amount(given, false), None, "{given}");
        }
    }

    #[test]
    fn currencies_have_signs_and_names() {
        for (given, country, code) in [
            ("kr.", Some("DK"), Some("DKK")),
            ("Kronor", Some("se"), Some("SEK")),
            ("kr", None, None),
            ("€", None, Some("EUR")),
            ("zł", Some("PL"), Some("PLN")),
            ("shells", Some("DK"), None),
        ] {
            assert_eq!(currency_of(given, country), code, "{given}");
        }
    }

    #[test]
    fn times_are_read_in_their_zone() {
        let zone = chrono_tz::Europe::Copenhagen;
        for (given, format, written) in [
            ("2026-11-20T18:00:00Z", None, "2026-11-20T18:00:00Z"),
            ("2026-11-20T19:00:00.250+01:00", None, "2026-11-20T18:00:00.250Z"),
            ("Fri, 20 Nov 2026 18:00:00 GMT", None, "2026-11-20T18:00:00Z"),
            ("2026-11-20 19:00", None, "2026-11-20T18:00:00Z"),
            ("20.06.2026 20:00", None, "2026-06-20T18:00:00Z"),
            ("2026-11-20", None, "2026-11-20T22:59:59Z"),
            ("11/20/26 07.00 PM", Some("%m/%d/%y %I.%M %p"), "2026-11-20T18:00:00Z"),
            ("20-11-2026", Some("%d-%m-%Y"), "2026-11-20T22:59:59Z"),
            // The hour that is there twice, and the one that is not there.
            ("2026-10-25 02:30", None, "2026-10-25T01:30:00Z"),
            ("2026-03-29 02:30", None, "2026-03-29T01:30:00Z"),
        ] {
            assert_eq!(time(given, zone, format).as_deref(), Some(written), "{given}");
        }
        for given in ["", "yesterday", "20/11/2026", "2026-13-01", "99999-01-01"] {
            assert_eq!(time(given, zone, None), None, "{given}");
        }
        let german = Some("%d.%m.%Y %H:%M");
        for (given, format, form) in [
            ("31.11.2026 20:00", german, german),
            ("30.11.2026 25:00", german, german),
            ("30.02.2026", None, Some("%d.%m.%Y")),
            ("2026-13-01", None, Some("%Y-%m-%d")),
            ("2026-02-29 10:00", german, Some("%Y-%m-%d %H:%M")),
            ("yesterday", german, None),
            ("20/11/2026", german, None),
        ] {
            assert_eq!(impossible(given, format), form, "{given}");
        }
        assert_eq!(day("01.03.2024", zone, None).as_deref(), Some("2024-03-01"));
        assert_eq!(day("2024-02-29T23:30:00Z", zone, None).as_deref(), Some("2024-03-01"));
    }

    #[test]
    fn statuses_have_many_words() {
        for (given, word) in [
            ("https://schema.org/InStock", "active"),
            ("in stock", "active"),
            ("out_of_stock", "sold"),
            ("schema:SoldOut", "sold"),
            ("Expired", "ended"),
            ("withdrawn", "withdrawn"),
        ] {
            assert_eq!(status(given), Some(word), "{given}");
        }
        assert_eq!(status("perhaps"), None);
    }
}
