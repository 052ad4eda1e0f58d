//! Giving one's password again before an act that is worth a second proof: a word on a disclosure request, opening an identity.
//!
//! Owns whether a page asks for it and what it says of a wrong one. How long one stays good, and the brake on guessing, are
//! `access`'s.

use super::refusal::Refusal;
use super::session::{PersonalForm, SignedIn};
use super::words::sentence;
use crate::access::AccessError;
use crate::app::App;
use crate::domain::account::Confirmation;

/// The field of the password that is given again.
pub(super) const FIELD: &str = "password";

/// Whether a page must ask the person for their password again: not when they gave it a short while ago.
pub(super) async fn must_ask(app: &App, who: &SignedIn) -> Result<bool, Refusal> {
    Ok(!app.access.is_confirmed(who.secret()).await?)
}

/// How the person is confirmed who sent a form with [`FIELD`] in it; else what is wrong, as a sentence for that field.
pub(super) async fn confirmed(app: &App, form: &PersonalForm) -> Result<Result<Confirmation, String>, Refusal> {
    if !must_ask(app, &form.who).await? {
        return Ok(Ok(Confirmation::Password));
    }
    let password = form.fields.get(FIELD);
    if password.is_empty() {
        return Ok(Err("Give your password, to be sure that it is you.".to_owned()));
    }
    Ok(match app.access.confirm(form.who.secret(), password).await {
        Ok(true) => Ok(Confirmation::Password),
        Ok(false) => Err("This is not your password.".to_owned()),
        Err(error @ AccessError::TooManyTries { .. }) => Err(sentence(&error.to_string())),
        Err(error) => return Err(error.into()),
    })
}
