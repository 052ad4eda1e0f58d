//! A small world for the tests of casework, on a real store: one owner's stolen item, one partner's listing, one report.
#![allow(clippy::unwrap_used)]

use chrono::TimeDelta;
use serde_json::json;

use super::{Casework, SealKey};
use crate::domain::account::{Account, Principal, Role};
use crate::domain::assessment::{Assessment, Comparison, Evidence, Rivals};
use crate::domain::audit::{Act, Action, Actor, Entry, Purpose, PurposeError, SubjectKind};
use crate::domain::description::Description;
use crate::domain::ids::{AccountId, DeliveryId, ItemId, LetterId, ListingId, PartnerId, ReportId, TheftReportId, TokenId};
use crate::domain::item::{Item, ItemDraft, ItemStatus, Theft, TheftReport, Verification};
use crate::domain::listing::{Delivery, ListingDraft, ListingStatus, Seller, SellerKey};
use crate::domain::partner::{LegalBasis, Letter, LetterTerms, Partner, SellerField};
use crate::domain::photo::ContentHash;
use crate::domain::place::Place;
use crate::domain::report::{Decision, ReportState, Review};
use crate::domain::time::{Clock, Timestamp};
use crate::store::{AuditFilter, Raised, Store, StoreError, Tx, Upserted};

pub(super) const THRESHOLD: f64 = 0.9;

/// The people and things of the world.
pub(super) struct World {
    pub(super) store: Store,
    pub(super) casework: Casework,
    pub(super) database: std::path::PathBuf,
    pub(super) owner: AccountId,
    pub(super) stranger: AccountId,
    pub(super) officer: AccountId,
    pub(super) colleague: AccountId,
    pub(super) supervisor: AccountId,
    pub(super) second_supervisor: AccountId,
    pub(super) auditor: AccountId,
    pub(super) partner: PartnerId,
    pub(super) other_partner: PartnerId,
    pub(super) letter: LetterId,
    pub(super) item: ItemId,
    pub(super) listing: ListingId,
    pub(super) theft: TheftReportId,
    pub(super) report: ReportId,
    _directory: tempfile::TempDir,
}

/// How the world stands when it is made.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) letter: Option<LetterTerms>,
    pub(super) revoked: bool,
    pub(super) verified: bool,
    pub(super) stolen: bool,
    pub(super) confirmed: bool,
    pub(super) probability: f64,
}

impl Default for Setting {
    /// Everything as a disclosure needs it.
    fn default() -> Self {
        Self {
            letter: Some(terms()),
            revoked: false,
            verified: true,
            stolen: true,
            confirmed: true,
            probability: 0.97,
        }
    }
}

/// The terms of a letter in force: name and address may be asked, one approval, 48 hours, 30 days.
pub(super) fn terms() -> LetterTerms {
    let now = Clock::system().now();
    LetterTerms {
        legal_basis: LegalBasis::VoluntaryLetter,
        reference: "LOI 1".to_owned(),
        valid_from: now - TimeDelta::days(100),
        valid_to: now + TimeDelta::days(100),
        threshold: THRESHOLD,
        askable: vec![SellerField::Name, SellerField::Address],
        approvals: 1,
        response_hours: 48,
        retention_days: 30,
        document_sha256: None,
    }
}

pub(super) fn purpose() -> Result<Purpose, PurposeError> {
    Purpose::parse("4100-77777-00001-26", "seller of a stolen bicycle")
}

pub(super) fn person(id: AccountId, role: Role) -> Principal {
    Principal::Account { id, role, partner: None }
}

impl World {
    pub(super) fn new() -> Self {
        Self::set(&Setting::default())
    }

    pub(super) fn set(setting: &Setting) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("replevin.sqlite");
        let store = Store::open(&database, Clock::system()).unwrap();
        let made = setting.clone();
        let made = store.act_with_blocking(move |tx| Ok::<_, StoreError>((people_and_things(tx, &made)?, vec![loaded()])));
        let (people, partner, other_partner, letter, (item, listing, theft, report)) = made.unwrap();
        Self {
            casework: Casework::new(store.clone(), SealKey::new([3; 32])),
            store,
            database,
            owner: people[0],
            stranger: people[1],
            officer: people[2],
            colleague: people[3],
            supervisor: people[4],
            second_supervisor: people[5],
            auditor: people[6],
            partner,
            other_partner,
            letter,
            item,
            listing,
            theft,
            report,
            _directory: directory,
        }
    }

    pub(super) fn as_officer(&self) -> Principal {
        person(self.officer, Role::Officer)
    }

    pub(super) fn as_supervisor(&self) -> Principal {
        person(self.supervisor, Role::Supervisor)
    }

    pub(super) fn as_owner(&self) -> Principal {
        person(self.owner, Role::Owner)
    }

    pub(super) fn as_partner(&self) -> Principal {
        Principal::Partner {
            id: self.partner,
            token: TokenId(uuid::Uuid::from_u128(1)),
        }
    }

    /// The log, oldest first, without the entry of setting up.
    pub(super) fn log(&self) -> Vec<Entry> {
        let filter = AuditFilter {
            limit: 1000,
            ..AuditFilter::default()
        };
        let entries = self.store.read_blocking(|reader| reader.audit_entries(&filter));
        let mut entries = entries.unwrap_or_else(|error: StoreError| panic!("{error}"));
        entries.reverse();
        entries.split_off(1)
    }

    pub(super) fn actions(&self) -> Vec<Action> {
        self.log().iter().map(|entry| entry.action).collect()
    }

    /// Changes something behind casework's back.
    pub(super) fn change(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static) {
        self.store
            .keep(move |tx| Ok::<_, StoreError>((work(tx)?, Vec::new())))
            .unwrap();
    }

    pub(super) fn revoke_letter(&self) {
        let (letter, by) = (self.letter, self.supervisor);
        self.change(move |tx| tx.revoke_letter(letter, Some(by)));
    }

    pub(super) fn item_now(&self) -> Item {
        let id = self.item;
        let item = self.store.read_blocking(move |reader| reader.item(id));
        item.unwrap_or_else(|error: StoreError| panic!("{error}")).unwrap()
    }
}

fn loaded() -> Act {
    Act::new(Actor::Service, Action::DemoLoaded, SubjectKind::Service.all())
}

type Made = (
    Vec<AccountId>,
    PartnerId,
    PartnerId,
    LetterId,
    (ItemId, ListingId, TheftReportId, ReportId),
);

fn people_and_things(tx: &mut Tx<'_>, setting: &Setting) -> Result<Made, StoreError> {
    let mut people = Vec::new();
    let roles = [
        Role::Owner,
        Role::Owner,
        Role::Officer,
        Role::Officer,
        Role::Supervisor,
        Role::Supervisor,
        Role::Auditor,
    ];
    for (n, role) in roles.into_iter().enumerate() {
        let account = Account {
            id: AccountId::generate(tx.now()),
            email: format!("person{n}@example.org").parse().unwrap(),
            name: format!("Person {n}"),
            role,
            partner: None,
            enabled: true,
            password_change_due: false,
            created_at: tx.now(),
        };
        tx.insert_account(&account, Some("no hash"))?;
        people.push(account.id);
    }
    let partner = insert_partner(tx, "nordlys")?;
    let other_partner = insert_partner(tx, "hammer")?;
    let letter = Letter {
        id: LetterId::generate(tx.now()),
        partner,
        terms: setting.letter.clone().unwrap_or_else(terms),
        revoked: None,
        created_at: tx.now(),
    };
    if setting.letter.is_some() {
        tx.insert_letter(&letter)?;
    }
    if setting.revoked {
        tx.revoke_letter(letter.id, Some(people[4]))?;
    }
    let things = case(tx, setting, &people, partner)?;
    Ok((people, partner, other_partner, letter.id, things))
}

fn case(
    tx: &mut Tx<'_>,
    setting: &Setting,
    people: &[AccountId],
    partner: PartnerId,
) -> Result<(ItemId, ListingId, TheftReportId, ReportId), StoreError> {
    let (owner, officer, now) = (people[0], people[2], tx.now());
    let theft = theft_report(owner, now);
    let mut item = registered(owner, now);
    tx.insert_item(&item)?;
    let mut theft = TheftReport {
        items: vec![item.id],
        ..theft
    };
    tx.insert_theft_report(&theft)?;
    if setting.verified {
        theft.verification = Verification::Verified { by: officer, at: now };
        tx.save_verification(&theft)?;
    }
    item.status = ItemStatus::Stolen { theft_report: theft.id };
    if !setting.stolen {
        item.status = ItemStatus::Recovered;
    }
    tx.save_item(&item)?;
    let listing = insert_listing(tx, partner, "A-1001")?;
    let raised = tx.raise_report(item.id, listing, theft.id, &assessment(setting.probability))?;
    let Raised::New(id) = raised else { panic!("{raised:?}") };
    let mut report = tx.report(id)?.unwrap();
    report.state = ReportState::InReview { by: officer, since: now };
    if setting.confirmed {
        report.state = ReportState::Decided(Review {
            decision: Decision::Confirmed,
            reasons: Vec::new(),
            facts: None,
            reason: "same frame number".to_owned(),
            by: officer,
            at: now,
        });
    }
    tx.save_report(&report)?;
    Ok((item.id, listing, theft.id, id))
}

fn insert_partner(tx: &mut Tx<'_>, slug: &str) -> Result<PartnerId, StoreError> {
    let partner = Partner {
        id: PartnerId::generate(tx.now()),
        slug: slug.parse().unwrap(),
        name: slug.to_owned(),
        photo_hosts: Vec::new(),
        created_at: tx.now(),
    };
    tx.insert_partner(&partner)?;
    Ok(partner.id)
}

pub(super) fn registered(owner: AccountId, now: Timestamp) -> Item {
    Item {
        id: ItemId::generate(now),
        owner,
        status: ItemStatus::Registered,
        draft: ItemDraft {
            description: Description {
                title: "Kildemoes herrecykel".to_owned(),
                text: "ridse på forskærmen".to_owned(),
                ..Description::default()
            },
            value: None,
        },
        photos: Vec::new(),
        created_at: now,
        updated_at: now,
    }
}

fn theft_report(reporter: AccountId, now: Timestamp) -> TheftReport {
    TheftReport {
        id: TheftReportId::generate(now),
        reporter,
        items: Vec::new(),
        theft: Theft {
            from: now - TimeDelta::days(3),
            to: now - TimeDelta::days(2),
            place: Place {
                city: Some("Aarhus".to_owned()),
                ..Place::default()
            },
            crime_reference: Some("4100-77777-00001-26".to_owned()),
            circumstances: "the lock was cut".to_owned(),
        },
        verification: Verification::Unverified,
        created_at: now,
    }
}

pub(super) fn insert_listing(tx: &mut Tx<'_>, partner: PartnerId, reference: &str) -> Result<ListingId, StoreError> {
    insert_draft(tx, partner, &listing_draft(reference))
}

/// Takes a listing in, or a new revision of it.
pub(super) fn insert_draft(tx: &mut Tx<'_>, partner: PartnerId, draft: &ListingDraft<Seller>) -> Result<ListingId, StoreError> {
    let delivery = Delivery {
        id: DeliveryId::generate(tx.now()),
        partner,
        received_at: tx.now(),
        size_bytes: 1,
        sha256: ContentHash::of(b"x"),
        accepted: 1,
        unchanged: 0,
        remaining: 0,
        rejected_count: 0,
        rejected: Vec::new(),
        notes: Vec::new(),
    };
    tx.insert_delivery(&delivery)?;
    let upserted = tx.upsert_listing(partner, draft, delivery.id)?;
    assert!(!matches!(upserted, Upserted::Unchanged(_)), "{upserted:?}");
    Ok(upserted.listing())
}
/// What a listing of the seller of the tests says.
pub(super) fn listing_draft(reference: &str) -> ListingDraft<Seller> {
    ListingDraft {
        reference: reference.to_owned(),
        url: None,
        description: Description {
            title: "Herrecykel, 7 gear".to_owned(),
            ..Description::default()
        },
        price: None,
        no_photos: false,
        photos: Vec::new(),
        seller: Some(Seller {
            key: SellerKey([9; 32]),
            since: None,
        }),
        place: Place::default(),
        posted_at: None,
        ends_at: None,
        status: ListingStatus::Active,
    }
}

pub(super) fn assessment(probability: f64) -> Assessment {
    Assessment {
        probability,
        yardstick: "almost certain".to_owned(),
        log10_lr: Some(6.0),
        prior_log10_odds: -4.0,
        prior: None,
        evidence: vec![Evidence {
            comparison: Comparison::Identifier,
            outcome: "exact".to_owned(),
            log10_lr: Some(6.0),
            says: "frame number WBK123456Z is the registered one".to_owned(),
            detail: json!({}),
        }],
        model: "2026-11-21/1".to_owned(),
        yardstick_version: "uk-police-2017".to_owned(),
        rivals: Rivals::default(),
        calibrated: None,
    }
}
