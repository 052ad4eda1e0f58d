//! Text: analysis, schema and queries over tantivy.
