//! The text on labels and type plates in a picture, and the numbers in it.
//!
//! Any change here takes a new version in [`crate::domain::photo::PhotoWay::version`].
//!
//! Owns the forms in which a picture is shown to tesseract, what of its answer is believed, and how a misread character is put
//! right: where a check digit says so. Every form's candidates are kept. Leaves grammars to the engine, the child to
//! [`super::tesseract`].

use replevin_index::identifier::extract::{self, Extracted};
use replevin_index::identifier::{FoundIdentifier, FoundIn, Identifier, IdentifierKind, Validity, parse};
use replevin_index::image::decode::GrayImage;
use replevin_index::image::legible;

use super::tesseract::{Tesseract, TesseractError};

/// Least confidence, of 100, of a word that is kept, and of one that shows that there is text to be read this way up.
const CONFIDENCE_KEPT: f32 = 25.0;
const CONFIDENCE_SURE: f32 = 70.0;
/// So many sure words of so many letters and digits show that the picture is the right way up.
const SURE_WORDS: usize = 3;
const SURE_CHARACTERS: usize = 3;
/// Most text that is kept of one form, in characters.
const TEXT_CHARACTERS_MAX: usize = 4000;

/// What stands in a picture, form by form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelText {
    /// The text of each form that had any, line by line; the form that was read best comes first.
    pub texts: Vec<String>,
}

impl LabelText {
    /// The numbers in it, announced ones first, each once.
    #[must_use]
    pub fn numbers(&self) -> Vec<FoundIdentifier> {
        let mut found: Vec<FoundIdentifier> = Vec::new();
        for text in &self.texts {
            let reading = extract::read(text);
            for one in reading.identifiers.into_iter().filter_map(believed).chain(reading.loose) {
                let known = |other: &FoundIdentifier| {
                    (other.identifier.kind, &other.identifier.normalised) == (one.identifier.kind, &one.identifier.normalised)
                };
                if !found.iter().any(known) {
                    found.push(FoundIdentifier {
                        identifier: one.identifier,
                        found_in: FoundIn::Label,
                        announced: one.announced,
                        photo: None,
                    });
                }
            }
        }
        found.sort_by_key(|found| (!found.announced, found.is_loose()));
        found
    }
}

/// Reads what stands in a picture: upright; when that is no text, in quarter turns; and once more larger and in full contrast,
/// the way up that had most.
///
/// # Errors
/// When tesseract fails on the upright picture. A later form that fails is left out.
pub fn read(tesseract: &Tesseract, picture: &GrayImage, more: &dyn Fn() -> bool) -> Result<LabelText, TesseractError> {
    if !legible::may_hold_text(picture) {
        return Ok(LabelText::default());
    }
    let plain = legible::plain(picture);
    let mut best = (0, Words::of(&tesseract.read(&plain, more)?));
    let mut all = Vec::new();
    if best.1.sure < SURE_WORDS {
        for turns in [1, 3, 2] {
            let Ok(said) = tesseract.read(&legible::turned(&plain, turns), more) else {
                break;
            };
            let words = Words::of(&said);
            if words.sure > best.1.sure {
                all.push(std::mem::replace(&mut best, (turns, words)).1);
            } else {
                all.push(words);
            }
            if best.1.sure >= SURE_WORDS {
                break;
            }
        }
    }
    let (turns, words) = best;
    if words.sure > 0 {
        let enhanced = legible::turned(&legible::enhanced(picture), turns);
        if let Ok(said) = tesseract.read(&enhanced, more) {
            all.insert(0, Words::of(&said));
        }
    }
    all.insert(0, words);
    let texts = all.into_iter().filter(|words| words.sure > 0).map(|words| words.text);
    Ok(LabelText { texts: texts.collect() })
}

/// What tesseract said of one form.
struct Words {
    text: String,
    /// How many words it is sure of.
    sure: usize,
}

impl Words {
    /// From its TSV: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
    fn of(tsv: &str) -> Self {
        let (mut text, mut sure, mut line) = (String::new(), 0, ("", "", ""));
        for row in tsv.lines() {
            let columns: Vec<&str> = row.splitn(12, '\t').collect();
            let [level, _, block, paragraph, of_line, .., confidence, word] = columns[..] else {
                continue;
            };
            let (word, confidence) = (word.trim(), confidence.parse().unwrap_or(-1.0_f32));
            if level != "5" || word.is_empty() || confidence < CONFIDENCE_KEPT {
                continue;
            }
            if text.chars().count() + word.chars().count() >= TEXT_CHARACTERS_MAX {
                break;
            }
            if !text.is_empty() {
                text.push(if line == (block, paragraph, of_line) { ' ' } else { '\n' });
            }
            line = (block, paragraph, of_line);
            text.extend(word.chars().filter(|c| !c.is_control()));
            let telling = word.chars().filter(|c| c.is_alphanumeric()).count() >= SURE_CHARACTERS;
            sure += usize::from(telling && confidence >= CONFIDENCE_SURE);
        }
        Self { text, sure }
    }
}

/// A number as it is believed. One that breaks its check digit is put right where its look-alikes mend it; where they do not, it
/// was misread, and is left out.
fn believed(found: Extracted) -> Option<Extracted> {
    if found.identifier.valid != Validity::No {
        return Some(found);
    }
    let identifier = mended(&found.identifier)?;
    Some(Extracted { identifier, ..found })
}

/// The number with look-alikes exchanged where its kind allows one of the two only, if its check digit then fits.
fn mended(identifier: &Identifier) -> Option<Identifier> {
    let digit = |c: char| match c.to_ascii_uppercase() {
        'O' | 'Q' | 'D' => '0',
        'I' | 'L' | '|' => '1',
        'Z' => '2',
        'A' => '4',
        'S' => '5',
        'G' => '6',
        'B' => '8',
        other => other,
    };
    let vehicle = |c: char| match c.to_ascii_uppercase() {
        'O' | 'Q' => '0',
        'I' => '1',
        other => other,
    };
    let value: String = match identifier.kind {
        IdentifierKind::Imei | IdentifierKind::Chip => identifier.given.chars().map(digit).collect(),
        IdentifierKind::Vin => identifier.given.chars().map(vehicle).collect(),
        _ => return None,
    };
    parse(identifier.kind, &value).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<(IdentifierKind, String, bool)> {
        let text = LabelText {
            texts: vec![text.to_owned()],
        };
        let numbers = text.numbers().into_iter();
        numbers
            .map(|found| (found.identifier.kind, found.identifier.normalised, found.announced))
            .collect()
    }

    #[test]
    fn lines_are_put_together_from_words_that_are_believed() {
        let tsv = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
                   1\t1\t0\t0\t0\t0\t0\t0\t800\t600\t-1\t\n\
                   5\t1\t1\t1\t1\t1\t10\t10\t80\t20\t96.1\tSerial\n\
                   5\t1\t1\t1\t1\t2\t100\t10\t80\t20\t91\tNo.\n\
                   5\t1\t1\t1\t1\t3\t200\t10\t80\t20\t88\tGZ7710345\n\
                   5\t1\t2\t1\t1\t1\t10\t50\t80\t20\t12\t~~/\n\
                   5\t1\t3\t1\t1\t1\t10\t90\t80\t20\t60\tMade\n\
                   nonsense\n";
        let words = Words::of(tsv);
        assert_eq!((words.text.as_str(), words.sure), ("Serial No. GZ7710345\nMade", 2));
    }

    #[test]
    fn look_alikes_are_put_right_where_a_check_digit_says_so() {
        use IdentifierKind::{Imei, Serial};
        assert_eq!(numbers("Serial No. GZ7710345"), [(Serial, "GZ7710345".to_owned(), true)]);
        let imei = numbers("IMEI: 49O154203237518");
        assert!(imei.contains(&(Imei, "490154203237518".to_owned(), true)), "{imei:?}");
        let wrong = numbers("IMEI: 490154203237519");
        assert!(wrong.iter().all(|(kind, ..)| *kind != Imei), "{wrong:?}");
    }
}
