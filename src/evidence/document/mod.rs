//! The document: blocks of text, tables and pictures, set on A4 pages as PDF/A-2u, which archives take.
//!
//! Owns how it looks; what it says is the caller's. Fonts are part of the program, so that it reads the same everywhere.

mod face;
mod layout;
mod paint;

/// What a document is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its title, for the file's own data.
    pub title: String,
    /// What stands at the top of every page, to the left; the handling marking.
    pub marking: String,
    /// Whether the marking is one that warns.
    pub is_warning: bool,
    /// What stands at the top of every page, to the right.
    pub reference: String,
    /// What stands at the foot of every page before its number.
    pub foot: String,
    /// When it is made: year, month, day, hour, minute, second, UTC.
    pub made: [u16; 6],
    /// What it says, in order.
    pub blocks: Vec<Block>,
}

/// One part of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading of the first or second order; kept with what follows.
    Heading(u8, String),
    /// A paragraph; its lines break where they must and where the text says so.
    Text(Look, String),
    /// Names and values.
    Rows(Vec<(String, String)>),
    /// A table.
    Table(Table),
    /// Pictures side by side, two in a row.
    Pictures(Vec<Picture>),
    /// What follows begins on a new page.
    NewPage,
}

/// How text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// As running text.
    Body,
    /// Bold.
    Bold,
    /// Smaller and grey.
    Quiet,
    /// A number in which every character can be told from every other.
    Serial,
    /// As large as the title of the document.
    Title,
    /// White on the colour of the marking, across the page.
    Banner,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// How it looks.
    pub look: Look,
    /// Set to the right, as numbers are.
    pub to_right: bool,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What the columns are called; repeated on every page that the table reaches.
    pub head: Vec<String>,
    /// The columns' widths, in proportion to each other.
    pub widths: Vec<f32>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// JPEG.
    pub jpeg: Vec<u8>,
    /// What stands below it.
    pub caption: String,
    /// Its SHA-256 or another number, below the caption.
    pub serial: String,
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The program's own fonts cannot be read.
    #[error("the fonts of the document cannot be read")]
    Font,
    /// A picture is none.
    #[error("picture {0} of the document cannot be read")]
    Picture(usize),
    /// It cannot be written.
    #[error("the document cannot be written: {0}")]
    Writing(String),
}

impl Cell {
    /// Text as it runs.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            look: Look::Body,
            to_right: false,
        }
    }

    /// The same with another look.
    #[must_use]
    pub fn looking(mut self, look: Look) -> Self {
        self.look = look;
        self
    }

    /// The same, set to the right.
    #[must_use]
    pub fn to_right(mut self) -> Self {
        self.to_right = true;
        self
    }
}

/// Sets a document on pages and writes it as PDF.
///
/// # Errors
/// When a picture is no JPEG or the file cannot be written.
pub fn draw(document: &Document) -> Result<Vec<u8>, DocumentError> {
    let faces = face::Faces::open().ok_or(DocumentError::Font)?;
    let (pages, pictures) = layout::set(document, &faces)?;
    paint::paint(document, &faces, &pages, &pictures)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn document(blocks: Vec<Block>) -> Document {
        Document {
            title: "Report SR-12".to_owned(),
            marking: "INTELLIGENCE".to_owned(),
            is_warning: true,
            reference: "SR-12".to_owned(),
            foot: "Police and prosecution only".to_owned(),
            made: [2026, 11, 22, 12, 0, 0],
            blocks,
        }
    }

    #[test]
    fn any_text_makes_a_document_that_archives_take() {
        for text in [
            "",
            "Sørensen",
            "Żółć ěščřž ß",
            "物 🚲 \u{0}\u{7}\u{202e}x",
            &"unbroken".repeat(100),
        ] {
            let cell = Cell::new(text).looking(Look::Serial).to_right();
            let table = Table {
                head: vec!["A".to_owned(), text.to_owned()],
                widths: vec![1.0, 3.0],
                rows: vec![vec![cell.clone(), cell]; 60],
            };
            let blocks = vec![
                Block::Heading(1, text.to_owned()),
                Block::Text(Look::Banner, text.to_owned()),
                Block::Rows(vec![(text.to_owned(), text.to_owned())]),
                Block::Table(table),
                Block::NewPage,
                Block::Text(Look::Quiet, text.to_owned()),
            ];
            let pdf = draw(&document(blocks)).unwrap();
            assert!(pdf.starts_with(b"%PDF-1.7"), "{text}");
            let says = |wanted: &str| pdf.windows(wanted.len()).any(|window| window == wanted.as_bytes());
            assert!(says("pdfaid:part") && says("pdfaid:conformance"), "not marked as PDF/A");
        }
    }

    #[test]
    fn a_picture_that_is_none_is_told() {
        let picture = Picture {
            jpeg: b"no picture".to_vec(),
            caption: "A".to_owned(),
            serial: String::new(),
        };
        let told = draw(&document(vec![Block::Pictures(vec![picture])]));
        assert!(matches!(told, Err(DocumentError::Picture(1))));
    }
}
