//! The conditions of the letter gate, one by one, each holding or not.
//!
//! The gate itself says what fails; this file only puts what it says beside the list of everything that it looks at, so that
//! a person sees the whole list and not just the failures.

use crate::casework::GateRefusal;
use crate::domain::partner::Letter;
use crate::http::web::words;

/// One condition, for people.
pub(in crate::http::web) struct Condition {
    pub(in crate::http::web) text: String,
    pub(in crate::http::web) standing: Standing,
    /// Why it does not hold, or what is still to come.
    pub(in crate::http::web) more: String,
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http::web) enum Standing {
    Holds,
    Fails,
    /// To be met by this form or a later step.
    Open,
}

impl Standing {
    /// The tag's words.
    pub(in crate::http::web) fn words(self) -> &'static str {
        match self {
            Self::Holds => "Holds",
            Self::Fails => "Does not hold",
            Self::Open => "Still to come",
        }
    }

    /// The tag's colour.
    pub(in crate::http::web) fn colour(self) -> &'static str {
        match self {
            Self::Holds => "green",
            Self::Fails => "red",
            Self::Open => "yellow",
        }
    }
}

/// The conditions for asking, given what the gate says of asking for everything that the letter lets be asked, with no
/// purpose stated yet.
pub(super) fn of_request(letter: Option<&Letter>, partner: &str, probability: f64, refusals: &[GateRefusal]) -> Vec<Condition> {
    let mut list = of_case(letter, partner, probability, refusals);
    let mut add = |text: &str, standing, more: &str| list.push(condition(text.to_owned(), standing, more.to_owned()));
    let fails = |test: fn(&GateRefusal) -> bool| refusals.iter().any(test);
    add(
        "You have confirmed this report yourself",
        standing(!fails(|refusal| matches!(refusal, GateRefusal::NotInCharge))),
        "",
    );
    add(
        "You are an officer or a supervisor",
        standing(!fails(|refusal| matches!(refusal, GateRefusal::RequesterMayNot))),
        "",
    );
    add(
        "Only what the letter lets be asked is asked for",
        if fails(|refusal| matches!(refusal, GateRefusal::NotAskable(_))) {
            Standing::Fails
        } else {
            Standing::Open
        },
        "you choose below",
    );
    add(
        "A case number and a reason are stated",
        Standing::Open,
        "you state them below",
    );
    let approvals = letter.map_or(1, |letter| letter.terms.approvals.max(1));
    let text = match approvals {
        1 => "A supervisor other than you approves".to_owned(),
        number => format!("{number} supervisors other than you approve"),
    };
    add(&text, Standing::Open, "after you have asked");
    list
}

/// The conditions for approving, given what the gate says of it.
pub(in crate::http::web) fn of_approval(
    letter: &Letter,
    partner: &str,
    probability: f64,
    refusals: &[GateRefusal],
) -> Vec<Condition> {
    let mut list = of_case(Some(letter), partner, probability, refusals);
    let fails = |test: fn(&GateRefusal) -> bool| refusals.iter().any(test);
    let mut add = |text: &str, holds| list.push(condition(text.to_owned(), standing(holds), String::new()));
    add(
        "The officer who asks has confirmed the report, and may ask",
        !fails(|refusal| matches!(refusal, GateRefusal::NotInCharge | GateRefusal::RequesterMayNot)),
    );
    add(
        "Only what the letter lets be asked is asked for",
        !fails(|refusal| matches!(refusal, GateRefusal::NotAskable(_) | GateRefusal::NothingAsked)),
    );
    add(
        "A case number and a reason are stated",
        !fails(|refusal| matches!(refusal, GateRefusal::NoPurpose)),
    );
    add(
        "Whoever approves is a supervisor, and did not ask",
        !fails(|refusal| matches!(refusal, GateRefusal::OwnRequest | GateRefusal::ApproverMayNot)),
    );
    list
}

/// The conditions for opening an answer, given what the gate says of it for the purpose of the request.
pub(super) fn of_opening(letter: &Letter, partner: &str, probability: f64, refusals: &[GateRefusal]) -> Vec<Condition> {
    let mut list = of_case(Some(letter), partner, probability, refusals);
    let fails = |test: fn(&GateRefusal) -> bool| refusals.iter().find(|refusal| test(refusal)).map(ToString::to_string);
    let mut add = |text: &str, failure: Option<String>| {
        list.push(condition(
            text.to_owned(),
            standing(failure.is_none()),
            failure.unwrap_or_default(),
        ));
    };
    add(
        "The officer who asked is still in charge of the report, and may ask",
        fails(|refusal| matches!(refusal, GateRefusal::NotInCharge | GateRefusal::RequesterMayNot)),
    );
    add(
        "The letter lets what was asked be asked",
        fails(|refusal| matches!(refusal, GateRefusal::NotAskable(_) | GateRefusal::NothingAsked)),
    );
    add(
        "The approvals that the letter asks for are given",
        fails(|refusal| matches!(refusal, GateRefusal::ApprovalsMissing { .. })),
    );
    add(
        "The partner has given the identity, and the request was not taken back",
        fails(|refusal| matches!(refusal, GateRefusal::NotAnswered | GateRefusal::Recalled)),
    );
    add(
        &format!("It is within the letter’s retention of {} days", letter.terms.retention_days),
        fails(|refusal| matches!(refusal, GateRefusal::RetentionOver { .. })),
    );
    add(
        "You asked for it, or are a supervisor",
        fails(|refusal| matches!(refusal, GateRefusal::OpenerMayNot)),
    );
    let text = "The case of the request and a reason are stated".to_owned();
    list.push(condition(text, Standing::Open, "you state them below".to_owned()));
    list
}

/// What the steps look at: the letter and the case.
fn of_case(letter: Option<&Letter>, partner: &str, probability: f64, refusals: &[GateRefusal]) -> Vec<Condition> {
    let fails = |test: fn(&GateRefusal) -> bool| refusals.iter().find(|refusal| test(refusal));
    let against_letter = fails(|refusal| matches!(refusal, GateRefusal::NoLetter | GateRefusal::LetterNotInForce(_)));
    let said = against_letter.map(ToString::to_string);
    let in_force = letter.map(|letter| {
        let (from, to) = words::days(letter.terms.valid_from, letter.terms.valid_to);
        format!("{}, valid from {from} to {to}", letter.terms.reference)
    });
    let mut list = vec![condition(
        format!("A letter of intent with {partner} is in force"),
        standing(said.is_none()),
        [said, in_force].into_iter().flatten().collect::<Vec<_>>().join(": "),
    )];
    list.push(match letter {
        Some(letter) => condition(
            format!(
                "The probability of {} is at or above the letter’s threshold of {}",
                words::probability(probability),
                words::probability(letter.terms.threshold)
            ),
            standing(fails(|refusal| matches!(refusal, GateRefusal::BelowThreshold { .. })).is_none()),
            String::new(),
        ),
        None => condition(
            "The probability is at or above the letter’s threshold".to_owned(),
            Standing::Fails,
            "without a letter there is no threshold to reach".to_owned(),
        ),
    });
    let mut add = |text: &str, failure: Option<&GateRefusal>| {
        list.push(condition(text.to_owned(), standing(failure.is_none()), String::new()));
    };
    add(
        "The theft is verified",
        fails(|refusal| matches!(refusal, GateRefusal::TheftNotVerified)),
    );
    add(
        "The item is still reported stolen",
        fails(|refusal| matches!(refusal, GateRefusal::ItemNotStolen)),
    );
    add(
        "The suspicion report is confirmed",
        fails(|refusal| matches!(refusal, GateRefusal::ReportNotConfirmed)),
    );
    list
}

fn standing(holds: bool) -> Standing {
    if holds { Standing::Holds } else { Standing::Fails }
}

fn condition(text: String, standing: Standing, more: String) -> Condition {
    Condition { text, standing, more }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::partner::LetterStanding;

    #[test]
    fn every_refusal_of_the_gate_shows_as_a_condition_that_fails() {
        let refusals = [
            GateRefusal::NoLetter,
            GateRefusal::LetterNotInForce(LetterStanding::Expired),
            GateRefusal::TheftNotVerified,
            GateRefusal::ItemNotStolen,
            GateRefusal::ReportNotConfirmed,
            GateRefusal::NotInCharge,
            GateRefusal::RequesterMayNot,
        ];
        let failing = |list: &[Condition]| list.iter().filter(|one| one.standing == Standing::Fails).count();
        // Without a letter its threshold fails as well.
        let none = failing(&of_request(None, "Nordic Auctions", 0.97, &[]));
        assert_eq!(none, 1);
        for refusal in refusals {
            let list = of_request(None, "Nordic Auctions", 0.97, std::slice::from_ref(&refusal));
            assert_eq!(failing(&list), none + 1, "{refusal}");
        }
    }
}
