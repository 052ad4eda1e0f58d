//! What every page has: head, header, navigation, notices, errors, and the headers of its response.
//!
//! Owns [`Page`], the types that the components in `templates/components.html` take, and the way to a response. Leaves
//! sessions, tokens and routes to their owners: a page is told who looks at it.

use askama::Template;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::http::static_files;

/// No inline script or style, nothing from elsewhere, no framing, forms to ourselves only.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The frame around a page's content. Templates that extend `layout.html` have it as their field `page`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// BCP 47 tag of the page's language.
    pub lang: &'static str,
    /// The title, also the first heading by convention.
    pub title: String,
    /// Who is signed in.
    pub user: Option<Viewer>,
    /// The links of the viewer's role.
    pub navigation: Vec<NavLink>,
    /// What just happened.
    pub notice: Option<Notice>,
    /// What was wrong with the form, in the order of its fields.
    pub errors: Vec<FieldError>,
    /// The token that each form on the page carries in its field `csrf`.
    pub csrf: String,
}

/// The person signed in, as the header shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Their name.
    pub name: String,
    /// Their role, in words.
    pub role: String,
}

/// One link of a navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavLink {
    /// Where to.
    pub href: String,
    /// What it says.
    pub label: String,
    /// Whether this is the page being shown.
    pub current: bool,
}

/// A banner above the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How it is meant.
    pub kind: NoticeKind,
    /// One sentence.
    pub text: String,
}

/// How a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// What was asked for has been done.
    Success,
    /// Something the viewer should know.
    Information,
}

/// One thing wrong with a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The id of the field; empty when it concerns the form as a whole.
    pub field: String,
    /// What to do about it, for the person who filled it in.
    pub text: String,
}

/// One option of a select, radio or checkbox group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// More about it; may be empty, not shown in a select.
    pub hint: String,
    /// Whether it is chosen.
    pub selected: bool,
}

/// One row of a summary list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SummaryRow {
    /// The name of the value.
    pub key: String,
    /// The value.
    pub value: String,
    /// Whether the value is a serial number, set in its own face.
    pub serial: bool,
    /// Where it is changed.
    pub change: Option<String>,
}

/// Part of a serial number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialRun {
    /// The characters.
    pub text: String,
    /// Whether they differ from the other side.
    pub differs: bool,
}

/// A weight drawn as a bar from the middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvidenceBar {
    /// log10 of the likelihood ratio.
    pub log10_lr: f64,
    /// The weight that fills half of the width, above zero.
    pub log10_lr_max: f64,
}

/// Something went wrong, or is not there.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The frame; its title is the heading.
    pub page: Page,
    /// What happened and what can be done.
    pub paragraphs: Vec<String>,
    /// The number by which the log knows this request.
    pub request_id: Option<String>,
}

/// The sign-in form, posted to `/sign-in` with the fields `csrf`, `next`, `name`, `password`.
#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// The frame.
    pub page: Page,
    /// What was typed as name before.
    pub name: String,
    /// Where to go afterwards: a path of ours, checked by the caller.
    pub next: Option<String>,
    /// Where an owner opens an account, when that is possible.
    pub sign_up: Option<String>,
}

impl Page {
    /// A page in English for nobody in particular.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            lang: "en",
            title: title.into(),
            user: None,
            navigation: Vec::new(),
            notice: None,
            errors: Vec::new(),
            csrf: String::new(),
        }
    }

    /// Adds what is wrong with a field; an empty field concerns the whole form.
    #[must_use]
    pub fn with_error(mut self, field: impl Into<String>, text: impl Into<String>) -> Self {
        self.errors.push(FieldError {
            field: field.into(),
            text: text.into(),
        });
        self
    }

    /// The first error of a field.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors
            .iter()
            .find(|error| error.field == field)
            .map(|error| error.text.as_str())
    }

    /// Addresses of the stylesheets.
    pub fn stylesheets(&self) -> Vec<String> {
        static_files::stylesheets()
    }

    /// Address of the script.
    pub fn script(&self) -> String {
        static_files::href("replevin.js")
    }

    /// Address of the icon.
    pub fn icon(&self) -> String {
        static_files::href("icon.svg")
    }
}

impl Choice {
    /// An option that is not chosen.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            hint: String::new(),
            selected: false,
        }
    }

    /// The same option with more about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same option, chosen or not.
    #[must_use]
    pub fn chosen(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }
}

impl SummaryRow {
    /// A row that is no serial number and is changed nowhere.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
            serial: false,
            change: None,
        }
    }

    /// The same row, its value set as a serial number.
    #[must_use]
    pub fn as_serial(mut self) -> Self {
        self.serial = true;
        self
    }

    /// Rows of a list from which empty values are left out.
    pub fn filled<Value: AsRef<str>>(pairs: &[(&str, Value)]) -> Vec<Self> {
        let filled = pairs.iter().filter(|(_, value)| !value.as_ref().is_empty());
        filled.map(|(key, value)| Self::new(*key, value.as_ref())).collect()
    }
}

impl NavLink {
    /// A link that is not the page being shown.
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            href: href.into(),
            label: label.into(),
            current: false,
        }
    }
}

impl Notice {
    /// What was asked for has been done.
    pub fn success(text: impl Into<String>) -> Self {
        Self {
            kind: NoticeKind::Success,
            text: text.into(),
        }
    }

    /// Something the viewer should know.
    pub fn information(text: impl Into<String>) -> Self {
        Self {
            kind: NoticeKind::Information,
            text: text.into(),
        }
    }

    /// Whether this is good news.
    pub fn is_success(&self) -> bool {
        self.kind == NoticeKind::Success
    }
}

impl EvidenceBar {
    /// Width of the bar in hundredths of half the width; anything that weighs at all is visible.
    pub fn width(&self) -> u8 {
        let share = (self.log10_lr.abs() / self.log10_lr_max * 100.0).clamp(1.0, 100.0);
        if share.is_nan() { 1 } else { share as u8 }
    }

    /// Left edge of the bar, the middle being 0.
    pub fn x(&self) -> i16 {
        if self.log10_lr < 0.0 { -i16::from(self.width()) } else { 0 }
    }

    /// `for`, `against` or `neutral`.
    pub fn class(&self) -> &'static str {
        match self.log10_lr {
            weight if weight > 0.0 => "for",
            weight if weight < 0.0 => "against",
            _ => "neutral",
        }
    }
}

/// Cuts `serial` into runs that agree with or differ from `other`, character by character; for values of one length. With
/// different lengths the tail beyond the shorter one differs.
pub fn serial_runs(serial: &str, other: &str) -> Vec<SerialRun> {
    let mut others = other.chars();
    let mut runs: Vec<SerialRun> = Vec::new();
    for character in serial.chars() {
        let differs = others.next() != Some(character);
        match runs.last_mut() {
            Some(run) if run.differs == differs => run.text.push(character),
            _ => runs.push(SerialRun {
                text: character.to_string(),
                differs,
            }),
        }
    }
    runs
}

/// Renders a page. Its response may not be stored, framed or sniffed, and loads nothing from elsewhere.
pub fn render(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let mut response = (status, Html(html)).into_response();
            protect(response.headers_mut());
            response
        }
        Err(error) => {
            tracing::error!(%error, "page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be shown.").into_response()
        }
    }
}

/// Sets the security headers of a page; also for redirects and downloads.
pub fn protect(headers: &mut HeaderMap) {
    let fixed: [(HeaderName, &'static str); 8] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`: that would blank the Origin header by which forms are checked.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=(), interest-cohort=()",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests;
