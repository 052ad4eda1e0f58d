//! The gate: only the one allowed combination yields a grant, and a refusal lists exactly what fails.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::casework::testing::{Setting, World, purpose, terms};

mod steps;

/// Refusals as sorted sentences, to compare without regard to order.
fn sentences(refusals: &[GateRefusal]) -> Vec<String> {
    let mut sentences: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    sentences.sort();
    sentences
}

/// A value that one condition can have: how to set it, and what it makes the gate refuse.
type Value = (fn(&mut Facts), Vec<GateRefusal>);

fn allowed() -> Facts {
    let id = uuid::Uuid::from_u128(1);
    let letter = Letter {
        id: crate::domain::ids::LetterId(id),
        partner: crate::domain::ids::PartnerId(id),
        terms: LetterTerms { approvals: 2, ..terms() },
        revoked: None,
        created_at: Timestamp::UNIX_EPOCH,
    };
    Facts {
        letter: Some((letter, LetterStanding::Active)),
        theft_verified: true,
        confirmed: true,
        probability: 0.95,
        item_stolen: true,
        fields: vec![SellerField::Name],
        purpose_stated: true,
        requester_may: true,
        in_charge: true,
        approver_may: true,
        own_request: false,
        recalled: false,
        approvals: None,
        answered: None,
        opener_may: true,
    }
}

use crate::domain::partner::LetterTerms;

fn conditions() -> Vec<Vec<Value>> {
    fn two(set: fn(&mut Facts), refusal: GateRefusal) -> Vec<Value> {
        vec![(|_| {}, Vec::new()), (set, vec![refusal])]
    }
    fn standing(facts: &mut Facts, standing: LetterStanding) {
        if let Some((_, present)) = &mut facts.letter {
            *present = standing;
        }
    }
    use GateRefusal as No;
    vec![
        vec![
            (|_| {}, Vec::new()),
            (|f| f.letter = None, vec![No::NoLetter]),
            (
                |f| standing(f, LetterStanding::Expired),
                vec![No::LetterNotInForce(LetterStanding::Expired)],
            ),
            (
                |f| standing(f, LetterStanding::Revoked),
                vec![No::LetterNotInForce(LetterStanding::Revoked)],
            ),
            (
                |f| standing(f, LetterStanding::NotYetValid),
                vec![No::LetterNotInForce(LetterStanding::NotYetValid)],
            ),
        ],
        two(|f| f.theft_verified = false, No::TheftNotVerified),
        two(|f| f.confirmed = false, No::ReportNotConfirmed),
        two(|f| f.item_stolen = false, No::ItemNotStolen),
        two(|f| f.purpose_stated = false, No::NoPurpose),
        two(|f| f.requester_may = false, No::RequesterMayNot),
        two(|f| f.in_charge = false, No::NotInCharge),
        two(|f| f.approver_may = false, No::ApproverMayNot),
        two(|f| f.own_request = true, No::OwnRequest),
        two(|f| f.recalled = true, No::Recalled),
        two(|f| f.opener_may = false, No::OpenerMayNot),
        vec![
            (|f| f.probability = 0.9, Vec::new()),
            (
                |f| f.probability = 0.89,
                vec![No::BelowThreshold {
                    probability: 0.89,
                    threshold: 0.9,
                }],
            ),
        ],
        vec![
            (|_| {}, Vec::new()),
            (|f| f.fields.clear(), vec![No::NothingAsked]),
            (
                |f| f.fields = vec![SellerField::Name, SellerField::Phone],
                vec![No::NotAskable(SellerField::Phone)],
            ),
        ],
        vec![
            (|_| {}, Vec::new()),
            (|f| f.approvals = Some(2), Vec::new()),
            (|f| f.approvals = Some(1), vec![No::ApprovalsMissing { have: 1, need: 2 }]),
        ],
        vec![
            (|_| {}, Vec::new()),
            (
                |f| f.answered = Some(Some(TimeDelta::days(30) - TimeDelta::microseconds(1))),
                Vec::new(),
            ),
            (|f| f.answered = Some(None), vec![No::NotAnswered]),
            (
                |f| f.answered = Some(Some(TimeDelta::days(30))),
                vec![No::RetentionOver { days: 30 }],
            ),
        ],
    ]
}

#[test]
fn every_combination_is_judged_exactly() {
    let conditions = conditions();
    let combinations: usize = conditions.iter().map(Vec::len).product();
    let (mut granted, mut refused) = (0, 0);
    for mut number in 0..combinations {
        let mut facts = allowed();
        let mut expected = Vec::new();
        for values in &conditions {
            let (set, refusals) = &values[number % values.len()];
            number /= values.len();
            set(&mut facts);
            expected.extend(refusals.iter().cloned());
        }
        if facts.letter.is_none() {
            // Without a letter there are no terms to fail.
            expected.retain(|refusal| {
                use GateRefusal as No;
                !matches!(
                    refusal,
                    No::BelowThreshold { .. } | No::NotAskable(_) | No::ApprovalsMissing { .. } | No::RetentionOver { .. }
                )
            });
        }
        let request = DisclosureRequestId(uuid::Uuid::from_u128(7));
        let verdict = facts.clone().judge::<ToOpen>(request, ReportId(uuid::Uuid::from_u128(8)));
        match verdict {
            Ok(grant) => {
                assert!(expected.is_empty(), "{facts:?} passed in spite of {expected:?}");
                assert_eq!((grant.request(), grant.fields()), (request, facts.fields.as_slice()));
                granted += 1;
            }
            Err(refusals) => {
                assert_eq!(sentences(&refusals), sentences(&expected), "{facts:?}");
                assert!(!refusals.is_empty());
                refused += 1;
            }
        }
    }
    // Nothing wrong anywhere, in 2 ways for the approvals and 2 for the age of the answer.
    assert_eq!((granted, granted + refused), (4, combinations));
}

#[test]
fn a_probability_that_is_no_number_does_not_pass() {
    let facts = Facts {
        probability: f64::NAN,
        ..allowed()
    };
    assert_eq!(facts.refusals().len(), 1);
}

/// One drawing of the conditions as they lie in the store.
#[derive(Debug, Clone)]
struct Drawn {
    letter: u8,
    verified: bool,
    stolen: bool,
    confirmed: bool,
    strong: bool,
    fields: u8,
    purpose: bool,
    enabled: bool,
    in_charge: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    // Mostly right, so that few things fail at once and passing is drawn as well.
    let mostly = || prop::bool::weighted(0.85);
    let letter = prop_oneof![6 => Just(0_u8), 1 => 1_u8..5];
    let fields = prop_oneof![6 => Just(0_u8), 1 => 1_u8..3];
    (
        letter,
        mostly(),
        mostly(),
        mostly(),
        mostly(),
        fields,
        mostly(),
        mostly(),
        mostly(),
    )
        .prop_map(
            |(letter, verified, stolen, confirmed, strong, fields, purpose, enabled, in_charge)| Drawn {
                letter,
                verified,
                stolen,
                confirmed,
                strong,
                fields,
                purpose,
                enabled,
                in_charge,
            },
        )
}

impl Drawn {
    fn setting(&self) -> Setting {
        let now = crate::domain::time::Clock::system().now();
        let letter = match self.letter {
            1 => None,
            2 => Some(LetterTerms {
                valid_to: now - TimeDelta::days(1),
                ..terms()
            }),
            3 => Some(LetterTerms {
                valid_from: now + TimeDelta::days(1),
                ..terms()
            }),
            _ => Some(terms()),
        };
        Setting {
            letter,
            revoked: self.letter == 4,
            verified: self.verified,
            stolen: self.stolen,
            confirmed: self.confirmed,
            probability: if self.strong { 0.97 } else { 0.5 },
        }
    }

    fn fields(&self) -> Vec<SellerField> {
        match self.fields {
            0 => vec![SellerField::Address, SellerField::Name, SellerField::Name],
            1 => Vec::new(),
            _ => vec![SellerField::Name, SellerField::BankAccount],
        }
    }

    fn expected(&self) -> Vec<GateRefusal> {
        use GateRefusal as No;
        let letter = match self.letter {
            0 => None,
            1 => Some(No::NoLetter),
            2 => Some(No::LetterNotInForce(LetterStanding::Expired)),
            3 => Some(No::LetterNotInForce(LetterStanding::NotYetValid)),
            _ => Some(No::LetterNotInForce(LetterStanding::Revoked)),
        };
        let terms = self.letter != 1;
        let weak = No::BelowThreshold {
            probability: 0.5,
            threshold: 0.9,
        };
        let conditions = [
            (!self.strong && terms, weak),
            (self.fields == 2 && terms, No::NotAskable(SellerField::BankAccount)),
            (self.fields == 1, No::NothingAsked),
            (!self.verified, No::TheftNotVerified),
            (!self.stolen, No::ItemNotStolen),
            (!self.confirmed, No::ReportNotConfirmed),
            (!self.purpose, No::NoPurpose),
            (!self.enabled, No::RequesterMayNot),
            (!self.in_charge, No::NotInCharge),
        ];
        let failing = conditions.into_iter().filter_map(|(fails, refusal)| fails.then_some(refusal));
        letter.into_iter().chain(failing).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_facts_come_from_the_store(drawn in drawn()) {
        let world = World::set(&drawn.setting());
        let requester = if drawn.in_charge { world.officer } else { world.colleague };
        if !drawn.enabled {
            world.change(move |tx| {
                let mut account = tx.account(requester)?.unwrap();
                account.enabled = false;
                tx.save_account(&account)
            });
        }
        let id = DisclosureRequestId(uuid::Uuid::from_u128(7));
        let (report, fields) = (world.report, drawn.fields());
        let stated = purpose().ok().filter(|_| drawn.purpose);
        let verdict = world.store.read_blocking(|reader| {
            let report = reader.report(report)?.unwrap();
            to_request(reader, world.store.clock().now(), id, &report, (requester, &fields, stated.as_ref()))
        });
        match verdict.unwrap() {
            Ok(grant) => {
                prop_assert!(drawn.expected().is_empty(), "passed in spite of {:?}", drawn.expected());
                prop_assert_eq!(grant.letter().id, world.letter);
                prop_assert_eq!(grant.fields(), &[SellerField::Name, SellerField::Address]);
            }
            Err(refusals) => prop_assert_eq!(sentences(&refusals), sentences(&drawn.expected())),
        }
    }
}
