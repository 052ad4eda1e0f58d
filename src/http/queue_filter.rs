//! What narrows the queue, by the names that its page and the API share. Which values an address may have is theirs; a filter that
//! names nothing that exists finds nothing.

use super::alike::alike;
use super::search::report_number;
use crate::app::App;
use crate::casework::CaseworkError;
use crate::domain::account::Principal;
use crate::domain::assessment::Comparison;
use crate::store::{QueueFilter, Reader, StoreError};

/// Filters that are set: each with its name and value.
pub(in crate::http) type Named = Vec<(&'static str, String)>;

/// What the store is asked: `kind`, `category`, `place`, `partner` and `case` as they stand, and `item_of`, `seller_of` and
/// `series_of` by a report's number. Other names are left aside.
///
/// # Errors
/// When the caller may not, or the store fails.
pub(in crate::http) async fn named(app: &App, caller: &Principal, filters: Named) -> Result<QueueFilter, CaseworkError> {
    let series = value(&filters, "series_of").map(number);
    let mut filter = app
        .store
        .read(move |reader| in_store(reader, &filters).map_err(CaseworkError::from))
        .await?;
    if let Some(number) = series {
        filter.numbers = Some(app.casework.series_numbers(caller, number, alike(app)).await?);
    }
    Ok(filter)
}

fn value<'a>(filters: &'a Named, name: &str) -> Option<&'a str> {
    let found = filters.iter().find(|(filter, _)| *filter == name);
    found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

/// The report's number that a filter names; 0, which is none's, when it names none.
fn number(text: &str) -> u64 {
    report_number(text).ok().flatten().unwrap_or_default()
}

fn in_store(reader: &Reader<'_>, filters: &Named) -> Result<QueueFilter, StoreError> {
    let folded = |name: &str| value(filters, name).map(str::to_lowercase);
    let kind = value(filters, "kind");
    let mut filter = QueueFilter {
        kind: kind.and_then(|kind| Comparison::ALL.into_iter().find(|comparison| comparison.word() == kind)),
        category: folded("category"),
        place: folded("place"),
        ..QueueFilter::default()
    };
    let nothing = || Some(Vec::new());
    if let Some(slug) = value(filters, "partner") {
        let partners = reader.partners()?;
        let partner = partners.iter().find(|partner| partner.slug.to_string() == slug);
        filter.partner = partner.map(|partner| partner.id);
        filter.thefts = if partner.is_none() { nothing() } else { None };
    }
    if let Some(case) = value(filters, "case").filter(|_| filter.thefts.is_none()) {
        filter.thefts = Some(reader.thefts_of_case(case)?);
    }
    for (name, seller) in [("item_of", false), ("seller_of", true)] {
        let Some(text) = value(filters, name) else {
            continue;
        };
        match reader.queue_sides(number(text))? {
            Some((item, _)) if !seller => filter.item = Some(item),
            Some((_, Some(key))) if seller => filter.seller = Some(key),
            _ => filter.thefts = nothing(),
        }
    }
    Ok(filter)
}
