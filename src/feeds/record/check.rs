//! A check's record: what somebody asks about before it is published.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use replevin_index::identifier::{self, IdentifierError, IdentifierKind, Validity};

use super::super::FieldFault;
use super::super::kept::OWN;
use super::{Identifiers, REFERENCE_CHARS_MAX, ROUNDED, description, is_rounded, parse_object};
use crate::domain::description::{Description, GivenIdentifier};

/// Longest photo in Base64, characters.
const IMAGE_CHARS_MAX: usize = 28 << 20;

/// A listing's record may be sent as it is; what is none of its fields is a slip, and would go unasked.
const IDENTIFIERS: [(&str, &[&str]); 1] = [("identifiers", &["kind", "value"])];

/// What is asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckRecord {
    /// The asker's own name for the check.
    pub reference: Option<String>,
    /// What is said of the object.
    pub description: Description,
    /// A photo of it.
    pub image: Option<Vec<u8>>,
    /// Numbers that can be none as they are given, and why. What they are near to is searched all the same: most are slips of the pen.
    pub unreadable: Vec<FieldFault>,
}

impl CheckRecord {
    /// What an answer can rest on: `numbers` that name one object and can be ones, given or announced in a text, a `picture`, `marks`.
    /// Nothing, where only words are said, or a code that a thousand others of the model bear.
    #[must_use]
    pub fn rests_on(&self) -> Vec<&'static str> {
        let names_one = |given: &GivenIdentifier| {
            given.kind != IdentifierKind::ProductCode && identifier::parse(given.kind, &given.value).is_ok()
        };
        let announces_one = |text: &String| {
            let mut found = identifier::extract(text).into_iter().map(|found| found.identifier);
            found.any(|found| found.kind != IdentifierKind::ProductCode && found.valid != Validity::No)
        };
        let description = &self.description;
        let numbers = description.identifiers.iter().any(names_one)
            || [&description.title, &description.text].into_iter().any(announces_one);
        [
            (numbers, "numbers"),
            (self.image.is_some(), "picture"),
            (!description.marks.is_empty(), "marks"),
        ]
        .into_iter()
        .filter_map(|(is_said, word)| is_said.then_some(word))
        .collect()
    }
}

/// Reads a check.
///
/// # Errors
/// What is wrong with it, at most ten faults.
pub fn parse_check(bytes: &[u8]) -> Result<CheckRecord, Vec<FieldFault>> {
    parse_object(bytes, |fields| {
        for name in fields.unknown(|name| name == "image" || OWN.contains(&name), &IDENTIFIERS) {
            fields.fault(&name, "no such field");
        }
        let description = description(fields, Identifiers::Registered);
        let mut unreadable = Vec::new();
        for (at, given) in description.identifiers.iter().enumerate() {
            let field = format!("identifiers[{at}].value");
            if is_rounded(&given.value) {
                fields.fault(&field, ROUNDED);
                continue;
            }
            match identifier::parse(given.kind, &given.value) {
                Ok(_) => {}
                // A slip of the pen still finds what it is near to; what is no number of its kind at all finds nothing.
                Err(error @ (IdentifierError::CheckDigit | IdentifierError::ForbiddenCharacter(_) | IdentifierError::Form)) => {
                    unreadable.push(FieldFault {
                        field,
                        reason: format!("{error}; it could not be checked as it is: read it again"),
                    });
                }
                Err(error) => fields.fault(&field, error.to_string()),
            }
        }
        let image = fields.code("image", IMAGE_CHARS_MAX).and_then(|text| {
            let bytes = STANDARD.decode(text.as_bytes());
            if bytes.is_err() {
                fields.fault("image", "expected a picture's bytes in Base64");
            }
            bytes.ok()
        });
        let names = [
            &description.title,
            &description.text,
            &description.brand,
            &description.model,
            &description.marks,
        ];
        let says_nothing = description.identifiers.is_empty() && names.iter().all(|text| text.is_empty());
        if says_nothing && image.is_none() && fields.is_sound() {
            fields.fault("", "say at least one of identifiers, title, description, image");
        }
        CheckRecord {
            reference: fields.code("id", REFERENCE_CHARS_MAX),
            description,
            image,
            unreadable,
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_read_and_faults_are_named() {
        let check = parse_check(
            br#"{"id":"A-1","identifiers":[{"kind":"frame_number","value":"WBK 123456 Z"}],"image":"aGVs bG8=","unknown":1}"#,
        );
        let faults = check.unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["unknown", "image"]);
        let check =
            parse_check(br#"{"id":17,"identifiers":[{"kind":"frame_number","value":"WBK 123456 Z"}],"image":"aGVsbG8="}"#);
        let check = check.unwrap();
        assert_eq!(check.reference.as_deref(), Some("17"));
        assert_eq!(check.image.as_deref(), Some(&b"hello"[..]));
        assert_eq!(check.description.identifiers.len(), 1);
        for (text, field) in [
            ("{}", ""),
            ("{\"id\":\"A-1\"}", ""),
            ("[]", ""),
            (
                "{\"identifiers\":[{\"kind\":\"shoe\",\"value\":\"1\"}]}",
                "identifiers[0].kind",
            ),
            (
                "{\"identifiers\":[{\"kind\":\"serial\",\"value\":\"ukendt\"}]}",
                "identifiers[0].value",
            ),
            ("{\"title\":7.5}", "title"),
            ("{\"title\":\"Ring\",\"identifer\":[]}", "identifer"),
            (
                "{\"identifiers\":[{\"kind\":\"imei\",\"value\":\"123\"}]}",
                "identifiers[0].value",
            ),
            (
                "{\"identifiers\":[{\"kind\":\"imei\",\"value\":\"4,78751E+14\"}]}",
                "identifiers[0].value",
            ),
        ] {
            assert_eq!(parse_check(text.as_bytes()).unwrap_err()[0].field, field, "{text}");
        }
        for (value, reason) in [
            ("490154203237519", "the check digit does not fit"),
            ("49015420323751O", "'O' does not occur"),
        ] {
            let check = format!("{{\"title\":\"Telefon\",\"identifiers\":[{{\"kind\":\"imei\",\"value\":\"{value}\"}}]}}");
            let check = parse_check(check.as_bytes()).unwrap();
            assert_eq!(check.unreadable[0].field, "identifiers[0].value");
            assert!(check.unreadable[0].reason.starts_with(reason), "{:?}", check.unreadable);
            assert_eq!(check.rests_on(), [""; 0]);
        }
        for (check, rests_on) in [
            ("{\"title\":\"Telefon\"}", &[][..]),
            (
                "{\"title\":\"Ur\",\"identifiers\":[{\"kind\":\"product_code\",\"value\":\"4006381333931\"}]}",
                &[],
            ),
            ("{\"title\":\"Cykel\",\"description\":\"Stel nr. WBK123456Z\"}", &["numbers"]),
            (
                "{\"identifiers\":[{\"kind\":\"serial\",\"value\":\"AB123456\"}],\"marks\":\"JHK\"}",
                &["numbers", "marks"],
            ),
            ("{\"image\":\"aGVsbG8=\"}", &["picture"]),
        ] {
            assert_eq!(parse_check(check.as_bytes()).unwrap().rests_on(), rests_on, "{check}");
        }
        let short = parse_check(br#"{"identifiers":[{"kind":"imei","value":"123"}]}"#).unwrap_err();
        assert_eq!(short[0].reason, "3 characters, but it must be 14, 15 or 16");
    }
}
