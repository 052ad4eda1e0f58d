//! Finding records by words: by all that is said, or by what both may say of one object. Leaves whether they mean the same to
//! [`super::Engine::text_agreement`].

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, Term};
use uuid::Uuid;

use super::schema::ID_FIELDS;
use super::state::State;
use super::{Engine, EngineError};
use crate::record::{Record, Side};
use crate::text::marks;
use crate::text::query::query_terms;

/// One shared word of a mark is a scratch like any other; from two on it is worth a look.
const MARK_TERMS_MIN: usize = 2;
/// At most so many terms of marks are asked for, the rarest.
const MARK_TERMS_MAX: usize = 12;
/// Beyond the rarest two, no more are asked for once this many records have to be looked at.
const MARK_POSTINGS_MAX: u64 = 40_000;

impl Engine {
    /// The records of the opposite side that are found by words and share the most telling ones with the query, best first, at
    /// most `limit`. Whether they are the same model is left to [`Engine::text_agreement`].
    ///
    /// # Errors
    /// As [`Engine::search`].
    pub fn search_words(&self, query: &Record, limit: usize) -> Result<Vec<Uuid>, EngineError> {
        let state = self.state();
        let field = state.fields.sought(query.side.opposite());
        let best = best_in(&state, field, limit, query)?;
        Ok(best.into_iter().map(|(_, id)| id).collect())
    }

    /// The records of the opposite side that are found by words and share at least two words of a mark with the query, in any
    /// language, best first, at most `limit`. Marks are what the registered side gives as such; the offered side may mention them anywhere. None when
    /// the query says nothing of the sort.
    ///
    /// # Errors
    /// As [`Engine::search`].
    pub fn search_marks(&self, query: &Record, limit: usize) -> Result<Vec<Uuid>, EngineError> {
        let state = self.state();
        let field = state.fields.marks(query.side.opposite());
        let asked = marks::asked(&self.words.read(&query.text), query.side == Side::Registered);
        if limit == 0 || asked.len() < MARK_TERMS_MIN {
            return Ok(Vec::new());
        }
        let mut terms = Vec::with_capacity(asked.len());
        for term in asked {
            let term = Term::from_field_text(field, &term);
            let saying = state.searcher.doc_freq(&term)?;
            if saying > 0 {
                terms.push((saying, term));
            }
        }
        terms.sort_unstable();
        terms.truncate(MARK_TERMS_MAX);
        let mut postings = 0;
        let affordable = terms.iter().take_while(|(saying, _)| {
            postings += saying;
            postings <= MARK_POSTINGS_MAX
        });
        let wanted = affordable.count().max(MARK_TERMS_MIN);
        terms.truncate(wanted);
        if terms.len() < MARK_TERMS_MIN {
            return Ok(Vec::new());
        }
        let terms = (terms.into_iter()).map(|(_, term)| should(term, 1.0)).collect();
        let query = BooleanQuery::with_minimum_required_clauses(terms, MARK_TERMS_MIN);
        Ok(best(&state, limit, &query)?.into_iter().map(|(_, id)| id).collect())
    }
}

/// The records of the whole opposite side with the highest BM25 scores, best first.
pub(super) fn best_by_words(state: &State, limit: usize, query: &Record) -> Result<Vec<(f32, Uuid)>, EngineError> {
    best_in(state, state.fields.terms(query.side.opposite()), limit, query)
}

/// The same in one of the fields that hold the opposite side's words.
fn best_in(state: &State, field: Field, limit: usize, query: &Record) -> Result<Vec<(f32, Uuid)>, EngineError> {
    let side = query.side.opposite();
    let records = state.tables(side).len() as u64;
    if records == 0 || limit == 0 {
        return Ok(Vec::new());
    }
    let whole = field == state.fields.terms(side);
    let saying = |term: &str| match whole {
        true => frequency(state, side, term),
        false => Ok(state.searcher.doc_freq(&Term::from_field_text(field, term))?),
    };
    let terms: Vec<_> = (query_terms(query, records, saying)?.into_iter())
        .map(|asked| should(Term::from_field_text(field, &asked.term), asked.boost))
        .collect();
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    best(state, limit, &BooleanQuery::new(terms))
}

fn id(state: &State, address: DocAddress) -> Result<Uuid, EngineError> {
    let columns = state.searcher.segment_reader(address.segment_ord).fast_fields();
    let mut halves = [0; 2];
    for (half, name) in halves.iter_mut().zip(ID_FIELDS) {
        let value = columns.u64(name)?.first(address.doc_id);
        *half = value.ok_or_else(|| EngineError::Damaged("a record without id".to_owned()))?;
    }
    Ok(Uuid::from_u64_pair(halves[0], halves[1]))
}

fn frequency(state: &State, side: Side, term: &str) -> Result<u64, EngineError> {
    let [registered, offered] = state.frequencies(term)?;
    Ok(u64::from(if side == Side::Registered { registered } else { offered }))
}

fn should(term: Term, boost: f32) -> (Occur, Box<dyn Query>) {
    let term = TermQuery::new(term, IndexRecordOption::WithFreqs);
    (Occur::Should, Box::new(BoostQuery::new(Box::new(term), boost)))
}

fn best(state: &State, limit: usize, query: &dyn Query) -> Result<Vec<(f32, Uuid)>, EngineError> {
    let best = TopDocs::with_limit(limit).order_by_score();
    let mut best: Vec<(f32, Uuid)> = (state.searcher.search(query, &best)?.into_iter())
        .map(|(score, address)| Ok((score, id(state, address)?)))
        .collect::<Result<_, EngineError>>()?;
    best.sort_by(|(a, one), (b, other)| b.total_cmp(a).then(one.cmp(other)));
    Ok(best)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::samples::{bicycle, id};
    use super::super::tests::{index_of, put};
    use super::*;
    use crate::record::{RecordText, Sequence};

    #[test]
    fn words_and_marks_are_looked_for_on_the_other_side_as_far_as_asked() {
        let said = |side, number, description: &str, marks: &str| Record {
            text: RecordText {
                title: "Cykel".to_owned(),
                description: description.to_owned(),
                marks: marks.to_owned(),
                ..RecordText::default()
            },
            ..bicycle(side, number)
        };
        let owl = |number| said(Side::Registered, number, "", "ugleklistermærke under sadlen");
        let (_dir, engine) = index_of(vec![
            owl(1),
            said(Side::Registered, 2, "Kildemoes med kurv", ""),
            said(Side::Offered, 3, "It has an owl sticker under the saddle.", ""),
            said(Side::Offered, 4, "Good saddle, Kildemoes", ""),
        ]);
        // One shared word of a mark is not enough, and what is no mark is not asked for.
        assert_eq!(engine.search_marks(&owl(9), 10).unwrap(), [id(3)]);
        assert!(engine.search_marks(&owl(9), 0).unwrap().is_empty());
        let plain = said(Side::Registered, 9, "Kildemoes med kurv", "");
        assert!(engine.search_marks(&plain, 10).unwrap().is_empty());
        assert_eq!(engine.search_words(&plain, 10).unwrap()[0], id(4));
        let offered = said(Side::Offered, 9, "Aufkleber mit einer Eule unter dem Sattel", "");
        assert_eq!(engine.search_marks(&offered, 10).unwrap(), [id(1)]);
        assert_eq!(engine.search_words(&offered, 1).unwrap(), [id(1)]);

        let unsought = Record {
            by_words: false,
            ..owl(1)
        };
        engine.apply(vec![put(unsought)], Sequence(5)).unwrap();
        engine.commit().unwrap();
        assert!(engine.search_marks(&offered, 10).unwrap().is_empty());
        assert_eq!(engine.search_words(&offered, 10).unwrap(), [id(2)]);
        let all = engine.search(&offered).unwrap();
        assert_eq!(
            all.iter().filter(|hit| hit.text.is_some()).count(),
            2,
            "the whole register can be asked"
        );
    }
}
