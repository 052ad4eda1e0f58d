//! The check page of a confirmation, from which one can go on to ask for the seller's identity: what comes next nearly always, and
//! every press counts at a desk. The reason for asking is typed here, or in the form that comes next; nobody else writes it.

use askama::Template;

use super::CheckPage;
use crate::http::web::shell::{NavLink, Page};

/// What the button says, to the program, that confirms and goes on to ask.
pub(super) const THEN_ASK: &str = "ask";
/// The field of the reason for asking.
pub(super) const ASK_REASON: &str = "ask_reason";

/// The check page of a confirmation, from which one can go on to ask for the seller's identity.
#[derive(Template)]
#[template(path = "officer/check_confirm.html")]
pub(super) struct ConfirmPage {
    page: Page,
    back: NavLink,
    caption: String,
    check: CheckPage,
    then_ask: &'static str,
}

impl ConfirmPage {
    /// Over the check page that every decision has.
    pub(super) fn of(check: CheckPage) -> Self {
        Self {
            page: check.page.clone(),
            back: check.back.clone(),
            caption: check.caption.clone(),
            check,
            then_ask: THEN_ASK,
        }
    }
}
