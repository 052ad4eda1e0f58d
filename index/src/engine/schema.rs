//! The fields of the tantivy index, and how a record becomes a document of it.
//!
//! Each side has a text field of its own, so that a search reads the postings of the side that it asks and nothing else,
//! and term statistics are those of that side. Of the registered side, what is looked for by its words stands in a field of its own,
//! and the marks of that in another: it is a small part of a register.

use tantivy::schema::{BytesOptions, FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions, Value};
use tantivy::tokenizer::{TextAnalyzer, WhitespaceTokenizer};
use tantivy::{Index, TantivyDocument, Term};
use uuid::Uuid;

use super::stored;
use crate::record::{Record, Side};
use crate::text::marks;
use crate::text::query::indexed_terms;
use crate::text::words::Words;

/// The name under which the tokenizer for ready-made terms is registered.
const TERMS_TOKENIZER: &str = "terms";
/// Fast fields with the halves of a record's id.
pub(super) const ID_FIELDS: [&str; 2] = ["id_high", "id_low"];

/// The fields by name.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) schema: Schema,
    key: Field,
    id: [Field; 2],
    terms: [Field; 2],
    sought: Field,
    marks: Field,
    record: Field,
}

impl Fields {
    pub(super) fn new() -> Self {
        let mut schema = Schema::builder();
        let key = schema.add_bytes_field("key", BytesOptions::default().set_indexed());
        let id = ID_FIELDS.map(|name| schema.add_u64_field(name, FAST));
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(TERMS_TOKENIZER)
            .set_index_option(IndexRecordOption::WithFreqs);
        let terms = TextOptions::default().set_indexing_options(indexing);
        let [sought, marks] = ["sought", "marks"].map(|name| schema.add_text_field(name, terms.clone()));
        let terms = ["registered", "offered"].map(|name| schema.add_text_field(name, terms.clone()));
        let record = schema.add_bytes_field("record", BytesOptions::default().set_stored());
        Self {
            schema: schema.build(),
            key,
            id,
            terms,
            sought,
            marks,
            record,
        }
    }

    /// Makes the index read its text fields as terms between blanks.
    pub(super) fn register_tokenizer(index: &Index) {
        index
            .tokenizers()
            .register(TERMS_TOKENIZER, TextAnalyzer::from(WhitespaceTokenizer::default()));
    }

    /// The text field of a side.
    pub(super) fn terms(&self, side: Side) -> Field {
        self.terms[usize::from(stored::side_number(side))]
    }

    /// The field in which a record of this side is looked for by its words when the whole side is not asked.
    pub(super) fn sought(&self, side: Side) -> Field {
        match side {
            Side::Registered => self.sought,
            Side::Offered => self.terms(side),
        }
    }

    /// The field in which a record of this side is looked for by its marks: on the registered side what the owner gave as
    /// marks, on the offered side all that the seller says.
    pub(super) fn marks(&self, side: Side) -> Field {
        match side {
            Side::Registered => self.marks,
            Side::Offered => self.terms(side),
        }
    }

    /// The term that stands on one record only.
    pub(super) fn key(&self, side: Side, id: Uuid) -> Term {
        let mut bytes = [0; 17];
        bytes[0] = stored::side_number(side);
        bytes[1..].copy_from_slice(id.as_bytes());
        Term::from_field_bytes(self.key, &bytes)
    }

    pub(super) fn document(&self, record: &Record) -> Result<TantivyDocument, serde_json::Error> {
        let mut document = TantivyDocument::default();
        document.add_bytes(self.key, self.key(record.side, record.id).serialized_value_bytes());
        let (high, low) = record.id.as_u64_pair();
        document.add_u64(self.id[0], high);
        document.add_u64(self.id[1], low);
        let terms = indexed_terms(record);
        if record.side == Side::Registered && record.by_words {
            document.add_text(self.sought, &terms);
            if !record.text.marks.is_empty() {
                document.add_text(self.marks, marks::asked(&Words::read(&record.text), true).join(" "));
            }
        }
        document.add_text(self.terms(record.side), terms);
        document.add_bytes(self.record, &stored::write(record)?);
        Ok(document)
    }

    /// The stored bytes of a document that was read back.
    pub(super) fn record_bytes<'a>(&self, document: &'a TantivyDocument) -> Option<&'a [u8]> {
        document.get_first(self.record)?.as_bytes()
    }
}
