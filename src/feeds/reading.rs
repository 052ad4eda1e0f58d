//! From what a format has to what a record says: the one place where all formats become the same.

use super::build::Built;
use super::content::{Cells, Content};
use super::json::{self, Json, Object};
use super::mapping::Plan;
use super::notes::{ENDS_FIRST, Notes, UNREAD_PROPERTY};
use super::record::{self, Fields, ItemRecord};
use super::{FieldFault, ReadOptions, schema_org};
use crate::domain::listing::{ListingDraft, Note, SellerGiven};

/// Reads the records of one stream.
pub(super) struct Reading<'o> {
    options: &'o ReadOptions,
    /// How the rows under the last header are read.
    plan: Option<Plan>,
    /// What is to be told of the stream as a whole.
    notes: Notes,
}

impl<'o> Reading<'o> {
    pub(super) fn new(options: &'o ReadOptions) -> Self {
        Self {
            options,
            plan: None,
            notes: Notes::default(),
        }
    }

    /// Reads a listing that stands on `line`.
    pub(super) fn listing(&mut self, line: u64, content: &Content) -> Result<ListingDraft<SellerGiven>, Vec<FieldFault>> {
        let options = self.options;
        self.notes.at(line);
        if let Content::Cells(cells) = content {
            self.plan(cells).count_unread(line, cells);
        }
        let read = match content {
            Content::Own(bytes) => record::parse_object(bytes, |fields| {
                self.notes.own(
                    fields,
                    options.mapping.as_ref().map_or(&[], |mapping| mapping.keep.as_slice()),
                );
                (record::listing(fields, options), fields.noted())
            }),
            _ => self.read(content, |fields| (record::listing(fields, options), fields.noted())),
        };
        let (draft, noted) = read?;
        self.notes.id(&draft.reference);
        for (field, reason) in &noted {
            self.notes.count(field, reason);
        }
        if draft.ends_at.zip(draft.posted_at).is_some_and(|(ends, posted)| ends < posted) {
            self.notes.count("ends_at", ENDS_FIRST);
        }
        Ok(draft)
    }

    pub(super) fn item(&mut self, content: &Content) -> Result<ItemRecord, Vec<FieldFault>> {
        let options = self.options;
        self.read(content, |fields| record::item(fields, options))
    }

    /// What is to be told of all that was read, after what is told of the stream by itself.
    pub(super) fn notes(mut self, of_whole: Vec<Note>) -> Vec<Note> {
        if let Some(plan) = &self.plan {
            plan.tell_unread(&mut self.notes);
        }
        self.notes.end(of_whole, self.options.mapping.as_deref())
    }

    fn read<T>(&mut self, content: &Content, read: impl FnOnce(&Fields<'_, '_>) -> T) -> Result<T, Vec<FieldFault>> {
        let built = match content {
            Content::Own(bytes) => return record::parse_object(bytes, read),
            Content::Node(product) => {
                self.notes.named();
                schema_org::build(product)
            }
            Content::Cells(cells) => self.plan(cells).build(cells),
        };
        for (field, reason) in &built.noted {
            self.notes.count(field, reason);
        }
        for name in &built.unread {
            self.notes.count(name, UNREAD_PROPERTY);
        }
        finish(built, read)
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

    fn plan(&mut self, cells: &Cells) -> &mut Plan {
        let known = self.plan.take();
        let plan = match known {
            Some(plan) if plan.fits(&cells.header) => plan,
            before => {
                if let Some(before) = before {
                    before.tell_unread(&mut self.notes);
                }
                if let Some(mapping) = &self.options.mapping {
                    Plan::note_header(&cells.header, mapping, &mut self.notes);
                }
                Plan::new(&cells.header, self.options)
            }
        };
        self.plan.insert(plan)
    }
}

fn finish<T>(built: Built<'_>, read: impl FnOnce(&Fields<'_, '_>) -> T) -> Result<T, Vec<FieldFault>> {
    match record::read_object(&built.record, read) {
        Ok(value) if built.faults.is_empty() => Ok(value),
        Ok(_) => Err(built.faults),
        Err(faults) => Err(built.named(faults)),
    }
}
