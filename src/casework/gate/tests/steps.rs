//! All four steps of a disclosure, with what changes between them: each opens exactly when the one allowed combination holds.

use super::*;
use crate::casework::testing::person;
use crate::domain::account::Confirmation::Password;
use crate::domain::disclosure::IdentityAnswer;
use crate::domain::report::Outcome;

const FIELDS: [SellerField; 2] = [SellerField::Name, SellerField::Address];

/// What happens between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    LetterRevoked,
    LetterExpired,
    ThresholdRaised,
    AddressNotAskable,
    MoreApprovals,
    ItemRecovered,
    ItemWithdrawn,
    TheftUnverified,
    ReportReopened,
    ReportDismissed,
    ReportConfirmedAgain,
    ReportTakenOver,
    ReportClosed,
    RequesterDisabled,
    RetentionPasses,
}

const CHANGES: [Change; 15] = [
    Change::LetterRevoked,
    Change::LetterExpired,
    Change::ThresholdRaised,
    Change::AddressNotAskable,
    Change::MoreApprovals,
    Change::ItemRecovered,
    Change::ItemWithdrawn,
    Change::TheftUnverified,
    Change::ReportReopened,
    Change::ReportDismissed,
    Change::ReportConfirmedAgain,
    Change::ReportTakenOver,
    Change::ReportClosed,
    Change::RequesterDisabled,
    Change::RetentionPasses,
];

/// What precedes a step, and how it is taken.
#[derive(Debug, Clone, Default)]
struct Drawn {
    changes: Vec<Change>,
    /// By somebody who may not: another officer.
    by_another: bool,
    /// Without a purpose, at the steps that ask for one.
    aimless: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let changes = prop_oneof![
        12 => Just(Vec::new()),
        3 => prop::sample::select(&CHANGES[..]).prop_map(|change| vec![change]),
        1 => prop::collection::vec(prop::sample::select(&CHANGES[..]), 2..4),
    ];
    let rarely = || prop::bool::weighted(0.06);
    (changes, rarely(), rarely()).prop_map(|(changes, by_another, aimless)| Drawn {
        changes,
        by_another,
        aimless,
    })
}

/// How things stand, kept beside the store from what was done to it.
struct Standing {
    letter: LetterStanding,
    threshold: f64,
    address_askable: bool,
    approvals_needed: u8,
    stolen: bool,
    verified: bool,
    confirmed: bool,
    /// Who decided the report: the officer, or else the colleague.
    officer_in_charge: bool,
    /// Who asked: the officer, or else the colleague.
    asked_by_officer: bool,
    /// The officer may still sign in.
    enabled: bool,
    retention_over: bool,
}

struct Walk {
    world: World,
    standing: Standing,
    runtime: tokio::runtime::Runtime,
    request: DisclosureRequestId,
}

impl Walk {
    fn new() -> Self {
        Self {
            world: World::new(),
            standing: Standing {
                letter: LetterStanding::Active,
                threshold: 0.9,
                address_askable: true,
                approvals_needed: 1,
                stolen: true,
                verified: true,
                confirmed: true,
                officer_in_charge: true,
                asked_by_officer: true,
                enabled: true,
                retention_over: false,
            },
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
            request: DisclosureRequestId(uuid::Uuid::from_u128(7)),
        }
    }

    fn letter_becomes(&mut self, standing: LetterStanding) -> bool {
        let first = self.standing.letter == LetterStanding::Active;
        if first {
            self.standing.letter = standing;
        }
        first
    }

    fn change_letter(&self, to: &str) {
        let outside = rusqlite::Connection::open(&self.world.database).unwrap();
        let changed = outside.execute(&format!("UPDATE letters SET {to}"), []).unwrap();
        assert_eq!(changed, 1);
    }

    fn set_report(&mut self, state: impl FnOnce(AccountId, AccountId, Timestamp) -> ReportState) {
        let now = self.world.store.clock().now();
        let state = state(self.world.officer, self.world.colleague, now);
        self.standing.officer_in_charge = state.officer() == Some(self.world.officer);
        self.standing.confirmed = state.word() == "confirmed";
        let id = self.world.report;
        self.world.change(move |tx| {
            let mut report = tx.report(id)?.unwrap();
            report.state = state;
            tx.save_report(&report)
        });
    }

    fn set_item(&mut self, status: ItemStatus) {
        let mut item = self.world.item_now();
        item.status = status;
        self.standing.stolen = false;
        self.world.change(move |tx| tx.save_item(&item));
    }

    fn apply(&mut self, change: Change, step: usize) {
        let review = |decision, by, at| Review {
            decision,
            reasons: Vec::new(),
            facts: None,
            reason: "looked again".to_owned(),
            by,
            at,
        };
        match change {
            Change::LetterRevoked => {
                if self.letter_becomes(LetterStanding::Revoked) {
                    self.world.revoke_letter();
                }
            }
            Change::LetterExpired => {
                if self.letter_becomes(LetterStanding::Expired) {
                    let yesterday = self.world.store.clock().now() - TimeDelta::days(1);
                    self.change_letter(&format!("valid_to = {}", yesterday.timestamp_micros()));
                }
            }
            Change::ThresholdRaised => {
                self.standing.threshold = 0.99;
                self.change_letter("threshold = 0.99");
            }
            Change::AddressNotAskable => {
                self.standing.address_askable = false;
                self.change_letter("askable = '[\"name\"]'");
            }
            // Before the approval, one more would only leave the request waiting.
            Change::MoreApprovals if step >= 2 => {
                self.standing.approvals_needed = 2;
                self.change_letter("approvals = 2");
            }
            Change::MoreApprovals => {}
            Change::ItemRecovered => self.set_item(ItemStatus::Recovered),
            Change::ItemWithdrawn => self.set_item(ItemStatus::Withdrawn),
            Change::TheftUnverified => {
                self.standing.verified = false;
                let id = self.world.theft;
                self.world.change(move |tx| {
                    let mut theft = tx.theft_report(id)?.unwrap();
                    theft.verification = Verification::Unverified;
                    tx.save_verification(&theft)
                });
            }
            Change::ReportReopened => self.set_report(|by, _, since| ReportState::InReview { by, since }),
            Change::ReportDismissed => {
                self.set_report(|by, _, at| ReportState::Decided(review(Decision::Dismissed, by, at)));
            }
            Change::ReportConfirmedAgain => {
                self.set_report(|by, _, at| ReportState::Decided(review(Decision::Confirmed, by, at)));
            }
            Change::ReportTakenOver => {
                self.set_report(|_, by, at| ReportState::Decided(review(Decision::Confirmed, by, at)));
            }
            Change::ReportClosed => self.set_report(|by, _, at| ReportState::Closed {
                review: review(Decision::Confirmed, by, at),
                outcome: Outcome::NotRecovered,
                closed_at: at,
            }),
            Change::RequesterDisabled => {
                self.standing.enabled = false;
                let id = self.world.officer;
                self.world.change(move |tx| {
                    let mut account = tx.account(id)?.unwrap();
                    account.enabled = false;
                    tx.save_account(&account)
                });
            }
            Change::RetentionPasses => {
                // Counts from the answer on, and stays far from the letter's end.
                if step == 3 && !self.standing.retention_over {
                    self.standing.retention_over = true;
                    self.world.store.clock().advance(TimeDelta::days(30));
                }
            }
        }
    }

    /// What the gate must say at a step: written down from the glossary's conditions, not from the gate.
    fn expected(&self, step: usize, how: &Drawn) -> Vec<GateRefusal> {
        use GateRefusal as No;
        let stands = &self.standing;
        let weak = No::BelowThreshold {
            probability: 0.97,
            threshold: stands.threshold,
        };
        let few = No::ApprovalsMissing { have: 1, need: 2 };
        let by_officer = self.asks_as_officer(step, how);
        let opens_as_asked = !how.by_another && (stands.enabled || !by_officer);
        let conditions = [
            (stands.letter != LetterStanding::Active, No::LetterNotInForce(stands.letter)),
            (stands.threshold > 0.97, weak),
            (!stands.address_askable, No::NotAskable(SellerField::Address)),
            (step >= 2 && stands.approvals_needed > 1, few),
            (step == 3 && stands.retention_over, No::RetentionOver { days: 30 }),
            (!stands.verified, No::TheftNotVerified),
            (!stands.stolen, No::ItemNotStolen),
            (!stands.confirmed, No::ReportNotConfirmed),
            ((step == 0 || step == 3) && how.aimless, No::NoPurpose),
            (by_officer && !stands.enabled, No::RequesterMayNot),
            (by_officer != stands.officer_in_charge, No::NotInCharge),
            (step == 1 && how.by_another, No::ApproverMayNot),
            (step == 1 && how.by_another && !by_officer, No::OwnRequest),
            (step == 3 && !opens_as_asked, No::OpenerMayNot),
        ];
        conditions.into_iter().filter_map(|(fails, no)| fails.then_some(no)).collect()
    }

    /// Whether the officer asks, or asked; else it is the colleague.
    fn asks_as_officer(&self, step: usize, how: &Drawn) -> bool {
        if step == 0 {
            !how.by_another
        } else {
            self.standing.asked_by_officer
        }
    }

    /// Who asks, or opens: the one who asked, or for the other way the other one.
    fn officer(&self, step: usize, how: &Drawn) -> AccountId {
        let other_opens = step == 3 && how.by_another;
        if self.asks_as_officer(step, how) != other_opens {
            self.world.officer
        } else {
            self.world.colleague
        }
    }

    fn ask_gate(&self, step: usize, how: &Drawn) -> Vec<GateRefusal> {
        let (world, id) = (&self.world, self.request);
        let now = world.store.clock().now();
        let stated = purpose().ok().filter(|_| !how.aimless);
        let officer = self.officer(step, how);
        let approver = if how.by_another { world.colleague } else { world.supervisor };
        let refused = world.store.read_blocking(|reader| {
            if step == 0 {
                let report = reader.report(world.report)?.unwrap();
                let verdict = to_request(reader, now, id, &report, (officer, &FIELDS, stated.as_ref()))?;
                return Ok(verdict.err());
            }
            let request = reader.disclosure_request(id)?.unwrap();
            Ok::<_, StoreError>(match step {
                1 => to_approve(reader, now, &request, approver)?.err(),
                2 => to_answer(reader, now, &request)?.err(),
                _ => to_open(reader, now, &request, officer, stated.as_ref())?.err(),
            })
        });
        refused.unwrap().unwrap_or_default()
    }

    /// Takes a step that the gate lets pass.
    fn go(&mut self, step: usize, how: &Drawn) {
        let world = &self.world;
        let officer = person(self.officer(step, how), Role::Officer);
        let (casework, id) = (&world.casework, self.request);
        let name = Some("Per Hansen".to_owned());
        let identity = IdentityAnswer(FIELDS.iter().map(|field| (*field, name.clone())).collect());
        let taken = self.runtime.block_on(async {
            Ok::<_, crate::casework::CaseworkError>(match step {
                0 => {
                    let asked = casework.request_disclosure(&officer, world.report, FIELDS.to_vec(), purpose());
                    Some(asked.await?.id)
                }
                1 => casework
                    .decide_disclosure(&world.as_supervisor(), id, (true, None), Password)
                    .await
                    .map(|_| None)?,
                2 => casework
                    .answer_disclosure(&world.as_partner(), id, identity)
                    .await
                    .map(|_| None)?,
                _ => {
                    let opened = casework.open_identity(&officer, id, purpose(), Password).await?.1;
                    assert_eq!(opened, identity.known());
                    None
                }
            })
        });
        self.request = taken.unwrap().unwrap_or(id);
        if step == 0 {
            self.standing.asked_by_officer = !how.by_another;
        }
    }

    /// How many steps are taken before the gate refuses one; each verdict must be the expected one.
    fn walk(mut self, way: &[Drawn]) -> usize {
        for (step, how) in way.iter().enumerate() {
            for change in &how.changes {
                self.apply(*change, step);
            }
            let (said, expected) = (self.ask_gate(step, how), self.expected(step, how));
            assert_eq!(sentences(&said), sentences(&expected), "step {step} of {way:?}");
            if !expected.is_empty() {
                return step;
            }
            self.go(step, how);
        }
        way.len()
    }
}

#[test]
fn each_change_before_each_step_stops_that_step_alone() {
    let mut stopped = 0;
    for change in CHANGES {
        for step in 0..4 {
            let mut way = vec![Drawn::default(); 4];
            way[step].changes = vec![change];
            let taken = Walk::new().walk(&way);
            assert!(
                taken == 4 || taken == step,
                "{change:?} before step {step} stops step {taken}"
            );
            stopped += usize::from(taken < 4);
        }
    }
    // Confirming again changes nothing; more approvals count after the approval, retention after the answer.
    assert_eq!(stopped, 12 * 4 + 2 + 1);
    assert_eq!(Walk::new().walk(&vec![Drawn::default(); 4]), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_way_opens_exactly_when_nothing_stands_against_it(way in prop::collection::vec(drawn(), 4)) {
        Walk::new().walk(&way);
    }
}
