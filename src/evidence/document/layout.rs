//! Where everything stands: blocks become marks on pages.

use krilla::image::Image;

use super::face::{Faces, GREY, INK, Style, WHITE};
use super::{Block, Cell, Document, DocumentError, Look, Picture, Table};

/// A4, points.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
/// From the sides of the page to what stands on it.
pub(super) const SIDE: f32 = 56.0;
const TOP: f32 = 74.0;
const BOTTOM: f32 = 64.0;
const WIDTH: f32 = PAGE.0 - 2.0 * SIDE;
/// Between the edge of a cell and its text.
const INSIDE: f32 = 4.0;
/// Highest that a picture is drawn.
const PICTURE_MAX: f32 = 210.0;
const BETWEEN_PICTURES: f32 = 14.0;

/// What is drawn on a page.
pub(super) enum Mark<'f> {
    /// Text, its beginning on the base line.
    Text { at: (f32, f32), text: String, style: Style<'f> },
    /// A filled rectangle.
    Area {
        at: (f32, f32),
        size: (f32, f32),
        colour: [u8; 3],
    },
    /// A picture by its place among the pictures.
    Picture {
        at: (f32, f32),
        size: (f32, f32),
        number: usize,
    },
}

/// The marks of one page.
pub(super) type Page<'f> = Vec<Mark<'f>>;

pub(super) const RULE: [u8; 3] = [177, 180, 182];
const SHADE: [u8; 3] = [243, 242, 241];
/// The colour of a marking that warns, and of one that does not.
pub(super) fn marking_colour(document: &Document) -> [u8; 3] {
    if document.is_warning { [148, 37, 20] } else { [18, 67, 109] }
}

struct Setter<'f> {
    faces: &'f Faces,
    banner: [u8; 3],
    pages: Vec<Page<'f>>,
    pictures: Vec<Image>,
    /// How far down the present page is filled.
    y: f32,
}

/// The pages of a document, and its pictures.
pub(super) fn set<'f>(document: &Document, faces: &'f Faces) -> Result<(Vec<Page<'f>>, Vec<Image>), DocumentError> {
    let mut setter = Setter {
        faces,
        banner: marking_colour(document),
        pages: vec![Vec::new()],
        pictures: Vec::new(),
        y: TOP,
    };
    for block in &document.blocks {
        match block {
            Block::Heading(order, text) => setter.heading(*order, text),
            Block::Text(Look::Banner, text) => setter.banner(text),
            Block::Text(look, text) => setter.text(*look, text),
            Block::Rows(rows) => setter.rows(rows),
            Block::Table(table) => setter.table(table),
            Block::Pictures(pictures) => setter.pictures(pictures)?,
            Block::NewPage => setter.new_page(),
        }
    }
    Ok((setter.pages, setter.pictures))
}

impl<'f> Setter<'f> {
    fn mark(&mut self, mark: Mark<'f>) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn new_page(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    /// Turns the page when less than this is left on it.
    fn need(&mut self, height: f32) {
        if self.y + height > PAGE.1 - BOTTOM && self.y > TOP {
            self.new_page();
        }
    }

    fn line(&mut self, x: f32, text: String, style: Style<'f>) {
        let at = (x, self.y + style.size);
        self.mark(Mark::Text { at, text, style });
    }

    fn heading(&mut self, order: u8, text: &str) {
        let style = self.faces.heading(order);
        let above = if self.y > TOP { style.size * 0.9 } else { 0.0 };
        // Room for what it heads: a heading never stands last on a page.
        self.need(above + style.line() + 60.0);
        self.y += if self.y > TOP { above } else { 0.0 };
        for line in style.lines(text, WIDTH) {
            self.line(SIDE, line, style);
            self.y += style.line();
        }
        self.y += 3.0;
    }

    fn text(&mut self, look: Look, text: &str) {
        let style = self.faces.style(look);
        for line in style.lines(text, WIDTH) {
            self.need(style.line());
            self.line(SIDE, line, style);
            self.y += style.line();
        }
        self.y += style.size * 0.5;
    }

    fn banner(&mut self, text: &str) {
        let style = self.faces.style(Look::Banner);
        let lines = style.lines(text, WIDTH - 24.0);
        let height = style.line() * lines.len() as f32 + 20.0;
        self.need(height);
        let (at, colour) = ((SIDE, self.y), self.banner);
        self.mark(Mark::Area {
            at,
            size: (WIDTH, height),
            colour,
        });
        self.y += 10.0;
        for line in lines {
            self.line(SIDE + 12.0, line, style);
            self.y += style.line();
        }
        self.y += 22.0;
    }

    fn rows(&mut self, rows: &[(String, String)]) {
        let rows = rows
            .iter()
            .map(|(name, value)| vec![Cell::new(name).looking(Look::Bold), Cell::new(value)]);
        self.table(&Table {
            head: Vec::new(),
            widths: vec![1.0, 2.6],
            rows: rows.collect(),
        });
    }

    fn table(&mut self, table: &Table) {
        let whole: f32 = table.widths.iter().sum();
        let widths: Vec<f32> = table.widths.iter().map(|width| width / whole * WIDTH).collect();
        let head: Vec<Cell> = table.head.iter().map(|name| Cell::new(name).looking(Look::Bold)).collect();
        if !head.is_empty() {
            self.need(90.0);
            self.row(&head, &widths, true);
        }
        for row in &table.rows {
            let height = self.row_height(row, &widths);
            // A row that fits on no page goes over several.
            if self.y + height > PAGE.1 - BOTTOM && self.y > TOP {
                self.new_page();
                if !head.is_empty() {
                    self.row(&head, &widths, true);
                }
            }
            self.row(row, &widths, false);
        }
        self.y += 8.0;
    }

    fn cell_lines(&self, cell: &Cell, width: f32) -> (Style<'f>, Vec<String>) {
        let style = self.faces.style(cell.look);
        (style, style.lines(&cell.text, width - 2.0 * INSIDE))
    }

    fn row_height(&self, row: &[Cell], widths: &[f32]) -> f32 {
        let heights = row.iter().zip(widths).map(|(cell, width)| {
            let (style, lines) = self.cell_lines(cell, *width);
            style.line() * lines.len() as f32
        });
        heights.fold(0.0, f32::max) + 2.0 * INSIDE
    }

    /// Sets a row line by line: one that is higher than a page is continued on the next.
    fn row(&mut self, row: &[Cell], widths: &[f32], shaded: bool) {
        let mut cells: Vec<_> = (row.iter().zip(widths))
            .map(|(cell, width)| {
                let (style, lines) = self.cell_lines(cell, *width);
                (style, lines.into_iter().peekable(), *width, cell.to_right)
            })
            .collect();
        if shaded {
            let size = (WIDTH, self.row_height(row, widths));
            let at = (SIDE, self.y);
            self.mark(Mark::Area { at, size, colour: SHADE });
        }
        self.y += INSIDE;
        let step = cells.iter().map(|(style, ..)| style.line()).fold(0.0, f32::max);
        while cells.iter_mut().any(|(_, lines, ..)| lines.peek().is_some()) {
            self.need(step);
            let mut x = SIDE;
            for (style, lines, width, to_right) in &mut cells {
                if let Some(line) = lines.next() {
                    let shift = if *to_right {
                        *width - 2.0 * INSIDE - style.face.width(&line, style.size)
                    } else {
                        0.0
                    };
                    let at = (x + INSIDE + shift, self.y + style.size);
                    let (text, style) = (line, *style);
                    self.mark(Mark::Text { at, text, style });
                }
                x += *width;
            }
            self.y += step;
        }
        self.y += INSIDE;
        let at = (SIDE, self.y);
        self.mark(Mark::Area {
            at,
            size: (WIDTH, 0.5),
            colour: RULE,
        });
    }

    fn pictures(&mut self, pictures: &[Picture]) -> Result<(), DocumentError> {
        let width = (WIDTH - BETWEEN_PICTURES) / 2.0;
        for pair in pictures.chunks(2) {
            let (caption, serial) = (self.faces.style(Look::Body), self.faces.style(Look::Quiet));
            let mut drawn = Vec::new();
            for picture in pair {
                let number = self.pictures.len();
                let image = Image::from_jpeg(picture.jpeg.clone().into(), false);
                let image = image.map_err(|_| DocumentError::Picture(number + 1))?;
                let (wide, high) = image.size();
                let scale = (width / wide as f32).min(PICTURE_MAX / high as f32);
                self.pictures.push(image);
                drawn.push((number, (wide as f32 * scale, high as f32 * scale)));
            }
            let high = drawn.iter().map(|(_, size)| size.1).fold(0.0, f32::max);
            let below = |picture: &Picture| {
                let captions = caption.lines(&picture.caption, width).len() as f32 * caption.line();
                captions + serial.lines(&picture.serial, width).len() as f32 * serial.line()
            };
            let below = pair.iter().map(below).fold(0.0, f32::max);
            self.need(high + below + 14.0);
            let top = self.y;
            for (column, (picture, (number, size))) in pair.iter().zip(drawn).enumerate() {
                let x = SIDE + column as f32 * (width + BETWEEN_PICTURES);
                self.mark(Mark::Picture {
                    at: (x, top),
                    size,
                    number,
                });
                self.y = top + high + 4.0;
                for (style, text) in [(caption, &picture.caption), (serial, &picture.serial)] {
                    for line in style.lines(text, width) {
                        self.line(x, line, style);
                        self.y += style.line();
                    }
                }
            }
            self.y = top + high + below + 14.0;
        }
        Ok(())
    }
}

/// Head and foot of a page.
pub(super) fn frame<'f>(document: &Document, faces: &'f Faces, number: usize, pages: usize) -> Page<'f> {
    let (bold, quiet) = (faces.style(Look::Bold), faces.style(Look::Quiet));
    let marking = Style { colour: WHITE, ..bold };
    let wide = bold.face.width(&document.marking, bold.size) + 12.0;
    let reference = Style { colour: INK, ..bold };
    let right = |text: &str, style: Style<'_>| PAGE.0 - SIDE - style.face.width(text, style.size);
    let page = format!("Page {number} of {pages}");
    let foot = Style { colour: GREY, ..quiet };
    let foot_at = PAGE.1 - 40.0;
    vec![
        Mark::Area {
            at: (SIDE, 34.0),
            size: (wide, 18.0),
            colour: marking_colour(document),
        },
        Mark::Text {
            at: (SIDE + 6.0, 46.5),
            text: document.marking.clone(),
            style: marking,
        },
        Mark::Text {
            at: (right(&document.reference, reference), 46.5),
            text: document.reference.clone(),
            style: reference,
        },
        Mark::Area {
            at: (SIDE, foot_at - 14.0),
            size: (WIDTH, 0.5),
            colour: RULE,
        },
        Mark::Text {
            at: (SIDE, foot_at),
            text: document.foot.clone(),
            style: foot,
        },
        Mark::Text {
            at: (right(&page, foot), foot_at),
            text: page,
            style: foot,
        },
    ]
}
