//! Who looks at a page: the session cookie, the frame of a signed-in person's pages, and forms that come from them.
//!
//! Owns the cookie's name and attributes, the navigation of each role, and the check that a form came from our own page.
//! Leaves passwords and secrets to `access`.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;

use super::held_form::came_late;
use super::refusal::Refusal;
use super::shell::{NavLink, Notice, Page, Viewer, protect};
use crate::access::csrf;
use crate::app::App;
use crate::domain::account::{Account, ENDED_SESSION_HOURS, Principal, Role};
use crate::domain::audit::{Actor, Subject, SubjectKind};
use crate::http::error::Problem;

/// Where one's own password is changed.
pub const PASSWORD_PAGE: &str = "/password";
/// What whoever must change their password may open before: the page for it, and the way out.
const WHILE_DUE: [&str; 2] = [PASSWORD_PAGE, "/sign-out"];

/// The person who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub account: Account,
    /// The session's secret, from the cookie.
    secret: String,
}

/// Whoever looks at a public page.
#[derive(Debug, Clone)]
pub struct Visitor(pub Option<SignedIn>);

/// A form that a signed-in person sent from one of our pages: its fields as they were typed.
#[derive(Debug, Clone)]
pub struct PersonalForm {
    /// Who sent it.
    pub who: SignedIn,
    /// What was typed.
    pub fields: Fields,
}

/// The fields of a form, in order; a field may stand several times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// All fields in order.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// These fields, with what `newer` holds under `names` in place of what these hold under them.
    #[must_use]
    pub fn renewed<S: AsRef<str>>(&self, names: &[S], newer: &Self) -> Self {
        let named = |(name, _): &&(String, String)| names.iter().any(|wanted| wanted.as_ref() == name);
        let kept = self.0.iter().filter(|pair| !named(pair));
        Self(kept.chain(newer.0.iter().filter(named)).cloned().collect())
    }

    /// A field's first value without surrounding white space; empty when it is missing.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, value)| value.trim())
    }

    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.trim())
    }
}

impl From<Vec<(String, String)>> for Fields {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }
}

impl SignedIn {
    /// The person, when they have one of these roles.
    ///
    /// # Errors
    /// 403, which is logged.
    pub async fn with_role(&self, app: &App, roles: &[Role]) -> Result<(), Refusal> {
        if roles.contains(&self.account.role) {
            return Ok(());
        }
        let why = "this page is for another role";
        app.access.turn_away(self.actor(), SubjectKind::Service.all(), why).await?;
        Err(Problem::forbidden(why).into())
    }

    /// 404 for a thing that is somebody else's. The try is logged; the page says what it says of things that do not exist.
    pub async fn hide(&self, app: &App, subject: Subject, what: &str) -> Refusal {
        let why = format!("this {what} is somebody else's");
        match app.access.turn_away(self.actor(), subject, &why).await {
            Ok(()) => Problem::missing(what).into(),
            Err(error) => error.into(),
        }
    }

    fn actor(&self) -> Actor {
        Actor::Account(self.account.id)
    }

    /// The person as a caller of the modules.
    #[must_use]
    pub fn principal(&self) -> Principal {
        Principal::Account {
            id: self.account.id,
            role: self.account.role,
            partner: self.account.partner,
        }
    }

    /// The frame of a page of theirs. `current` is the address of the navigation's link that it belongs to.
    #[must_use]
    pub fn page(&self, title: impl Into<String>, current: &str) -> Page {
        let mut page = Page::new(title);
        page.user = Some(Viewer {
            name: self.account.name.clone(),
            role: self.account.role.word().to_owned(),
        });
        page.csrf = csrf::token(&self.secret);
        let open = if self.account.password_change_due {
            &[]
        } else {
            navigation(self.account.role)
        };
        page.navigation = open
            .iter()
            .map(|(href, label)| NavLink {
                current: *href == current,
                ..NavLink::new(*href, *label)
            })
            .collect();
        page
    }

    /// Whether a form's token belongs to this session: for forms that are read piecewise, such as uploads.
    ///
    /// # Errors
    /// 403 when it does not.
    pub fn check_form_token(&self, token: &str) -> Result<(), Refusal> {
        if csrf::verify(&self.secret, token) {
            Ok(())
        } else {
            Err(
                Problem::forbidden("the form is too old or was not sent from our page; go back, reload it and send it again")
                    .into(),
            )
        }
    }

    /// The session's secret, to end it.
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }
}

/// The links of a role: address and label.
fn navigation(role: Role) -> &'static [(&'static str, &'static str)] {
    match role {
        Role::Owner => &[
            ("/items", "My items"),
            ("/questions", "Questions"),
            ("/police-questions", "From the police"),
            ("/my-data", "My data"),
        ],
        Role::Partner => &[
            ("/deliveries", "Deliveries"),
            ("/feeds", "Feeds"),
            ("/requests", "Disclosure requests"),
            ("/proofs", "Proof of ownership"),
            ("/holds", "Holds"),
            ("/police-questions", "From the police"),
            ("/letter", "Letter of intent"),
            ("/tokens", "Tokens"),
            ("/webhooks", "Notifications"),
        ],
        Role::Officer => &[
            ("/queue", "Queue"),
            ("/series", "Series"),
            ("/search", "Search"),
            ("/theft-reports", "Theft reports"),
            ("/leads", "Leads"),
            ("/disclosures", "Disclosures"),
        ],
        Role::Supervisor => &[
            ("/queue", "Queue"),
            ("/series", "Series"),
            ("/search", "Search"),
            ("/theft-reports", "Theft reports"),
            ("/leads", "Leads"),
            ("/disclosures", "Disclosures"),
            ("/approvals", "Approvals"),
            ("/figures", "Figures"),
        ],
        Role::Auditor => &[("/audit", "Audit log"), ("/audit-figures", "Looks at data")],
        Role::Administrator => &[
            ("/accounts", "Accounts"),
            ("/partners", "Partners and letters"),
            ("/decoys", "Decoys"),
            ("/webhooks", "Notifications"),
            ("/health", "Health"),
        ],
    }
}

/// The first page of a role.
#[must_use]
pub fn home(role: Role) -> &'static str {
    navigation(role).first().map_or("/", |(href, _)| href)
}

/// A frame's banner from the word that a redirect carried in `?done=`.
#[must_use]
pub fn with_notice(mut page: Page, uri: &Uri, notices: &[(&str, &str)]) -> Page {
    let query = Fields::parse(uri.query().unwrap_or("").as_bytes());
    let text = notices
        .iter()
        .find(|(word, _)| *word == query.get("done"))
        .map(|(_, text)| *text);
    page.notice = text.map(Notice::success);
    page
}

/// Sends the browser to another page after a form: a reload does not send the form again.
#[must_use]
pub fn see_other(address: &str) -> Response {
    let mut response = Redirect::to(address).into_response();
    protect(response.headers_mut());
    response
}

/// Name of the cookie. With https the prefix binds it to this host and to secure connections.
fn cookie_name(app: &App) -> &'static str {
    if app.http.secure_cookies {
        "__Host-replevin"
    } else {
        "replevin"
    }
}

/// Sets the session's cookie on a response, or takes it away.
pub(super) fn set_cookie(app: &App, response: &mut Response, secret: Option<&str>) {
    let secure = if app.http.secure_cookies { "; Secure" } else { "" };
    let name = cookie_name(app);
    let cookie = match secret {
        Some(secret) => {
            // The browser keeps it longer than it opens anything, so that a form that comes late is known to be whose it is.
            let seconds = u64::from(app.http.session_hours) * 3600 + ENDED_SESSION_HOURS.unsigned_abs() * 3600;
            format!("{name}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
        }
        None => format!("{name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{secure}"),
    };
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(SET_COOKIE, value);
    }
}

/// The session's secret that a browser sends, whether the session holds or not.
pub(super) fn session_secret(app: &App, headers: &HeaderMap) -> Option<String> {
    let name = cookie_name(app);
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

async fn signed_in(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>, Problem> {
    let Some(secret) = session_secret(app, headers) else {
        return Ok(None);
    };
    Ok(app.access.current(&secret).await?.map(|account| SignedIn { account, secret }))
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        Ok(Self(signed_in(app, &parts.headers).await?))
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match signed_in(app, &parts.headers).await {
            Ok(Some(who)) if who.account.password_change_due && !WHILE_DUE.contains(&parts.uri.path()) => {
                Err(see_other(PASSWORD_PAGE))
            }
            Ok(Some(who)) => Ok(who),
            Ok(None) if parts.method == axum::http::Method::GET => {
                let next: String = url::form_urlencoded::byte_serialize(parts.uri.path().as_bytes()).collect();
                Err(see_other(&format!("/sign-in?next={next}")))
            }
            Ok(None) => Err(see_other("/sign-in")),
            Err(problem) => Err(Refusal::from(problem).into_response()),
        }
    }
}

impl FromRequest<App> for PersonalForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let who = match SignedIn::from_request_parts(&mut parts, app).await {
            Ok(who) => who,
            // Whoever typed for long finds it again when they have signed in.
            Err(refused) => {
                let late = came_late(app, Request::from_parts(parts, body)).await;
                return Err(late.unwrap_or(refused));
            }
        };
        let body = Bytes::from_request(Request::from_parts(parts, body), app)
            .await
            .map_err(IntoResponse::into_response)?;
        let fields = Fields::parse(&body);
        who.check_form_token(fields.get("csrf"))
            .map_err(IntoResponse::into_response)?;
        Ok(Self { who, fields })
    }
}

/// The status of a page that shows a form again because something in it was wrong.
pub const FORM_AGAIN: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
