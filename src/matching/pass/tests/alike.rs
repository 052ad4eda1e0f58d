//! What is nearly the same: by photo and by words, whoever offers it, unless everybody does.

use super::things::described;
use super::world::World;
use crate::domain::description::Description;
use crate::domain::ids::ListingId;
use crate::domain::relisting::Likeness;
use crate::matching::MatchingError;

const TEXT: &str = "Ridse på skærmen, blå håndtag, står i Aarhus ved havnen, hentes efter aftale";

fn said(text: &str) -> Description {
    Description {
        text: text.to_owned(),
        ..described("Kildemoes herrecykel", None)
    }
}

impl World {
    fn alike(&self, listing: ListingId) -> Vec<(ListingId, Likeness)> {
        self.catch_up();
        let told = self.store.read_blocking(|reader| self.matching.alike(reader, listing));
        let told = told.unwrap_or_else(|error: MatchingError| panic!("{error}"));
        told.into_iter().map(|alike| (alike.listing, alike.by)).collect()
    }
}

#[test]
fn a_photo_and_a_text_link_offers_of_two_sellers() {
    let world = World::new();
    let first = world.sell("one", "L-1", said(TEXT), Some(1));
    let again = world.sell("two", "L-2", said(&format!("{TEXT} nu")), None);
    let shown = world.sell("three", "L-3", said("noget helt andet"), Some(1));
    world.sell("four", "L-4", said("Ridse på skærmen"), Some(2));
    assert_eq!(
        world.alike(first),
        [(shown, Likeness::Photo { bits: 0 }), (again, Likeness::Text)]
    );
    assert_eq!(world.alike(again), [(first, Likeness::Text)]);
    assert_eq!(world.alike(shown), [(first, Likeness::Photo { bits: 0 })]);
}

#[test]
fn what_everybody_shows_or_says_links_nothing() {
    let world = World::new();
    let listings: Vec<_> = (0..4)
        .map(|n| world.sell(&format!("seller {n}"), &format!("L-{n}"), said(TEXT), Some(1)))
        .collect();
    assert_eq!(world.alike(listings[0]), []);
    assert_eq!(world.alike(ListingId(uuid::Uuid::nil())), [], "what the index does not know");
}
