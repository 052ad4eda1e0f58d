//! Marks on pages become a PDF.

use krilla::Document as Pdf;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;

use super::face::Faces;
use super::layout::{Mark, PAGE, Page, frame};
use super::{Document, DocumentError};

/// Writes pages as PDF/A-2u: fonts inside, every character readable by machines, nothing that is fetched or runs.
pub(super) fn paint(
    document: &Document,
    faces: &Faces,
    pages: &[Page<'_>],
    pictures: &[Image],
) -> Result<Vec<u8>, DocumentError> {
    let written = |what: &dyn std::fmt::Debug| DocumentError::Writing(format!("{what:?}"));
    let configuration = ConfigurationBuilder::new().with_archival_validator(Archival::A2_U).finish();
    let mut pdf = Pdf::new_with(SerializeSettings {
        configuration: configuration.map_err(|error| written(&error))?,
        ..SerializeSettings::default()
    });
    pdf.set_metadata(metadata(document));
    let size = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| written(&"page size"))?;
    for (number, marks) in pages.iter().enumerate() {
        let mut page = pdf.start_page_with(size.clone());
        let mut surface = page.surface();
        for mark in frame(document, faces, number + 1, pages.len()).iter().chain(marks) {
            draw(&mut surface, mark, pictures);
        }
        surface.finish();
        page.finish();
    }
    pdf.finish().map_err(|error| written(&error))
}

fn metadata(document: &Document) -> Metadata {
    let [year, month, day, hour, minute, second] = document.made;
    let part = |part: u16| u8::try_from(part).unwrap_or(0);
    let made = DateTime::new(year)
        .month(part(month))
        .day(part(day))
        .hour(part(hour))
        .minute(part(minute))
        .second(part(second))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(document.title.clone())
        .language("en".to_owned())
        .creator("Replevin".to_owned())
        .creation_date(made)
}

fn draw(surface: &mut Surface<'_>, mark: &Mark<'_>, pictures: &[Image]) {
    let fill = |[r, g, b]: [u8; 3]| Fill {
        paint: rgb::Color::new(r, g, b).into(),
        ..Fill::default()
    };
    match mark {
        Mark::Text { at, text, style } => {
            let (shown, glyphs) = style.face.glyphs(text);
            surface.set_fill(Some(fill(style.colour)));
            let font = style.face.font.clone();
            surface.draw_glyphs(Point::from_xy(at.0, at.1), &glyphs, font, &shown, style.size, false);
        }
        Mark::Area { at, size, colour } => {
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(at.0, at.1, size.0, size.1) {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.set_fill(Some(fill(*colour)));
                surface.draw_path(&path);
            }
        }
        Mark::Picture { at, size, number } => {
            if let (Some(picture), Some(size)) = (pictures.get(*number), Size::from_wh(size.0, size.1)) {
                surface.push_transform(&Transform::from_translate(at.0, at.1));
                surface.draw_image(picture.clone(), size);
                surface.pop();
            }
        }
    }
}
