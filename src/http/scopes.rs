//! Which scope of a partner's token each route of the API asks for.
//!
//! Owns the one table. Who may do what beyond it is said where the thing is done.

use crate::domain::scope::{Scope, Scopes};

/// What follows the partner's name, or stands first, and what it asks for.
const NEEDED: [(&str, Scope); 12] = [
    ("listings", Scope::Listings),
    ("feeds", Scope::Listings),
    ("health", Scope::Listings),
    ("quarantine", Scope::Listings),
    ("decoys", Scope::Listings),
    ("checks", Scope::Checks),
    ("disclosure-requests", Scope::Requests),
    ("proof-requests", Scope::Requests),
    ("holds", Scope::Requests),
    ("police-questions", Scope::Requests),
    ("webhooks", Scope::Requests),
    ("messages", Scope::Requests),
];

/// What a token with these scopes lacks for a route, as the refusal says it. A route that the table does not know is only for
/// tokens that may do all.
pub(super) fn lacking(route: &str, scopes: &Scopes) -> Option<String> {
    if scopes.each().len() == Scope::ALL.len() {
        return None;
    }
    let path = route.strip_prefix("/api/v1/").unwrap_or_default();
    let thing = path.strip_prefix("partners/{partner}/").unwrap_or(path);
    let first = thing.split('/').next().unwrap_or_default();
    match NEEDED.iter().find(|(known, _)| *known == first) {
        Some((_, scope)) if scopes.has(*scope) => None,
        Some((_, scope)) => Some(format!(
            "this token lacks the scope `{}`: its scopes are `{scopes}`",
            scope.word()
        )),
        None => Some(format!("no token whose scopes are only `{scopes}` may ask this")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_known_by_its_thing() {
        let scopes = Scopes::parse(["checks"].into_iter()).unwrap_or_else(|_| Scopes::all());
        assert_eq!(lacking("/api/v1/checks", &scopes), None);
        let said = lacking("/api/v1/partners/{partner}/listings/{id}/photos/{n}", &scopes);
        assert!(said.is_some_and(|said| said.contains("`listings`")));
        assert!(lacking("/api/v1/partners/{partner}/tokens", &scopes).is_some());
        assert_eq!(lacking("/api/v1/partners/{partner}/tokens", &Scopes::all()), None);
    }
}
