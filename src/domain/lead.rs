//! Leads: what police may want to know that is no suspicion report. Today: that somebody was asked to sell what is stolen.

use serde::{Deserialize, Serialize};

use super::assessment::Evidence;
use super::description::GivenIdentifier;
use super::ids::{AccountId, ItemId, LeadId, PartnerId, TheftReportId};
use super::time::Timestamp;

/// What a partner asked about in a check, as far as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The partner's own name for the check, such as the id of the listing that is not published yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What the object is called; empty when it was not said.
    #[serde(default)]
    pub title: String,
    /// The numbers that were given.
    #[serde(default)]
    pub identifiers: Vec<GivenIdentifier>,
    /// Whether a photo was shown.
    #[serde(default)]
    pub photo: bool,
}

/// A stolen item that what was asked about may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspected {
    /// The item.
    pub item: ItemId,
    /// The theft report under which it is searched for.
    pub theft_report: TheftReportId,
    /// How probable it is, 0 to 1, without regard to what else is on sale.
    pub probability: f64,
    /// What speaks for it and against, strongest first.
    pub evidence: Vec<Evidence>,
}

/// A lead from checks of one partner on one stolen item.
#[derive(Debug, Clone, PartialEq)]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// Who asked.
    pub partner: PartnerId,
    /// What was asked last.
    pub asked: Asked,
    /// What was suspected then.
    pub suspected: Suspected,
    /// When it was asked first.
    pub first_at: Timestamp,
    /// When it was asked last.
    pub last_at: Timestamp,
    /// How often.
    pub times: u64,
    /// What an officer did about it; asked again, it is open again.
    pub followed: Option<Followed>,
}

/// What an officer did about a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Who.
    pub by: AccountId,
    /// When.
    pub at: Timestamp,
    /// What, in the officer's words.
    pub note: String,
}
