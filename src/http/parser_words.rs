//! What a parser of JSON bodies and queries says, put as people say it: the field at fault and what was expected of it.
//!
//! The parsers name types and places of their own; whoever sent the body knows neither.

/// What a parser was doing, as its words begin.
const DOING: [&str; 3] = [
    "Failed to deserialize query string: ",
    "Failed to deserialize the JSON body into the target type: ",
    "Failed to parse the request body as JSON: ",
];
/// Longest text of the sender's that is repeated, characters.
const REPEATED_CHARACTERS_MAX: usize = 60;
/// What is expected of an address, as its parser says it.
const OF_ADDRESSES: [&str; 7] = [
    "relative URL without a base",
    "empty host",
    "invalid port number",
    "invalid domain character",
    "invalid international domain name",
    "invalid IPv4 address",
    "invalid IPv6 address",
];

/// The field at fault and what was expected of it; no field when the whole is at fault.
pub(super) fn fault(text: &str) -> (String, String) {
    let said = DOING.iter().find_map(|start| text.strip_prefix(start)).unwrap_or(text);
    let is_syntax = text.starts_with(DOING[2]);
    let is_field = |field: &str| !field.is_empty() && !field.contains(char::is_whitespace);
    let (field, said) = match said.split_once(": ") {
        Some((field, said)) if is_field(field) => (field, said),
        _ => ("", said),
    };
    // A key that is none of those that are known has no name in the path.
    let field = field.strip_suffix('?').map_or(field, |field| field.trim_end_matches('.'));
    if is_syntax {
        return (field.to_owned(), said.to_owned());
    }
    let said = without_place(said);
    match said.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(missing) if field.is_empty() => (missing.to_owned(), "is missing".to_owned()),
        Some(missing) => (format!("{field}.{missing}"), "is missing".to_owned()),
        None => (field.to_owned(), plain(said)),
    }
}

/// Without where in the body the parser stood: the field tells more.
fn without_place(said: &str) -> &str {
    match said.rsplit_once(" at line ") {
        Some((before, place)) if place.chars().all(|c| c.is_ascii_digit() || " column".contains(c)) => before,
        _ => said,
    }
}

fn plain(said: &str) -> String {
    let fixed = match said {
        "provided string was not `true` or `false`" => Some("expected true or false"),
        "invalid digit found in string" | "cannot parse integer from empty string" => Some("expected a whole number"),
        "number too large to fit in target type" => Some("expected a smaller number"),
        _ => None,
    };
    if let Some(fixed) = fixed {
        return fixed.to_owned();
    }
    if let Some(rest) = said.strip_prefix("unknown field ") {
        let known = rest
            .split_once(", expected ")
            .map(|(_, known)| known.trim_start_matches("one of "));
        return known.map_or_else(
            || "no such field".to_owned(),
            |known| format!("no such field; known here: {known}"),
        );
    }
    if let Some((found, known)) = said
        .strip_prefix("unknown variant ")
        .and_then(|rest| rest.split_once(", expected "))
    {
        return format!("expected {known}, found {}", short(found));
    }
    // An address's parser says what is wrong before it says with which.
    if let Some((wrong, found)) = said.split_once(": ").filter(|(wrong, _)| OF_ADDRESSES.contains(wrong)) {
        return format!("expected {}, found {}", expected(wrong), short(found));
    }
    let typed = ["invalid type: ", "invalid value: "]
        .iter()
        .find_map(|start| said.strip_prefix(start)?.rsplit_once(", expected "));
    match typed {
        Some((found, wanted)) => format!("expected {}, found {}", expected(wanted), short(&thing(found))),
        None => said.to_owned(),
    }
}

/// What a parser expects.
fn expected(wanted: &str) -> String {
    let words = match wanted {
        "a string" | "a borrowed string" | "string or map" => "text",
        "a sequence" => "a list",
        "a boolean" => "true or false",
        "a map" => "an object with fields",
        "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64" => "a whole number",
        "f64" | "f32" => "a number",
        wanted if wanted.starts_with("struct ") => "an object with fields",
        wanted if OF_ADDRESSES.contains(&wanted) => "an address such as https://desk.example.org/lots",
        wanted => wanted,
    };
    words.to_owned()
}

/// What a parser found.
fn thing(found: &str) -> String {
    match found {
        "sequence" => "a list".to_owned(),
        "map" => "an object with fields".to_owned(),
        found => ["string ", "integer ", "boolean ", "floating point "]
            .iter()
            .find_map(|kind| found.strip_prefix(kind))
            .unwrap_or(found)
            .to_owned(),
    }
}

/// What was sent, unless it is long.
fn short(found: &str) -> &str {
    if found.chars().count() > REPEATED_CHARACTERS_MAX {
        "something long"
    } else {
        found
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    const BODY: &str = "Failed to deserialize the JSON body into the target type: ";

    #[test]
    fn a_parsers_words_become_field_and_reason() {
        for (text, field, reason) in [
            (
                "Failed to deserialize query string: dry_run: provided string was not `true` or `false`",
                "dry_run",
                "expected true or false",
            ),
            (
                "Failed to deserialize query string: limit: invalid digit found in string",
                "limit",
                "expected a whole number",
            ),
            (
                "Failed to parse the request body as JSON: expected value at line 1 column 1",
                "",
                "expected value at line 1 column 1",
            ),
        ] {
            assert_eq!(fault(text), (field.to_owned(), reason.to_owned()));
        }
    }

    #[test]
    fn the_words_of_a_bodys_parser_are_put_plainly() {
        for (said, field, reason) in [
            (
                "fields[0]: unknown variant `shoe`, expected one of `name`, `address` at line 1 column 19",
                "fields[0]",
                "expected one of `name`, `address`, found `shoe`",
            ),
            (
                "identity.?: unknown variant `shoe`, expected `name` or `email` at line 1 column 20",
                "identity",
                "expected `name` or `email`, found `shoe`",
            ),
            (
                "pull.url: invalid value: string \"lots.csv\", expected relative URL without a base at line 1 column 27",
                "pull.url",
                "expected an address such as https://desk.example.org/lots, found \"lots.csv\"",
            ),
            (
                "pull.url: relative URL without a base: \"lots.csv\" at line 1 column 27",
                "pull.url",
                "expected an address such as https://desk.example.org/lots, found \"lots.csv\"",
            ),
            ("missing field `held` at line 1 column 2", "held", "is missing"),
            ("pull: missing field `url` at line 1 column 12", "pull.url", "is missing"),
            (
                "helt: unknown field `helt`, expected `held` or `note` at line 1 column 7",
                "helt",
                "no such field; known here: `held` or `note`",
            ),
            (
                "held: invalid type: string \"yes\", expected a boolean at line 1 column 13",
                "held",
                "expected true or false, found \"yes\"",
            ),
            (
                "invalid type: sequence, expected struct HoldAnswerBody at line 1 column 0",
                "",
                "expected an object with fields, found a list",
            ),
        ] {
            assert_eq!(
                fault(&format!("{BODY}{said}")),
                (field.to_owned(), reason.to_owned()),
                "{said}"
            );
        }
        let long = format!("{BODY}a: unknown variant `{}`, expected `name`", "x".repeat(61));
        assert_eq!(fault(&long).1, "expected `name`, found something long");
    }
}
