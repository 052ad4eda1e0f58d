//! Which reports hang together, by what, and in which words.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use super::{AskAlike, MEMBERS_MAX};
use crate::domain::ids::{ListingId, ReportId};
use crate::domain::relisting::Likeness;
use crate::store::{Link, Reader, StoreError};

/// Listings of a set for which the index is asked what is nearly the same, the first ones.
const ASKED_MAX: usize = 20;

/// By what two reports hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TieBy {
    /// The listings are one seller's, with one partner.
    Seller,
    /// The items were stolen together.
    Burglary,
    /// The listings show the same photo, byte for byte.
    Photo,
    /// The listings show nearly the same photo.
    NearPhoto {
        /// In how many of 256 measured features the two pictures differ.
        bits: u16,
    },
    /// The listings' texts are nearly word for word the same.
    Text,
}

impl TieBy {
    /// In a few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Seller => "same seller",
            Self::Burglary => "same burglary",
            Self::Photo => "same photo",
            Self::NearPhoto { .. } => "nearly the same photo",
            Self::Text => "nearly the same text",
        }
    }

    /// The word in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Seller => "seller",
            Self::Burglary => "burglary",
            Self::Photo => "photo",
            Self::NearPhoto { .. } => "near_photo",
            Self::Text => "text",
        }
    }
}

/// By what a report hangs together with another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tie {
    /// By what.
    pub by: TieBy,
    /// The other report's number.
    pub number: u64,
}

impl Tie {
    /// Why the two hang together, as a sentence.
    #[must_use]
    pub fn says(&self) -> String {
        let number = self.number;
        match self.by {
            TieBy::Seller => format!("The partner names the same seller reference for this listing and for that of SR-{number}."),
            TieBy::Burglary => format!("The item is named in the same theft report as that of SR-{number}."),
            TieBy::Photo => format!("The listing shows a photo that the listing of SR-{number} shows too, byte for byte."),
            TieBy::NearPhoto { bits } => format!(
                "The listing shows nearly the same photo as that of SR-{number}: they differ in {bits} of 256 measured features, and \
                 few other listings show it."
            ),
            TieBy::Text => {
                format!("The listing’s text is nearly word for word that of SR-{number}, and few other listings read so.")
            }
        }
    }
}

/// What hangs together with a report.
#[derive(Default)]
pub(super) struct Found {
    /// The reports in the order in which they are met, breadth first.
    pub(super) order: Vec<ReportId>,
    /// By what each hangs together with others, of each kind with the first of them.
    pub(super) ties: BTreeMap<ReportId, Vec<Tie>>,
    /// Those that show one photo, or nearly; both ways.
    pub(super) photos: HashSet<(ReportId, ReportId)>,
    /// There are more.
    pub(super) cut: bool,
    /// Not every listing was compared by what it shows and says.
    pub(super) not_compared: bool,
}

impl Found {
    /// Takes a report up that hangs together with one; `false` when there is no room.
    fn meet(&mut self, other: ReportId, waiting: &mut VecDeque<ReportId>) -> bool {
        if self.order.contains(&other) {
            return true;
        }
        if self.order.len() == MEMBERS_MAX {
            self.cut = true;
            return false;
        }
        self.order.push(other);
        waiting.push_back(other);
        true
    }

    fn tie(&mut self, reader: &Reader<'_>, one: ReportId, other: ReportId, by: TieBy) -> Result<(), StoreError> {
        if matches!(by, TieBy::Photo | TieBy::NearPhoto { .. }) {
            self.photos.extend([(one, other), (other, one)]);
        }
        for (from, to) in [(one, other), (other, one)] {
            let ties = self.ties.entry(from).or_default();
            if ties.iter().any(|tie| tie.by.word() == by.word()) {
                continue;
            }
            if let Some((number, _)) = reader.filed_report(to)? {
                ties.push(Tie { by, number });
                ties.sort_by_key(|tie| tie.by);
            }
        }
        Ok(())
    }
}

/// The reports that hang together with one, that one first.
pub(super) fn collect(reader: &Reader<'_>, first: ReportId, alike: &AskAlike) -> Result<Found, StoreError> {
    let mut found = Found {
        order: vec![first],
        ..Found::default()
    };
    let (mut waiting, mut asked) = (VecDeque::from([first]), BTreeSet::new());
    while let Some(id) = waiting.pop_front() {
        for (link, by) in [
            (Link::Seller, TieBy::Seller),
            (Link::Burglary, TieBy::Burglary),
            (Link::Photo, TieBy::Photo),
        ] {
            for other in reader.linked_reports(id, link, MEMBERS_MAX)? {
                if found.meet(other, &mut waiting) {
                    found.tie(reader, id, other, by)?;
                }
            }
        }
        let Some((_, listing)) = reader.filed_report(id)? else {
            continue;
        };
        for (other, by) in nearly_the_same(reader, listing, &mut asked, &mut found.not_compared, alike)? {
            let known = matches!(by, TieBy::NearPhoto { .. }) && found.photos.contains(&(id, other));
            if !known && found.meet(other, &mut waiting) {
                found.tie(reader, id, other, by)?;
            }
        }
    }
    Ok(found)
}

/// The reports on listings that are nearly the same as one, which is asked for once.
fn nearly_the_same(
    reader: &Reader<'_>,
    listing: ListingId,
    asked: &mut BTreeSet<ListingId>,
    not_compared: &mut bool,
    alike: &AskAlike,
) -> Result<Vec<(ReportId, TieBy)>, StoreError> {
    if asked.contains(&listing) {
        return Ok(Vec::new());
    }
    let alike = if asked.len() < ASKED_MAX {
        alike(reader, listing)
    } else {
        None
    };
    asked.insert(listing);
    *not_compared |= alike.is_none();
    let mut reports = Vec::new();
    for other in alike.unwrap_or_default() {
        let by = match other.by {
            Likeness::Photo { bits } => TieBy::NearPhoto { bits },
            Likeness::Text => TieBy::Text,
        };
        for report in reader.reports_filed_on(other.listing)? {
            reports.push((report, by));
        }
    }
    Ok(reports)
}
