//! The fonts, how wide text is in them, and where lines break.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

use super::Look;

/// What stands for a character that the fonts do not have.
const UNKNOWN: char = '\u{FFFD}';

/// One font.
pub(super) struct Face {
    pub(super) font: Font,
    reference: FontRef<'static>,
    units: f32,
}

/// The fonts of a document.
pub(super) struct Faces {
    regular: Face,
    bold: Face,
    serial: Face,
}

/// How text is set: with which font, how large in points, and in which grey or colour.
#[derive(Clone, Copy)]
pub(super) struct Style<'f> {
    pub(super) face: &'f Face,
    pub(super) size: f32,
    pub(super) colour: [u8; 3],
}

pub(super) const INK: [u8; 3] = [11, 12, 12];
pub(super) const GREY: [u8; 3] = [80, 90, 95];
pub(super) const WHITE: [u8; 3] = [255, 255, 255];

impl Faces {
    pub(super) fn open() -> Option<Self> {
        Some(Self {
            regular: Face::of(dejavu::sans_condensed::regular())?,
            bold: Face::of(dejavu::sans_condensed::bold())?,
            serial: Face::of(dejavu::sans_mono::regular())?,
        })
    }

    pub(super) fn style(&self, look: Look) -> Style<'_> {
        let style = |face, size, colour| Style { face, size, colour };
        match look {
            Look::Body => style(&self.regular, 9.5, INK),
            Look::Bold => style(&self.bold, 9.5, INK),
            Look::Quiet => style(&self.regular, 8.0, GREY),
            Look::Serial => style(&self.serial, 8.0, INK),
            Look::Title => style(&self.bold, 22.0, INK),
            Look::Banner => style(&self.bold, 15.0, WHITE),
        }
    }

    pub(super) fn heading(&self, order: u8) -> Style<'_> {
        Style {
            face: &self.bold,
            size: if order == 1 { 15.0 } else { 11.5 },
            colour: INK,
        }
    }
}

impl Face {
    fn of(bytes: &'static [u8]) -> Option<Self> {
        let reference = FontRef::new(bytes).ok()?;
        let units = reference.metrics(Size::unscaled(), LocationRef::default()).units_per_em;
        Some(Self {
            font: Font::new(bytes.into(), 0)?,
            reference,
            units: f32::from(units),
        })
    }

    /// The glyphs of a text, each with its advance in ems, and the text that they stand for.
    pub(super) fn glyphs(&self, text: &str) -> (String, Vec<KrillaGlyph>) {
        let metrics = self.metrics();
        let mut shown = String::with_capacity(text.len());
        let mut glyphs = Vec::with_capacity(text.len());
        for c in text.chars() {
            let (c, glyph) = self.glyph(c);
            let start = shown.len();
            shown.push(c);
            let advance = metrics.advance_width(glyph).unwrap_or(0.0) / self.units;
            let id = GlyphId::new(glyph.to_u32());
            glyphs.push(KrillaGlyph::new(id, advance, 0.0, 0.0, 0.0, start..shown.len(), None));
        }
        (shown, glyphs)
    }

    /// How wide a text is at a size, points.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        let metrics = self.metrics();
        let ems = text
            .chars()
            .map(|c| metrics.advance_width(self.glyph(c).1).unwrap_or(0.0) / self.units);
        ems.sum::<f32>() * size
    }

    fn metrics(&self) -> GlyphMetrics<'static> {
        self.reference.glyph_metrics(Size::unscaled(), LocationRef::default())
    }

    /// What stands for a character: itself, or the sign for one that cannot be shown.
    fn glyph(&self, c: char) -> (char, skrifa::GlyphId) {
        let map = self.reference.charmap();
        let shown = |c: char| map.map(c).filter(|glyph| glyph.to_u32() != 0).map(|glyph| (c, glyph));
        let c = if c.is_whitespace() { ' ' } else { c };
        let printable = !c.is_control() && !is_direction(c);
        let known = printable.then(|| shown(c)).flatten();
        known
            .or_else(|| shown(UNKNOWN))
            .or_else(|| shown('?'))
            .unwrap_or((' ', skrifa::GlyphId::new(0)))
    }
}

/// Marks that turn the direction of text could show a number in another order than it has.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl Style<'_> {
    /// How high a line is, points.
    pub(super) fn line(self) -> f32 {
        self.size * 1.35
    }

    /// The lines of a text no wider than `width`. Words that are wider by themselves are cut.
    pub(super) fn lines(self, text: &str, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            let mut line = String::new();
            for word in paragraph.split_whitespace() {
                let longer = if line.is_empty() {
                    word.to_owned()
                } else {
                    format!("{line} {word}")
                };
                if self.face.width(&longer, self.size) <= width {
                    line = longer;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line = self.cut(word, width, &mut lines);
            }
            lines.push(line);
        }
        lines
    }

    /// Cuts a word into lines; what is left of it begins the next line.
    fn cut(self, word: &str, width: f32, lines: &mut Vec<String>) -> String {
        let mut part = String::new();
        for c in word.chars() {
            part.push(c);
            if self.face.width(&part, self.size) > width && part.chars().count() > 1 {
                part.pop();
                lines.push(std::mem::take(&mut part));
                part.push(c);
            }
        }
        part
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_lose_nothing() {
        let faces = Faces::open().unwrap();
        let style = faces.style(Look::Body);
        let text = "frame number WBK123456Z is the registered one, and donaudampfschifffahrtsgesellschaft";
        for width in [40.0, 90.0, 200.0, 2000.0] {
            let lines = style.lines(text, width);
            for line in &lines {
                assert!(style.face.width(line, style.size) <= width, "{line:?} is wider than {width}");
            }
            let without = |text: &str| text.replace(' ', "");
            assert_eq!(without(&lines.concat()), without(text));
        }
        assert_eq!(style.lines("one\ntwo", 500.0), ["one", "two"]);
        assert_eq!(style.lines("", 500.0), [""]);
    }

    #[test]
    fn what_cannot_be_shown_is_seen_to_be_missing() {
        let faces = Faces::open().unwrap();
        let face = faces.style(Look::Serial).face;
        assert_eq!(face.glyphs("W\u{202e}1物\t").0, "W\u{FFFD}1\u{FFFD} ");
        for letter in ['ø', 'Å', 'ß', 'ł', 'ě', 'ç', 'ñ', 'ő', 'İ', 'Я', 'Ω', '€', '−', '’'] {
            assert_eq!(face.glyphs(&letter.to_string()).0, letter.to_string());
        }
    }
}
