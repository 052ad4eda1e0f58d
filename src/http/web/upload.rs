//! Forms with files: the token first, texts of bounded length, files piece by piece.
//!
//! Owns the order and the limits. What becomes of a file is the page's business.

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use bytes::Bytes;

use super::refusal::Refusal;
use super::session::SignedIn;
use crate::http::error::Problem;

/// Longest text of a field, bytes.
const TEXT_BYTES_MAX: usize = 16 << 10;
/// All texts of a form together, bytes.
const TEXTS_BYTES_MAX: usize = 64 << 10;

/// A form that is being read, and that came from a page of ours.
pub(super) struct Upload {
    form: Multipart,
    texts_bytes: usize,
}

/// A part of a form.
pub(super) enum Part<'form> {
    /// A field's name and what was typed.
    Text(String, String),
    /// A file, still on its way.
    File(Box<File<'form>>),
}

/// A file on its way. What is not read of it is passed over.
pub(super) struct File<'form> {
    field: Field<'form>,
}

impl Upload {
    /// Begins with the token, before which nothing else is read.
    ///
    /// # Errors
    /// 403 when the form's first field is not this session's token.
    pub(super) async fn open(who: &SignedIn, mut form: Multipart) -> Result<Self, Refusal> {
        let token = match form.next_field().await.map_err(broken)? {
            Some(field) if field.name() == Some("csrf") => text(field, TEXT_BYTES_MAX).await?,
            _ => String::new(),
        };
        who.check_form_token(token.trim())?;
        Ok(Self { form, texts_bytes: 0 })
    }

    /// The next part, when there is one.
    ///
    /// # Errors
    /// When the upload breaks off or a text is too long.
    pub(super) async fn next(&mut self) -> Result<Option<Part<'_>>, Refusal> {
        let Some(field) = self.form.next_field().await.map_err(broken)? else {
            return Ok(None);
        };
        if field.file_name().is_some() {
            return Ok(Some(Part::File(Box::new(File { field }))));
        }
        let name = field.name().unwrap_or_default().to_owned();
        let left = TEXTS_BYTES_MAX.saturating_sub(self.texts_bytes + name.len());
        let text = text(field, left.min(TEXT_BYTES_MAX)).await?;
        self.texts_bytes += name.len() + text.len();
        Ok(Some(Part::Text(name, text)))
    }
}

impl File<'_> {
    /// The name of its field.
    pub(super) fn name(&self) -> &str {
        self.field.name().unwrap_or_default()
    }

    /// Its next piece, when there is one.
    ///
    /// # Errors
    /// When the upload breaks off or is longer than the route takes.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>, Refusal> {
        self.field.chunk().await.map_err(broken)
    }
}

async fn text(mut field: Field<'_>, bytes_max: usize) -> Result<String, Refusal> {
    let mut text = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(broken)? {
        if text.len() + piece.len() > bytes_max {
            return Err(Problem::too_large("a text in the form is too long").into());
        }
        text.extend_from_slice(&piece);
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn broken(error: MultipartError) -> Refusal {
    Problem::new(error.status(), "upload", "the upload broke off or is too large; try again").into()
}
