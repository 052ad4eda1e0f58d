//! What a revision makes of the photos of a listing.

use super::*;
use crate::domain::listing::PhotoSource;

fn source(name: &str, expected: Option<&[u8]>) -> PhotoSource {
    PhotoSource {
        url: Some(format!("https://a.example/{name}").parse().unwrap()),
        path: None,
        sha256: expected.map(ContentHash::of),
    }
}

fn photo(number: u16, name: &str, expected: Option<&[u8]>, state: PhotoState) -> ListingPhoto {
    ListingPhoto {
        number,
        url: (!name.is_empty()).then(|| format!("https://a.example/{name}").parse().unwrap()),
        expected: expected.map(ContentHash::of),
        upload: name.is_empty().then_some(Upload::Stands),
        state,
    }
}

/// The same photo, uploaded.
fn uploaded(photo: ListingPhoto, upload: Upload) -> ListingPhoto {
    ListingPhoto {
        upload: Some(upload),
        ..photo
    }
}

fn held(bytes: &[u8]) -> PhotoState {
    PhotoState::Held {
        sha256: ContentHash::of(bytes),
    }
}

fn pending(attempts: u32) -> PhotoState {
    PhotoState::Pending { attempts, error: None }
}

fn failed() -> PhotoState {
    PhotoState::Failed { error: "404".into() }
}

#[test]
fn a_revision_keeps_what_it_still_names_and_remembers_the_rest() {
    let (b, c) = (photo(2, "b", None, held(b"b")), photo(3, "c", None, held(b"c")));
    let known = [photo(1, "a", None, held(b"a")), b.clone(), c.clone()];
    let plan = Plan::of(&known, &[source("b", None), source("c", None)], true);
    assert_eq!(
        plan.photos,
        [ListingPhoto { number: 1, ..b }, ListingPhoto { number: 2, ..c }]
    );
    assert_eq!(plan.superseded, [(known[0].clone(), ContentHash::of(b"a"))]);
    assert_eq!(plan.fetch, [0; 0], "what moved is not fetched again");
}

#[test]
fn what_is_announced_decides_and_failures_are_tried_again() {
    // What an address was announced to hash to, and what became of it.
    type Known = (Option<&'static [u8; 1]>, PhotoState);
    let cases: [(Option<Known>, Option<&[u8; 1]>, PhotoState, bool, bool); 11] = [
        // known, announced now, the state that follows, fetched, superseded
        (None, None, pending(0), true, false),
        (Some((None, held(b"a"))), None, held(b"a"), false, false),
        (Some((None, held(b"a"))), Some(b"a"), held(b"a"), false, false),
        (Some((None, held(b"a"))), Some(b"b"), pending(0), true, true),
        (Some((Some(b"a"), held(b"a"))), Some(b"b"), pending(0), true, true),
        (Some((Some(b"a"), held(b"a"))), None, held(b"a"), false, false),
        // An upload stands where the address was announced.
        (Some((Some(b"a"), held(b"u"))), Some(b"a"), held(b"u"), false, false),
        (Some((Some(b"a"), pending(3))), Some(b"a"), pending(3), false, false),
        (Some((Some(b"a"), pending(3))), Some(b"b"), pending(0), true, false),
        (Some((Some(b"a"), pending(0))), Some(b"b"), pending(0), true, false),
        (Some((Some(b"a"), failed())), Some(b"a"), pending(0), true, false),
    ];
    for (known, announced, state, fetched, superseded) in cases {
        let announced = announced.map(|bytes| bytes.as_slice());
        let known = known.map(|(expected, state)| photo(1, "a", expected.map(|bytes| bytes.as_slice()), state));
        let known: Vec<_> = known.into_iter().collect();
        let plan = Plan::of(&known, &[source("a", announced)], true);
        assert_eq!(plan.photos, [photo(1, "a", announced, state)], "{known:?} {announced:?}");
        assert_eq!(plan.fetch.len(), usize::from(fetched), "{known:?} {announced:?}");
        assert_eq!(plan.superseded.len(), usize::from(superseded), "{known:?} {announced:?}");
    }
}

#[test]
fn an_upload_stays_whatever_a_revision_leaves_out() {
    let own = uploaded(photo(1, "a", None, held(b"u")), Upload::Stands);
    let known = [own.clone(), photo(2, "", None, held(b"v")), photo(3, "c", None, held(b"c"))];
    // Named by its address still.
    let same = Plan::of(&known, &[source("a", None)], true);
    assert_eq!(same.photos, [own.clone(), known[1].clone()]);
    assert_eq!((same.superseded.len(), same.fetch.len()), (1, 0), "c was fetched, and goes");
    // Named no more.
    let none = Plan::of(&known, &[], true);
    assert_eq!(none.photos, [photo(1, "", None, held(b"u")), known[1].clone()]);
    assert_eq!((none.superseded.len(), none.fetch.len()), (1, 0));
    // Denied in so many words.
    let denied = Plan::of(&known, &[], false);
    assert_eq!((denied.photos.len(), denied.superseded.len()), (0, 3));
    // Its number is taken by one that is held: it moves.
    let moved = Plan::of(&known, &[source("x", None), source("c", None)], true);
    let numbers: Vec<(u16, Option<Upload>)> = moved.photos.iter().map(|photo| (photo.number, photo.upload)).collect();
    assert_eq!(
        numbers,
        [(1, Some(Upload::UntilFetched)), (2, None), (3, Some(Upload::Stands))]
    );
    assert_eq!((moved.superseded.len(), moved.fetch), (0, vec![1]));
}

#[test]
fn an_upload_stands_until_the_address_in_its_place_has_brought_a_photo() {
    let known = [photo(1, "", None, held(b"u")), photo(2, "", None, held(b"v"))];
    let plan = Plan::of(&known, &[source("a", None)], true);
    let until = uploaded(photo(1, "a", None, held(b"u")), Upload::UntilFetched);
    assert_eq!(plan.photos, [until.clone(), known[1].clone()]);
    assert_eq!((plan.superseded.len(), &plan.fetch), (0, &vec![1]));
    // The same again while it waits asks for nothing twice.
    let again = Plan::of(&plan.photos, &[source("a", None)], true);
    assert_eq!((&again.photos, again.fetch.len()), (&plan.photos, 0));
    // Other bytes are announced than were uploaded.
    let own = [uploaded(photo(1, "a", None, held(b"u")), Upload::Stands)];
    let announced = Plan::of(&own, &[source("a", Some(b"other"))], true);
    assert_eq!(
        announced.photos,
        [uploaded(photo(1, "a", Some(b"other"), held(b"u")), Upload::UntilFetched)]
    );
    assert_eq!(announced.fetch, [1]);
}

#[test]
fn one_address_at_two_numbers_stays_at_both() {
    let known = [photo(1, "a", None, held(b"a")), photo(2, "a", None, pending(1))];
    let sources = [source("a", None), source("a", None)];
    let plan = Plan::of(&known, &sources, true);
    assert_eq!(plan.photos, known);
    assert_eq!(plan.fetch, [0; 0]);
    let moved = Plan::of(&[photo(2, "a", None, pending(1))], &sources[..1], true);
    assert_eq!(moved.fetch, [1], "the effect of a photo that waits names its number");
}
