//! Theft reports: stated by owners or officers, verified or rejected by officers; and what owners do with their items.

use serde_json::json;

use super::views::{self, TheftReportView};
use super::{Casework, CaseworkError, POLICE, refusal};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, ItemId, TheftReportId};
use crate::domain::item::{Item, ItemStatus, Theft, TheftReport, Verification};
use crate::domain::place::Place;
use crate::domain::time::Timestamp;
use crate::store::Tx;

/// Most items of one theft report.
const ITEMS_MAX: usize = 200;

/// What somebody states of a theft.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTheft {
    /// Which items; 1 to 200, all of one owner.
    pub items: Vec<ItemId>,
    /// The earliest time at which it can have happened.
    pub from: Timestamp,
    /// The latest time.
    pub to: Timestamp,
    /// Where.
    pub place: Place,
    /// The police's number of the case, when there is one yet; at most 100 characters.
    pub crime_reference: Option<String>,
    /// What happened; at most 10,000 characters.
    pub circumstances: String,
}

impl Casework {
    /// An owner, or an officer for an owner, states that items were stolen. They are `stolen` from then on; they are searched
    /// for when an officer verifies the report.
    ///
    /// # Errors
    /// When the statement cannot be used, an item is missing, not the caller's, or in another state, or the store fails.
    pub async fn report_theft(&self, caller: &Principal, new: NewTheft) -> Result<TheftReport, CaseworkError> {
        let everything = SubjectKind::TheftReport.all();
        let by = self
            .person(caller, &[Role::Owner, Role::Officer, Role::Supervisor], everything)
            .await?;
        let own_only = caller.role() == Some(Role::Owner);
        let new = checked(new, self.store.clock().now())?;
        let caller = caller.clone();
        self.settle(move |tx| {
            let mut items = Vec::with_capacity(new.items.len());
            for id in &new.items {
                let item = tx.item(*id)?.ok_or(CaseworkError::missing("item"))?;
                if own_only && item.owner != by {
                    let act = refusal(&caller, SubjectKind::Item.with(id.0), "the item is somebody else's");
                    return Ok((Err(CaseworkError::missing("item")), vec![act]));
                }
                items.push(item);
            }
            if items.iter().any(|item| item.owner != items[0].owner) {
                return Err(CaseworkError::invalid(
                    "items",
                    "one theft report names the items of one owner",
                ));
            }
            let report = enter(tx, by, new, items)?;
            let act = Act::new(
                Actor::Account(by),
                Action::TheftReported,
                SubjectKind::TheftReport.with(report.id.0),
            )
            .with_detail(json!({ "items": report.items }));
            Ok((Ok(report), vec![act]))
        })
        .await
    }

    /// A theft report with its items: to the police, logged; to an owner, their own.
    ///
    /// # Errors
    /// When there is no such report, it is somebody else's, or the store fails.
    pub async fn theft_report(&self, caller: &Principal, id: TheftReportId) -> Result<TheftReportView, CaseworkError> {
        let subject = SubjectKind::TheftReport.with(id.0);
        let roles = [Role::Owner, Role::Officer, Role::Supervisor];
        let by = self.person(caller, &roles, subject).await?;
        if caller.role() == Some(Role::Owner) {
            let own = self.own_theft_report(by, id).await?;
            return match own {
                Some(view) => Ok(view),
                None => match self
                    .refuse(caller, subject, "the theft report is somebody else's, or missing")
                    .await
                {
                    CaseworkError::NotAllowed(_) => Err(CaseworkError::missing("theft report")),
                    failure => Err(failure),
                },
            };
        }
        let view = self.store.act_with(move |tx| {
            let view = views::theft_report(tx, id)?.ok_or(CaseworkError::missing("theft report"))?;
            let photos = view.items.iter().flat_map(|item| &item.photos).map(|photo| photo.sha256);
            let detail = json!({ "photos": photos.collect::<Vec<_>>() });
            let act = Act::new(Actor::Account(by), Action::TheftReportConsulted, subject).with_detail(detail);
            Ok((view, vec![act]))
        });
        view.await
    }

    /// Theft reports that wait for an officer, oldest first. Logged.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn theft_reports_to_verify(&self, caller: &Principal, limit: usize) -> Result<Vec<TheftReportView>, CaseworkError> {
        let subject = SubjectKind::TheftReport.all();
        let by = self.person(caller, &POLICE, subject).await?;
        let found = self.store.act_with(move |tx| {
            let mut reports = Vec::new();
            for report in tx.theft_reports(Verification::Unverified.word(), limit)? {
                reports.extend(views::theft_report(tx, report.id)?);
            }
            let detail = json!({ "reports": reports.len() });
            let act = Act::new(Actor::Account(by), Action::QueueConsulted, subject).with_detail(detail);
            Ok((reports, vec![act]))
        });
        found.await
    }

    /// An officer verifies a report, which must have a crime reference by then: the one stated, or this one. Its items are
    /// searched for from then on. `seen` is the view's revision that the officer looked at: what was changed since is not
    /// verified unseen.
    ///
    /// # Errors
    /// When the caller may not, there is no crime reference, the report was decided before, an item was changed since, or the
    /// store fails.
    pub async fn verify_theft(
        &self,
        caller: &Principal,
        id: TheftReportId,
        crime_reference: Option<&str>,
        seen: Option<u64>,
    ) -> Result<TheftReport, CaseworkError> {
        let subject = SubjectKind::TheftReport.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let given = crime_reference_of(crime_reference)?;
        let act = Act::new(Actor::Account(by), Action::TheftVerified, subject);
        let verified = self.store.act(act, move |tx| {
            let mut report = tx.theft_report(id)?.ok_or(CaseworkError::missing("theft report"))?;
            report.verification = report.verification.verify(by, tx.now())?;
            report.theft.crime_reference = given.or(report.theft.crime_reference);
            if report.theft.crime_reference.is_none() {
                let reason = "a theft is verified under the police's number of the case";
                return Err(CaseworkError::invalid("crime_reference", reason));
            }
            let revision = tx.stolen_items_revision(id)?;
            if seen.is_some_and(|seen| seen != revision) {
                let text = "an item was changed since you looked at it; look again before you verify";
                return Err(CaseworkError::Conflict(text.to_owned()));
            }
            tx.save_verification(&report)?;
            for item in stolen_by(tx, &report)? {
                tx.touch_item(item.id)?;
                tx.withdraw_questions(item.id)?;
            }
            Ok(report)
        });
        verified.await
    }

    /// An officer rejects a report: its items are `registered` again.
    ///
    /// # Errors
    /// When the caller may not, the report was decided before, or the store fails.
    pub async fn reject_theft(&self, caller: &Principal, id: TheftReportId) -> Result<TheftReport, CaseworkError> {
        let subject = SubjectKind::TheftReport.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let act = Act::new(Actor::Account(by), Action::TheftRejected, subject);
        let rejected = self.store.act(act, move |tx| {
            let mut report = tx.theft_report(id)?.ok_or(CaseworkError::missing("theft report"))?;
            report.verification = report.verification.reject(by, tx.now())?;
            tx.save_verification(&report)?;
            for mut item in stolen_by(tx, &report)? {
                item.status = item.status.clear_theft()?;
                tx.save_item(&item)?;
            }
            Ok(report)
        });
        rejected.await
    }

    /// An owner has a stolen item back.
    ///
    /// # Errors
    /// When the item is missing, somebody else's or not stolen, or the store fails.
    pub async fn mark_recovered(&self, caller: &Principal, id: ItemId) -> Result<Item, CaseworkError> {
        self.change_own_item(caller, id, |item| Ok(item.status.mark_recovered()?))
            .await
    }

    /// An owner takes an item out of the register.
    ///
    /// # Errors
    /// When the item is missing, somebody else's or withdrawn already, or the store fails.
    pub async fn withdraw_item(&self, caller: &Principal, id: ItemId) -> Result<Item, CaseworkError> {
        self.change_own_item(caller, id, |item| Ok(item.status.withdraw()?)).await
    }

    async fn change_own_item(
        &self,
        caller: &Principal,
        id: ItemId,
        next: impl FnOnce(&Item) -> Result<ItemStatus, CaseworkError> + Send + 'static,
    ) -> Result<Item, CaseworkError> {
        let subject = SubjectKind::Item.with(id.0);
        let by = self.person(caller, &[Role::Owner], subject).await?;
        let caller = caller.clone();
        self.settle(move |tx| {
            let mut item = tx.item(id)?.ok_or(CaseworkError::missing("item"))?;
            if item.owner != by {
                let act = refusal(&caller, subject, "the item is somebody else's");
                return Ok((Err(CaseworkError::missing("item")), vec![act]));
            }
            item.status = next(&item)?;
            tx.save_item(&item)?;
            tx.withdraw_questions(id)?;
            let act =
                Act::new(Actor::Account(by), Action::ItemChanged, subject).with_detail(json!({ "status": item.status.word() }));
            let item = tx.item(id)?.ok_or(CaseworkError::missing("item"))?;
            Ok((Ok(item), vec![act]))
        })
        .await
    }

    /// An owner's own: stated by them, or by an officer about their items.
    async fn own_theft_report(&self, owner: AccountId, id: TheftReportId) -> Result<Option<TheftReportView>, CaseworkError> {
        let own = self.store.read(move |reader| {
            let Some(report) = reader.theft_report(id)? else {
                return Ok(None);
            };
            let mut theirs = report.reporter == owner;
            for item in &report.items {
                theirs |= reader.item(*item)?.is_some_and(|item| item.owner == owner);
            }
            if theirs { views::theft_report(reader, id) } else { Ok(None) }
        });
        own.await.map_err(CaseworkError::Store)
    }
}

fn enter(tx: &mut Tx<'_>, by: AccountId, new: NewTheft, items: Vec<Item>) -> Result<TheftReport, CaseworkError> {
    let report = TheftReport {
        id: TheftReportId::generate(tx.now()),
        reporter: by,
        items: new.items,
        theft: Theft {
            from: new.from,
            to: new.to,
            place: new.place,
            crime_reference: new.crime_reference,
            circumstances: new.circumstances,
        },
        verification: Verification::Unverified,
        created_at: tx.now(),
    };
    let mut stolen = Vec::with_capacity(items.len());
    for mut item in items {
        item.status = item.status.report_stolen(report.id)?;
        stolen.push(item);
    }
    tx.insert_theft_report(&report)?;
    for item in &stolen {
        tx.save_item(item)?;
    }
    Ok(report)
}

/// The items of a report that are still stolen by it: not recovered, withdrawn, or reported again since.
fn stolen_by(tx: &Tx<'_>, report: &TheftReport) -> Result<Vec<Item>, CaseworkError> {
    let status = ItemStatus::Stolen { theft_report: report.id };
    let mut items = Vec::new();
    for id in &report.items {
        items.extend(tx.item(*id)?.filter(|item| item.status == status));
    }
    Ok(items)
}

fn checked(mut new: NewTheft, now: Timestamp) -> Result<NewTheft, CaseworkError> {
    let invalid = |field, reason: &str| Err(CaseworkError::invalid(field, reason));
    new.items.sort_unstable();
    new.items.dedup();
    if new.items.is_empty() || new.items.len() > ITEMS_MAX {
        return invalid("items", "name 1 to 200 items");
    }
    if new.from > new.to {
        return invalid("from", "the earliest time is after the latest");
    }
    if new.to > now {
        return invalid("to", "the latest time lies in the future");
    }
    new.circumstances = new.circumstances.trim().to_owned();
    if new.circumstances.chars().count() > 10_000 {
        return invalid("circumstances", "use at most 10,000 characters");
    }
    new.crime_reference = crime_reference_of(new.crime_reference.as_deref())?;
    check_place(&new.place)?;
    Ok(new)
}

fn crime_reference_of(given: Option<&str>) -> Result<Option<String>, CaseworkError> {
    let given = given.map(str::trim).filter(|given| !given.is_empty());
    if given.is_some_and(|given| given.chars().count() > 100 || given.chars().any(char::is_control)) {
        return Err(CaseworkError::invalid("crime_reference", "use at most 100 characters"));
    }
    Ok(given.map(str::to_owned))
}

fn check_place(place: &Place) -> Result<(), CaseworkError> {
    let invalid = |field, reason: &str| Err(CaseworkError::invalid(field, reason));
    let country = |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    if !place.country.as_ref().is_none_or(country) {
        return invalid("location.country", "expected two capital letters such as DK");
    }
    for (field, text) in [("location.postcode", &place.postcode), ("location.city", &place.city)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > 100) {
            return invalid(field, "use at most 100 characters");
        }
    }
    let within = |value: Option<f64>, limit: f64| value.is_none_or(|value| (-limit..=limit).contains(&value));
    if !within(place.latitude, 90.0) || !within(place.longitude, 180.0) {
        return invalid("location", "coordinates are degrees, at most 90 and 180");
    }
    Ok(())
}
