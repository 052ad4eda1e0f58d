//! What an address of the queue asks for: tab, order, filters, page; and the addresses that ask for something else.

use std::fmt::Write as _;

use super::super::QUEUE;
use crate::app::App;
use crate::http::cursor::Cursor;
use crate::http::queue_filter;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{Fields, SignedIn};
use crate::store::{Grouping, QueueOrder, QueuePart, QueuePlace, QueueQuery};

/// The tabs: word in the address, label.
pub(super) const TABS: [(&str, &str); 4] = [
    ("review", "To review"),
    ("mine", "Mine"),
    ("decided", "Decided"),
    ("all", "All"),
];
pub(super) const DECIDED: [(&str, &str); 3] = [("confirmed", "Confirmed"), ("dismissed", "Dismissed"), ("closed", "Closed")];
pub(super) const ORDERS: [(&str, &str, QueueOrder); 3] = [
    ("urgency", "Urgency", QueueOrder::Urgency),
    ("probability", "Most probable first", QueueOrder::Probability),
    ("newest", "Newest first", QueueOrder::Raised),
];
pub(super) const GROUPS: [(&str, &str, Option<Grouping>); 3] = [
    ("", "Every report", None),
    ("item", "One an item", Some(Grouping::Item)),
    ("seller", "One a seller", Some(Grouping::Seller)),
];
/// The fields that narrow the list, as they stand in the address and are kept for an officer.
pub(super) const FILTERS: [&str; 9] = [
    "kind",
    "category",
    "place",
    "partner",
    "case",
    "item_of",
    "seller_of",
    "series_of",
    "group",
];
/// Under which name an officer's filters are kept.
pub(super) const SETTING: &str = "queue_filter";
/// Characters of a filter that are read.
const CHARACTERS_MAX: usize = 100;

/// What the address asks for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) tab: &'static str,
    pub(super) decided: &'static str,
    pub(super) sort: &'static str,
    pub(super) order: QueueOrder,
    pub(super) part: QueuePart,
    /// The filters that are set: name and value.
    pub(super) filters: Vec<(&'static str, String)>,
    /// They are the officer's own, kept from another time.
    pub(super) kept: bool,
}

impl Asked {
    /// Reads an address; one that asks for nothing gets the filters that the officer keeps.
    pub(super) async fn read(app: &App, who: &SignedIn, query: &str) -> Result<Self, Refusal> {
        let fields = Fields::parse(query.as_bytes());
        let said = |field: &&str| !fields.get(field).is_empty();
        if FILTERS.iter().chain(&["tab", "sort", "plain"]).any(said) {
            return Ok(Self::of(&fields));
        }
        let kept = app.casework.setting(who.account.id, SETTING).await?;
        let filters = Self::of(&Fields::parse(kept.unwrap_or_default().as_bytes()));
        Ok(Self {
            kept: !filters.filters.is_empty(),
            filters: filters.filters,
            sort: filters.sort,
            order: filters.order,
            ..Self::of(&fields)
        })
    }

    fn of(query: &Fields) -> Self {
        let named = |words: &[&'static str], word: &str| words.iter().find(|known| **known == word).copied();
        let tab = named(&TABS.map(|(word, _)| word), query.get("tab")).unwrap_or("review");
        let decided = named(&DECIDED.map(|(word, _)| word), query.get("decided")).unwrap_or("confirmed");
        let sort = ORDERS.iter().find(|(word, _, _)| *word == query.get("sort"));
        let (sort, _, order) = *sort.unwrap_or(&ORDERS[0]);
        let place = |name: &str| query.get(name).parse().map(|Cursor::<QueuePlace>(place)| place).ok();
        let after = place("after").map(QueuePart::After);
        let part = after.or_else(|| place("before").map(QueuePart::Before)).unwrap_or_default();
        let value = |name: &&'static str| {
            let value: String = query.get(name).chars().take(CHARACTERS_MAX).collect();
            (!value.is_empty()).then_some((*name, value))
        };
        Self {
            tab,
            decided,
            sort,
            order,
            part,
            filters: FILTERS.iter().filter_map(value).collect(),
            kept: false,
        }
    }

    /// The value of a filter; empty when it is not set.
    pub(super) fn filter(&self, name: &str) -> &str {
        self.filters
            .iter()
            .find(|(filter, _)| *filter == name)
            .map_or("", |(_, value)| value)
    }

    /// The words to which a form or a request for the newest adds nothing: everything but the page.
    pub(super) fn plain(&self) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.append_pair("tab", self.tab);
        if self.tab == "decided" {
            text.append_pair("decided", self.decided);
        }
        text.append_pair("sort", self.sort);
        text.extend_pairs(self.filters.iter());
        text.finish()
    }

    /// What is kept for the officer: order and filters.
    pub(super) fn to_keep(&self) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.append_pair("sort", self.sort);
        text.extend_pairs(self.filters.iter());
        text.finish()
    }

    /// The address of the same list on another tab.
    pub(super) fn on_tab(&self, tab: &'static str) -> String {
        let other = Self { tab, ..self.clone() };
        format!("{QUEUE}?{}", other.plain())
    }

    /// The address of the list without a filter.
    pub(super) fn without(&self, filter: &str) -> String {
        let mut other = self.clone();
        other.filters.retain(|(name, _)| *name != filter);
        format!("{QUEUE}?{}", other.plain())
    }

    /// The address of another page of the same, that begins behind a place or ends before it.
    pub(super) fn page(&self, side: &str, place: QueuePlace) -> String {
        let mut address = format!("{QUEUE}?{}", self.plain());
        write!(address, "&{side}={}", Cursor(place)).ok();
        address
    }

    /// What the store is asked. Filters that name nothing that exists find nothing.
    pub(super) async fn query(&self, app: &App, who: &SignedIn, rows: usize) -> Result<QueueQuery, Refusal> {
        let state = match self.tab {
            "review" => Some("open"),
            "mine" => Some("in review"),
            "decided" => Some(self.decided),
            _ => None,
        };
        let filter = queue_filter::named(app, &who.principal(), self.filters.clone()).await?;
        let group = GROUPS.iter().find(|(word, _, _)| *word == self.filter("group"));
        Ok(QueueQuery {
            state: state.map(str::to_owned),
            officer: (self.tab == "mine").then_some(who.account.id),
            filter,
            grouping: group.and_then(|(_, _, grouping)| *grouping),
            order: self.order,
            part: self.part,
            limit: rows,
        })
    }
}
