//! Which other listings show or say nearly the same as one: what links offers across partners and sellers.
//!
//! By the rules of a report's photos and of what is offered again. What many listings show is a shop's or a maker's picture, and what
//! many say is a form: neither links anything. That two photos have a background in common is not told: their features lie alike
//! where the goods are of one model too, and nothing says which of the two it is.

use replevin_index::{Record, RecordText, Side};

use super::weights::photo::{QUALITY_MIN, SAME_BITS};
use super::{Matching, MatchingError};
use crate::domain::ids::ListingId;
use crate::domain::relisting::{AlikeListing, CARRIERS_MAX, Likeness, alike};
use crate::store::Reader;

/// Listings that are looked at for their words.
const WORDS_HITS_MAX: usize = 20;

impl Matching {
    /// The other listings that show nearly the same photo as one that we hold, or say nearly the same, the photos first. Blocks.
    ///
    /// # Errors
    /// A failure of the store or the index.
    pub fn alike(&self, reader: &Reader<'_>, id: ListingId) -> Result<Vec<AlikeListing>, MatchingError> {
        // As the registered side asks, so that the archive answers.
        let Some(record) = self.engine.record(Side::Offered, id.0)? else {
            return Ok(Vec::new());
        };
        let asks = Record {
            side: Side::Registered,
            source: None,
            identifiers: Vec::new(),
            features: Vec::new(),
            ..record
        };
        let mut found = self.alike_by_photo(id, &asks)?;
        for listing in self.alike_by_words(reader, id, asks)? {
            found.push(AlikeListing {
                listing,
                by: Likeness::Text,
            });
        }
        Ok(found)
    }

    fn alike_by_photo(&self, id: ListingId, asks: &Record) -> Result<Vec<AlikeListing>, MatchingError> {
        if asks.photos.is_empty() {
            return Ok(Vec::new());
        }
        let photos_alone = Record {
            text: RecordText::default(),
            ..asks.clone()
        };
        let mut near: Vec<(usize, u16, ListingId)> = Vec::new();
        for hit in self.engine.search_individual(&photos_alone)? {
            let same = (hit.photos.iter()).filter(|photo| photo.comparison.pdq_bits <= SAME_BITS && hit.id != id.0);
            near.extend(same.map(|photo| (photo.query, photo.comparison.pdq_bits, ListingId(hit.id))));
        }
        let shown_by = |photo: usize| near.iter().filter(|(query, ..)| *query == photo).count();
        let tells = |photo: usize| asks.photos[photo].quality >= QUALITY_MIN && shown_by(photo) < CARRIERS_MAX;
        let mut found: Vec<AlikeListing> = Vec::new();
        let mut telling: Vec<_> = near.iter().filter(|(photo, ..)| tells(*photo)).collect();
        telling.sort_by_key(|(_, bits, listing)| (*bits, *listing));
        for &&(_, bits, listing) in &telling {
            if found.iter().all(|known| known.listing != listing) {
                let by = Likeness::Photo { bits };
                found.push(AlikeListing { listing, by });
            }
        }
        Ok(found)
    }

    fn alike_by_words(&self, reader: &Reader<'_>, id: ListingId, asks: Record) -> Result<Vec<ListingId>, MatchingError> {
        let Some(own) = reader.listing(id)?.filter(|own| alike(own, own)) else {
            return Ok(Vec::new());
        };
        let said_alone = Record {
            photos: Vec::new(),
            ..asks
        };
        let mut found = Vec::new();
        for hit in self.engine.search_words(&said_alone, WORDS_HITS_MAX)? {
            let other = ListingId(hit);
            if other != id && reader.listing(other)?.is_some_and(|other| alike(&own, &other)) {
                found.push(other);
            }
        }
        Ok(if found.len() < CARRIERS_MAX { found } else { Vec::new() })
    }
}
