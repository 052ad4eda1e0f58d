//! Who speaks to the program in tests: an account for each role, three partners, their letters and tokens.
//!
//! Entered through the library before the program starts, as the command line would.

use std::path::Path;

use chrono::{TimeDelta, Utc};
use replevin::access::{Access, AccessOptions, FirstPassword, NewAccount, PasswordCost, TokenHolder};
use replevin::config::Config;
use replevin::domain::account::Role;
use replevin::domain::audit::{Act, Action, Actor, SubjectKind};
use replevin::domain::ids::{AccountId, LetterId, PartnerId};
use replevin::domain::partner::{LegalBasis, Letter, LetterTerms, Partner, SellerField};
use replevin::domain::scope::{Scope, Scopes};
use replevin::domain::time::Clock;
use replevin::lifecycle::Administration;
use replevin::store::Store;

/// The partner whose letter is in force.
pub const PARTNER: &str = "nordlys";
/// The partner whose letter has expired.
pub const EXPIRED: &str = "brightwater";
/// A partner whose own letter is in force, and whom nothing of the first one's concerns.
pub const STRANGER: &str = "fjordhus";
/// The password of every account.
pub const PASSWORD: &str = "seven wet tents in autumn";
/// The probability that the letter in force asks for.
pub const THRESHOLD: f64 = 0.9;

/// Tokens and ids, by role.
#[derive(Clone)]
pub struct People {
    pub owner: String,
    pub other_owner: String,
    pub partner: String,
    pub partner_person: String,
    /// Tokens of the partner's with one scope each, in the order of [`Scope::ALL`].
    pub scoped: [String; 3],
    pub expired_partner: String,
    pub stranger: String,
    pub officer: String,
    pub officer_id: AccountId,
    pub other_officer: String,
    pub supervisor: String,
    pub auditor: String,
    pub administrator: String,
    pub letter: LetterId,
}

struct Entering {
    store: Store,
    access: Access,
}

pub(super) async fn enter(data: &Path) -> People {
    // Makes the keys: beside a database they are never made.
    let config = Config {
        data: data.to_owned(),
        ..Config::default()
    };
    drop(Administration::open(&config, Clock::system()).unwrap());
    let store = Store::open(&data.join("replevin.sqlite"), Clock::system()).unwrap();
    let options = AccessOptions {
        password_cost: PasswordCost::cheapest(),
        ..AccessOptions::default()
    };
    let entering = Entering {
        access: Access::new(store.clone(), options),
        store,
    };
    let nordlys = entering.partner(PARTNER, "Nordlys Auktioner").await;
    let brightwater = entering.partner(EXPIRED, "Brightwater Saleroom").await;
    let fjordhus = entering.partner(STRANGER, "Fjordhus Auktion").await;
    let letter = entering.letter(nordlys, -100, 365).await;
    entering.letter(fjordhus, -100, 365).await;
    entering.letter(brightwater, -400, -1).await;
    let administrator = entering.person(Role::Administrator, "admin", None).await.1;
    let (officer_id, officer) = entering.person(Role::Officer, "officer", None).await;
    entering.person(Role::Partner, "other-partner", Some(brightwater)).await;
    let people = People {
        owner: entering.person(Role::Owner, "owner", None).await.1,
        other_owner: entering.person(Role::Owner, "other-owner", None).await.1,
        partner: entering.token(TokenHolder::Partner(nordlys)).await,
        scoped: [
            entering.scoped(nordlys, Scope::Listings).await,
            entering.scoped(nordlys, Scope::Checks).await,
            entering.scoped(nordlys, Scope::Requests).await,
        ],
        partner_person: entering.person(Role::Partner, "partner", Some(nordlys)).await.1,
        expired_partner: entering.token(TokenHolder::Partner(brightwater)).await,
        stranger: entering.token(TokenHolder::Partner(fjordhus)).await,
        other_officer: entering.person(Role::Officer, "other-officer", None).await.1,
        supervisor: entering.person(Role::Supervisor, "supervisor", None).await.1,
        auditor: entering.person(Role::Auditor, "auditor", None).await.1,
        officer,
        officer_id,
        administrator,
        letter,
    };
    entering.store.close();
    people
}

impl Entering {
    async fn partner(&self, slug: &str, name: &str) -> PartnerId {
        let now = Utc::now();
        let partner = Partner {
            id: PartnerId::generate(now),
            slug: slug.parse().unwrap(),
            name: name.to_owned(),
            photo_hosts: Vec::new(),
            created_at: now,
        };
        let id = partner.id;
        let act = Act::new(Actor::CommandLine, Action::PartnerChanged, SubjectKind::Partner.with(id.0));
        self.store.act(act, move |tx| tx.insert_partner(&partner)).await.unwrap();
        id
    }

    /// A letter from so many days from now until so many.
    async fn letter(&self, partner: PartnerId, from_days: i64, to_days: i64) -> LetterId {
        let now = Utc::now();
        let letter = Letter {
            id: LetterId::generate(now),
            partner,
            terms: LetterTerms {
                legal_basis: LegalBasis::VoluntaryLetter,
                reference: "LOI 2026/1".to_owned(),
                valid_from: now + TimeDelta::days(from_days),
                valid_to: now + TimeDelta::days(to_days),
                threshold: THRESHOLD,
                askable: vec![SellerField::Name, SellerField::Address, SellerField::Email],
                approvals: 1,
                response_hours: 48,
                retention_days: 180,
                document_sha256: None,
            },
            revoked: None,
            created_at: now,
        };
        let id = letter.id;
        let act = Act::new(Actor::CommandLine, Action::LetterEntered, SubjectKind::Letter.with(id.0));
        self.store.act(act, move |tx| tx.insert_letter(&letter)).await.unwrap();
        id
    }

    async fn person(&self, role: Role, name: &str, partner: Option<PartnerId>) -> (AccountId, String) {
        let new = NewAccount {
            email: format!("{name}@replevin.example"),
            name: format!("Test {name}"),
            role,
            partner,
            password: FirstPassword::Own(PASSWORD.to_owned()),
        };
        let account = self.access.create_account(Actor::CommandLine, new).await.unwrap();
        (account.id, self.token(TokenHolder::Account(account.id)).await)
    }

    async fn token(&self, holder: TokenHolder) -> String {
        self.token_for(holder, "test", Scopes::all()).await
    }

    async fn scoped(&self, partner: PartnerId, scope: Scope) -> String {
        let scopes = Scopes::parse(std::iter::once(scope.word())).unwrap();
        self.token_for(TokenHolder::Partner(partner), scope.word(), scopes).await
    }

    async fn token_for(&self, holder: TokenHolder, label: &str, scopes: Scopes) -> String {
        let token = self
            .access
            .create_token(Actor::CommandLine, holder, label, scopes)
            .await
            .unwrap();
        token.secret.reveal().to_owned()
    }
}
