//! Holding a thing on a report: what the letter's policy says, asking for it, extending and lifting it.
//!
//! Asking stops a sale with a firm outside, so it is shown whole before it goes out. A report that nobody has decided does not
//! forbid it, because a sale can end sooner than a decision is made; the page says so, and asks for the reason.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::decide::{caption, typed};
use super::{CheckPage, QUEUE, Step, back_to_report, police, purpose, report_id, stopped};
use crate::app::App;
use crate::casework::{CaseworkError, HoldGround};
use crate::domain::audit::Purpose;
use crate::domain::hold::{Hold, HoldPolicy, HoldState, HoldTrigger};
use crate::domain::ids::{HoldId, ReportId};
use crate::http::error::Problem;
use crate::http::web::letters::{count, hold_expiry, hold_policy, hold_trigger};
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{NavLink, Page, SummaryRow, render};
use crate::http::web::words;

const TITLE: &str = "Hold the goods";
const NOTICES: [(&str, &str); 3] = [
    ("asked", "The partner is asked to keep it."),
    ("extended", "The hold is extended, and the partner is told."),
    ("lifted", "The hold is lifted, and the partner is told."),
];

pub(super) fn routes() -> Router<App> {
    Router::new().route("/reports/{id}/hold", get(show).post(change))
}

struct HoldCard {
    id: String,
    state: &'static str,
    colour: &'static str,
    rows: Vec<SummaryRow>,
    in_force: bool,
    can_extend: bool,
}

#[derive(Template)]
#[template(path = "officer/hold.html")]
struct HoldPage {
    page: Page,
    back: NavLink,
    caption: String,
    action: String,
    policy: Vec<SummaryRow>,
    holds: Vec<HoldCard>,
    /// Whether one can be asked for; whether the report's state allows it at all.
    can_ask: bool,
    askable: bool,
    /// What is said when the report is undecided and a hold can be asked.
    undecided: Option<String>,
    case: String,
    reason: String,
}

async fn show(State(app): State<App>, Path(id): Path<String>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    police(&app, &who).await?;
    let page = with_notice(who.page(TITLE, QUEUE), &uri, &NOTICES);
    let shown = hold_page(&app, &who, report_id(&id)?, page, None).await?;
    Ok(render(StatusCode::OK, &shown))
}

async fn change(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = report_id(&id)?;
    let hold = || {
        form.fields
            .get("hold")
            .parse::<HoldId>()
            .map_err(|_| Problem::missing("hold"))
    };
    let why = form.fields.get("reason");
    match form.fields.get("go") {
        "extend" => {
            let extended = app.casework.extend_hold(&caller, hold()?, why).await.map(drop);
            changed(&app, &form, id, ("extended", extended)).await
        }
        "lift" => {
            let lifted = app.casework.lift_hold(&caller, hold()?, why).await.map(drop);
            changed(&app, &form, id, ("lifted", lifted)).await
        }
        _ => ask(&app, &form, id).await,
    }
}

/// Asks for a hold: the form, the check page, and then it goes out.
async fn ask(app: &App, form: &PersonalForm, id: ReportId) -> Result<Response, Refusal> {
    let caller = form.who.principal();
    let again = async |page: Page| hold_page(app, &form.who, id, page, Some(&form.fields)).await;
    let frame = form.who.page(TITLE, QUEUE);
    let stated = match purpose(&form.fields) {
        Ok(stated) => stated,
        Err((field, text)) => return Ok(render(FORM_AGAIN, &again(frame.with_error(field, text)).await?)),
    };
    match Step::of(&form.fields) {
        Step::Change => Ok(render(StatusCode::OK, &again(frame).await?)),
        Step::Check => {
            let ground = app.casework.hold_ground(&caller, id).await?;
            match ground.policy {
                Some(policy) if may_be_asked(&ground) => Ok(render(
                    StatusCode::OK,
                    &check(app, form, id, (&ground, &policy, &stated)).await?,
                )),
                // The page says what stands against it.
                _ => Ok(render(StatusCode::OK, &again(frame).await?)),
            }
        }
        Step::Send => {
            let asked = match app.casework.ask_hold(&caller, id, Ok(stated.clone())).await {
                // The same form again: it was asked the first time.
                Err(CaseworkError::Conflict(_)) if is_asked(app, form, id, &stated).await? => Ok(()),
                asked => asked.map(drop),
            };
            changed(app, form, id, ("asked", asked)).await
        }
    }
}

/// Whether this person has just asked for a hold on this report with these words.
async fn is_asked(app: &App, form: &PersonalForm, id: ReportId, stated: &Purpose) -> Result<bool, Refusal> {
    let me = form.who.account.id;
    let holds = app.store.read(move |reader| reader.holds_of_report(id)).await?;
    Ok(holds.iter().any(|hold| {
        hold.is_in_force() && hold.asked_by == Some(me) && (&hold.case, &hold.reason) == (&stated.case, &stated.reason)
    }))
}

/// Whether a hold can be asked on a report now.
fn may_be_asked(ground: &HoldGround) -> bool {
    ground.askable && ground.policy.is_some() && !ground.holds.iter().any(Hold::is_in_force)
}

/// Goes on after something was done with a hold, or says why it was not.
async fn changed(
    app: &App,
    form: &PersonalForm,
    id: ReportId,
    (word, done): (&str, Result<(), CaseworkError>),
) -> Result<Response, Refusal> {
    match done {
        Ok(()) => Ok(see_other(&format!("/reports/{id}/hold?done={word}"))),
        Err(CaseworkError::Invalid { field, reason }) => {
            let page = form.who.page(TITLE, QUEUE).with_error(field, words::sentence(&reason));
            let shown = hold_page(app, &form.who, id, page, Some(&form.fields)).await?;
            Ok(render(FORM_AGAIN, &shown))
        }
        Err(error @ CaseworkError::Conflict(_)) => {
            let back = NavLink::new(format!("/reports/{id}/hold"), "Back to the holds of this report");
            Ok(stopped(&form.who, QUEUE, error, back))
        }
        Err(error) => Err(error.into()),
    }
}

/// What goes out, to whom, on what it rests and for how long, before it does.
async fn check(
    app: &App,
    form: &PersonalForm,
    id: ReportId,
    (ground, policy, stated): (&HoldGround, &HoldPolicy, &Purpose),
) -> Result<CheckPage, Refusal> {
    let now = app.clock.now();
    let (ends, due) = (policy.ends_at(now), policy.notice_due(now));
    let listing = match ground.title.is_empty() {
        true => ground.reference.clone(),
        false => format!("{}, {}", ground.title, ground.reference),
    };
    let sale = ground.sale_ends.map_or_else(
        || "its end is not said".to_owned(),
        |at| format!("{}, {}", words::instant(at), words::distance(at, now)),
    );
    let rests = match ground.undecided {
        true => "nobody has decided it",
        false => "confirmed",
    };
    let extension = match (policy.extensions_max, policy.extension_days) {
        (0, _) | (_, 0) => "it cannot be extended".to_owned(),
        (times, days) => format!("it can be extended {} by {}", count(times, "time"), count(days, "day")),
    };
    let follows = undecided(ground)
        .into_iter()
        .chain(other_trigger(policy))
        .chain([
            format!(
                "{} is told at once: the listing, the case number, by when it is to answer and until when it is to keep the thing. \
                 It is told neither your reason, nor the item, nor the probability.",
                ground.partner
            ),
            "Your name, the case and the reason are recorded. You can lift the hold at any time.".to_owned(),
        ])
        .collect();
    let rows = [
        ("Listing", listing),
        ("Partner", ground.partner.clone()),
        ("Sale ends", sale),
        ("The report", rests.to_owned()),
        (
            "Probability",
            format!("{}, {}", words::probability(ground.probability), ground.yardstick),
        ),
        ("Letter of intent", ground.letter.clone().unwrap_or_default()),
        ("By its policy a hold begins when", hold_trigger(policy.trigger).to_owned()),
        (
            "Kept for",
            format!("{}, until {}; {extension}", count(policy.days, "day"), words::instant(ends)),
        ),
        ("Then", hold_expiry(policy.expiry).to_owned()),
        ("The partner answers by", words::instant(due)),
        ("Case number", stated.case.clone()),
        ("Reason", stated.reason.clone()),
    ];
    Ok(CheckPage {
        page: form.who.page("Check before it goes to the partner", QUEUE),
        back: NavLink::new(format!("/reports/{id}/hold"), "Back to the holds of this report"),
        caption: caption(app, id).await?,
        rows: SummaryRow::filled(&rows),
        follows,
        action: format!("/reports/{id}/hold"),
        typed: typed(form, &["case", "reason"]),
        button: "Ask the partner to keep it".to_owned(),
        look: if ground.undecided { "warning" } else { "" },
    })
}

/// What is said of a report that nobody has decided.
fn undecided(ground: &HoldGround) -> Option<String> {
    ground.undecided.then(|| {
        "This report is not decided: nobody has confirmed that the listing is the stolen item. A hold stops somebody’s sale on your \
         reason alone. It is meant for a sale that ends before you can decide; else decide first."
            .to_owned()
    })
}

/// What is said where the policy would not begin a hold by an officer's word.
fn other_trigger(policy: &HoldPolicy) -> Option<String> {
    (policy.trigger != HoldTrigger::Asked)
        .then(|| "The letter’s policy begins holds by itself; an officer may ask for one all the same, as you do now.".to_owned())
}

async fn hold_page(app: &App, who: &SignedIn, id: ReportId, page: Page, typed: Option<&Fields>) -> Result<HoldPage, Refusal> {
    let ground = app.casework.hold_ground(&who.principal(), id).await?;
    let can_ask = may_be_asked(&ground);
    let undecided = undecided(&ground).filter(|_| can_ask);
    let HoldGround {
        policy,
        crime_reference,
        holds,
        askable,
        ..
    } = ground;
    let text = |name: &str| typed.map(|typed| typed.get(name).to_owned());
    Ok(HoldPage {
        page,
        back: back_to_report(id),
        caption: caption(app, id).await?,
        action: format!("/reports/{id}/hold"),
        can_ask,
        undecided,
        askable,
        policy: policy.as_ref().map(hold_policy).unwrap_or_default(),
        holds: holds.iter().map(|hold| card(hold, policy.is_some())).collect(),
        case: text("case").unwrap_or_else(|| crime_reference.unwrap_or_default()),
        reason: text("reason").unwrap_or_default(),
    })
}

/// `lettered` says whether a letter is in force under which it could be extended.
fn card(hold: &Hold, lettered: bool) -> HoldCard {
    let (state, colour) = match hold.state {
        HoldState::Asked if hold.reminded_at.is_some() => ("not answered in time", "orange"),
        HoldState::Asked => ("not answered yet", "yellow"),
        HoldState::Held if hold.told_at.is_some() => ("run out, waits for you", "orange"),
        HoldState::Held => ("held", "green"),
        HoldState::Refused => ("not held", "red"),
        HoldState::Lifted => ("lifted", "grey"),
        HoldState::Expired => ("run out", "grey"),
    };
    let maybe = |at: Option<crate::domain::time::Timestamp>| at.map(words::instant).unwrap_or_default();
    HoldCard {
        id: hold.id.to_string(),
        state,
        colour,
        rows: SummaryRow::filled(&[
            ("Asked", words::instant(hold.asked_at)),
            ("Why", hold.reason.clone()),
            ("To be answered by", words::instant(hold.notice_due)),
            ("Partner reminded", maybe(hold.reminded_at)),
            ("Answered", maybe(hold.answered_at)),
            ("The partner’s note", hold.note.clone().unwrap_or_default()),
            ("Until", words::instant(hold.ends_at)),
            (
                "Extended",
                format!("{} of {} times", hold.extensions, hold.policy.extensions_max),
            ),
            ("Over since", maybe(hold.ended_at)),
        ]),
        in_force: hold.is_in_force(),
        can_extend: hold.can_extend() && lettered,
    }
}
