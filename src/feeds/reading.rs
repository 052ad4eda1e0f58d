//! From what a format has to what a record says: the one place where all formats become the same.

use super::build::Built;
use super::content::{Cells, Content};
use super::json::{self, Json, Object};
use super::mapping::Plan;
use super::record::{self, Fields, ItemRecord};
use super::{FieldFault, ReadOptions, schema_org};
use crate::domain::listing::{ListingDraft, SellerGiven};

/// Reads the records of one stream.
pub(super) struct Reading<'o> {
    options: &'o ReadOptions,
    /// How the rows under the last header are read.
    plan: Option<Plan>,
}

impl<'o> Reading<'o> {
    pub(super) fn new(options: &'o ReadOptions) -> Self {
        Self { options, plan: None }
    }

    pub(super) fn listing(&mut self, content: &Content) -> Result<ListingDraft<SellerGiven>, Vec<FieldFault>> {
        let options = self.options;
        self.read(content, |fields| record::listing(fields, options))
    }

    pub(super) fn item(&mut self, content: &Content) -> Result<ItemRecord, Vec<FieldFault>> {
        let options = self.options;
        self.read(content, |fields| record::item(fields, options))
    }

    fn read<T>(&mut self, content: &Content, read: impl FnOnce(&Fields<'_, '_>) -> T) -> Result<T, Vec<FieldFault>> {
        match content {
            Content::Own(bytes) => record::parse_object(bytes, read),
            Content::Node(product) => finish(schema_org::build(product), read),
            Content::Cells(cells) => finish(self.plan(cells).build(cells), read),
        }
    }

    /// The id of a record that may be no listing.
    pub(super) fn reference(&mut self, content: &Content) -> Option<String> {
        let of = |record: &Object<'_>| {
            let id = record.fields.iter().find(|(name, _)| name == "id");
            match id.map(|(_, id)| id) {
                Some(Json::Text(text)) => Some(text.trim().to_owned()),
                Some(Json::Integer(number)) => Some(number.to_string()),
                _ => None,
            }
        };
        match content {
            Content::Own(bytes) => match json::parse(bytes) {
                Ok(Json::Object(record)) => of(&record),
                _ => None,
            },
            Content::Node(product) => of(&schema_org::build(product).record),
            Content::Cells(cells) => of(&self.plan(cells).build(cells).record),
        }
    }

    fn plan(&mut self, cells: &Cells) -> &Plan {
        let plan = self.plan.take().filter(|plan| plan.fits(&cells.header));
        self.plan
            .insert(plan.unwrap_or_else(|| Plan::new(&cells.header, self.options)))
    }
}

fn finish<T>(built: Built<'_>, read: impl FnOnce(&Fields<'_, '_>) -> T) -> Result<T, Vec<FieldFault>> {
    match record::read_object(&built.record, read) {
        Ok(value) if built.faults.is_empty() => Ok(value),
        Ok(_) => Err(built.faults),
        Err(faults) => Err(built.named(faults)),
    }
}
