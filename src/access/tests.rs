//! Access over a real store.
#![allow(clippy::unwrap_used)]

use chrono::TimeDelta;

use super::tokens::OVERLAP_HOURS_MAX;
use super::*;
use crate::domain::account::Role;
use crate::domain::audit::{Action, Actor};
use crate::domain::ids::PartnerId;
use crate::domain::partner::Partner;
use crate::domain::scope::Scopes;
use crate::domain::time::Clock;
use crate::store::{AuditFilter, StoreError};

const PASSWORD: &str = "blå cykel på taget";

struct House {
    store: Store,
    access: Access,
    _directory: tempfile::TempDir,
}

fn house() -> House {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("replevin.db"), Clock::system()).unwrap();
    let options = AccessOptions {
        password_cost: PasswordCost::cheapest(),
        failures_max: 3,
        ..AccessOptions::default()
    };
    House {
        access: Access::new(store.clone(), options),
        store,
        _directory: directory,
    }
}

impl House {
    /// The actions in the log, oldest first.
    fn actions(&self) -> Vec<Action> {
        let filter = AuditFilter {
            limit: 1000,
            ..AuditFilter::default()
        };
        let mut entries = self
            .store
            .read_blocking(|reader| reader.audit_entries(&filter))
            .unwrap_or_else(|error: StoreError| panic!("{error}"));
        entries.reverse();
        entries.iter().map(|entry| entry.action).collect()
    }
}

#[tokio::test]
async fn an_owner_signs_up_in_and_out() {
    let house = house();
    let account = house
        .access
        .sign_up_owner("Jens", "Jens@Example.org", PASSWORD, None)
        .await
        .unwrap();
    assert_eq!((account.role, account.email.as_str()), (Role::Owner, "jens@example.org"));
    let signed_in = house.access.sign_in("jens@example.org ", PASSWORD, None).await.unwrap();
    let secret = signed_in.secret.reveal();
    assert_eq!(house.access.current(secret).await.unwrap(), Some(account));
    assert_eq!(house.access.current("another").await.unwrap(), None);
    house.access.sign_out(secret).await.unwrap();
    assert_eq!(house.access.current(secret).await.unwrap(), None);
    house.access.sign_out(secret).await.unwrap();
    assert_eq!(house.actions(), [Action::AccountCreated, Action::SignIn, Action::SignOut]);
}

#[tokio::test]
async fn a_session_expires() {
    let house = house();
    house
        .access
        .sign_up_owner("Jens", "jens@example.org", PASSWORD, None)
        .await
        .unwrap();
    let signed_in = house.access.sign_in("jens@example.org", PASSWORD, None).await.unwrap();
    house.store.clock().advance(TimeDelta::minutes(12 * 60 - 1));
    assert!(house.access.current(signed_in.secret.reveal()).await.unwrap().is_some());
    house.store.clock().advance(TimeDelta::minutes(1));
    assert!(house.access.current(signed_in.secret.reveal()).await.unwrap().is_none());
}

#[tokio::test]
async fn guessing_is_refused_braked_and_logged() {
    let house = house();
    house
        .access
        .sign_up_owner("Jens", "jens@example.org", PASSWORD, None)
        .await
        .unwrap();
    let wrong = house.access.sign_in("jens@example.org", "something else", None).await;
    let unknown = house.access.sign_in("nobody@example.org", PASSWORD, None).await;
    let nonsense = house.access.sign_in("nonsense", PASSWORD, None).await;
    for refused in [wrong, unknown, nonsense] {
        assert!(matches!(refused, Err(AccessError::Refused)));
    }
    for _ in 0..2 {
        let refused = house.access.sign_in("jens@example.org", "something else", None).await;
        assert!(matches!(refused, Err(AccessError::Refused)));
    }
    for _ in 0..2 {
        let braked = house.access.sign_in("jens@example.org", PASSWORD, None).await;
        assert!(matches!(braked, Err(AccessError::TooManyTries { .. })));
    }
    // Five refusals and the first of the two that were turned away for their number.
    let refused = house
        .actions()
        .iter()
        .filter(|action| **action == Action::SignInRefused)
        .count();
    assert_eq!(refused, 6);
    house.store.clock().advance(TimeDelta::minutes(15));
    house.access.sign_in("jens@example.org", PASSWORD, None).await.unwrap();
}

#[tokio::test]
async fn one_network_is_braked_over_many_accounts() {
    let house = house();
    let address = Some("192.0.2.9".parse().unwrap());
    for n in 0..60 {
        let refused = house.access.sign_in(&format!("n{n}@example.org"), PASSWORD, address).await;
        assert!(matches!(refused, Err(AccessError::Refused)), "{n}");
    }
    let braked = house.access.sign_in("fresh@example.org", PASSWORD, address).await;
    assert!(matches!(braked, Err(AccessError::TooManyTries { .. })));
    let braked = house
        .access
        .sign_up_owner("Jens", "jens@example.org", PASSWORD, address)
        .await;
    assert!(matches!(braked, Err(AccessError::TooManyTries { .. })));
}

#[tokio::test]
async fn disabling_ends_sessions_and_tokens_but_never_the_last_administrator() {
    let house = house();
    let admin = house
        .access
        .create_first_administrator("Anna", "anna@example.org", PASSWORD)
        .await
        .unwrap();
    let again = house
        .access
        .create_first_administrator("Bo", "bo@example.org", PASSWORD)
        .await;
    assert!(matches!(again, Err(AccessError::Conflict(_))));
    let actor = Actor::Account(admin.id);
    let last = house.access.set_enabled(actor, admin.id, false).await;
    assert!(matches!(last, Err(AccessError::Conflict(_))));

    let officer = NewAccount {
        email: "officer@example.org".to_owned(),
        name: "Officer".to_owned(),
        role: Role::Officer,
        partner: None,
        password: FirstPassword::Given(PASSWORD.to_owned()),
    };
    let officer = house.access.create_account(actor, officer).await.unwrap();
    let session = house.access.sign_in("officer@example.org", PASSWORD, None).await.unwrap();
    let token = house
        .access
        .create_token(actor, TokenHolder::Account(officer.id), "desk", Scopes::all())
        .await
        .unwrap();
    assert!(token.secret.reveal().starts_with("rpv_") && token.secret.reveal().len() == 4 + 43);
    assert!(token.secret.reveal().starts_with(&token.summary.prefix));
    let speaks = house.access.bearer(token.secret.reveal()).await.unwrap();
    assert_eq!(speaks.and_then(|bearer| bearer.principal.account()), Some(officer.id));

    house.access.set_enabled(actor, officer.id, false).await.unwrap();
    assert!(house.access.current(session.secret.reveal()).await.unwrap().is_none());
    assert!(house.access.bearer(token.secret.reveal()).await.unwrap().is_none());
    let refused = house.access.sign_in("officer@example.org", PASSWORD, None).await;
    assert!(matches!(refused, Err(AccessError::Refused)));
    let expected = [
        Action::AccountCreated,
        Action::AccountCreated,
        Action::SignIn,
        Action::TokenCreated,
        Action::AccountChanged,
        Action::SignInRefused,
    ];
    assert_eq!(house.actions(), expected);
}

#[tokio::test]
async fn passwords_are_changed_by_who_knows_the_old_one() {
    let house = house();
    let account = house
        .access
        .sign_up_owner("Jens", "jens@example.org", PASSWORD, None)
        .await
        .unwrap();
    let session = house.access.sign_in("jens@example.org", PASSWORD, None).await.unwrap();
    let next = "grøn kajak i kælderen";
    let wrong = house.access.change_password(account.id, "something else", next).await;
    assert!(matches!(wrong, Err(AccessError::Refused)));
    let weak = house.access.change_password(account.id, PASSWORD, "short").await;
    assert!(matches!(weak, Err(AccessError::Password(PasswordFault::Short))));
    let same = house.access.change_password(account.id, PASSWORD, PASSWORD).await;
    assert!(matches!(same, Err(AccessError::Invalid { field: "password", .. })));
    let renewed = house.access.change_password(account.id, PASSWORD, next).await.unwrap();
    assert!(house.access.current(session.secret.reveal()).await.unwrap().is_none());
    assert!(house.access.current(renewed.secret.reveal()).await.unwrap().is_some());
    house.access.sign_in("jens@example.org", next, None).await.unwrap();
}

#[tokio::test]
async fn a_password_that_somebody_else_chose_is_to_be_changed() {
    let house = house();
    let new = |email: &str, password| NewAccount {
        email: email.to_owned(),
        name: "Officer".to_owned(),
        role: Role::Officer,
        partner: None,
        password,
    };
    let given = new("given@example.org", FirstPassword::Given(PASSWORD.to_owned()));
    let given = house.access.create_account(Actor::CommandLine, given).await.unwrap();
    let own = new("own@example.org", FirstPassword::Own(PASSWORD.to_owned()));
    let own = house.access.create_account(Actor::CommandLine, own).await.unwrap();
    assert!(given.password_change_due && !own.password_change_due);
    let next = "grøn kajak i kælderen";
    house.access.change_password(given.id, PASSWORD, next).await.unwrap();
    assert!(!house.access.account(given.id).await.unwrap().password_change_due);
    house
        .access
        .set_password(Actor::Account(own.id), given.id, PASSWORD)
        .await
        .unwrap();
    assert!(house.access.account(given.id).await.unwrap().password_change_due);
}

#[tokio::test]
async fn a_network_that_is_turned_away_counts_against_no_account() {
    let house = house();
    let owner = house.access.sign_up_owner("Jens", "jens@example.org", PASSWORD, None);
    owner.await.unwrap();
    let network = Some("192.0.2.7".parse().unwrap());
    for n in 0..60 {
        // Refused for its name before anything is hashed, and counted all the same.
        let email = format!("{n}@example.org");
        let sign_up = house.access.sign_up_owner("", &email, PASSWORD, network);
        assert!(matches!(sign_up.await, Err(AccessError::Invalid { field: "name", .. })));
    }
    for _ in 0..9 {
        let guess = house.access.sign_in("jens@example.org", "something else", network).await;
        assert!(matches!(guess, Err(AccessError::TooManyTries { .. })));
    }
    house.access.sign_in("jens@example.org", PASSWORD, None).await.unwrap();
}

#[tokio::test]
async fn partners_have_tokens_and_accounts_of_their_own() {
    let house = house();
    let partner = Partner {
        id: PartnerId::generate(house.store.clock().now()),
        slug: "lauritsen".parse().unwrap(),
        name: "Lauritsen".to_owned(),
        photo_hosts: Vec::new(),
        created_at: house.store.clock().now(),
    };
    let entered = partner.clone();
    let act = Act::new(
        Actor::CommandLine,
        Action::PartnerChanged,
        crate::domain::audit::SubjectKind::Partner.with(partner.id.0),
    );
    house
        .store
        .act(act, move |tx| tx.insert_partner(&entered))
        .await
        .unwrap_or_else(|error: StoreError| panic!("{error}"));
    let new = |role, partner| NewAccount {
        email: "desk@lauritsen.example".to_owned(),
        name: "Desk".to_owned(),
        role,
        partner,
        password: FirstPassword::Given(PASSWORD.to_owned()),
    };
    for (role, with) in [(Role::Partner, None), (Role::Officer, Some(partner.id))] {
        let refused = house.access.create_account(Actor::CommandLine, new(role, with)).await;
        assert!(matches!(refused, Err(AccessError::Invalid { field: "partner", .. })));
    }
    let strange = PartnerId::generate(house.store.clock().now());
    let refused = house
        .access
        .create_account(Actor::CommandLine, new(Role::Partner, Some(strange)))
        .await;
    assert!(matches!(refused, Err(AccessError::Store(StoreError::Missing { .. }))));
    house
        .access
        .create_account(Actor::CommandLine, new(Role::Partner, Some(partner.id)))
        .await
        .unwrap();
    let taken = house
        .access
        .create_account(Actor::CommandLine, new(Role::Partner, Some(partner.id)))
        .await;
    assert!(matches!(taken, Err(AccessError::Store(StoreError::Exists { .. }))));

    let holder = TokenHolder::Partner(partner.id);
    let token = house
        .access
        .create_token(Actor::CommandLine, holder, "feed", Scopes::all())
        .await
        .unwrap();
    let speaks = house.access.bearer(token.secret.reveal()).await.unwrap().unwrap();
    assert_eq!(speaks.principal.partner(), Some(partner.id));
    house.access.revoke_token(Actor::CommandLine, token.summary.id).await.unwrap();
    assert!(house.access.bearer(token.secret.reveal()).await.unwrap().is_none());
    assert!(house.access.revoke_token(Actor::CommandLine, token.summary.id).await.is_err());
    assert!(house.access.tokens_of(holder).await.unwrap()[0].revoked_at.is_some());
}

#[tokio::test]
async fn a_replaced_token_works_on_until_its_time() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let store = Store::open(&directory.path().join("replevin.db"), clock.clone()).unwrap();
    let access = Access::new(store, AccessOptions::default());
    let new = NewAccount {
        email: "officer@example.org".to_owned(),
        name: "Officer".to_owned(),
        role: Role::Officer,
        partner: None,
        password: FirstPassword::Given(PASSWORD.to_owned()),
    };
    let holder = TokenHolder::Account(access.create_account(Actor::CommandLine, new).await.unwrap().id);
    let old = access
        .create_token(Actor::CommandLine, holder, "desk", Scopes::all())
        .await
        .unwrap();
    let new = access
        .rotate_token(Actor::CommandLine, holder, old.summary.id, 48)
        .await
        .unwrap();
    let works = async |token: &NewToken| access.bearer(token.secret.reveal()).await.unwrap().is_some();
    clock.advance(TimeDelta::hours(47));
    assert!(works(&old).await && works(&new).await);
    // A second time it is not replaced.
    let again = access.rotate_token(Actor::CommandLine, holder, old.summary.id, 48).await;
    assert!(matches!(again, Err(AccessError::Conflict(_))));
    clock.advance(TimeDelta::hours(1));
    assert!(!works(&old).await && works(&new).await);
    let long = access
        .rotate_token(Actor::CommandLine, holder, new.summary.id, OVERLAP_HOURS_MAX + 1)
        .await;
    assert!(matches!(
        long,
        Err(AccessError::Invalid {
            field: "overlap_hours",
            ..
        })
    ));
    let ended = access.revoke_token(Actor::CommandLine, old.summary.id).await;
    assert!(matches!(ended, Err(AccessError::Store(StoreError::Missing { .. }))));
    let noted = access.tokens_of(holder).await.unwrap();
    let first = noted.iter().find(|token| token.id == old.summary.id).unwrap();
    let ago = clock.now() - first.used_at.unwrap();
    assert!(ago >= TimeDelta::hours(1) && ago < TimeDelta::minutes(61), "{ago}");
}
