//! Version 1 of the API, one file a resource.

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

mod audit;
mod beside_record;
mod blind_reviews;
mod checks;
mod decoys;
mod desk;
mod disclosures;
mod evidence_packs;
mod feed_health;
mod feed_runs;
mod feeds;
mod hold_policies;
mod holds;
mod item_photos;
mod items;
mod listings;
mod named_feed;
mod photos;
mod pictures;
mod progress;
mod proofs;
mod push;
mod push_body;
mod quarantine;
mod questions;
mod relisting_record;
mod report_record;
mod reports;
mod saved_searches;
mod search;
mod theft_reports;
mod tokens;
mod webhooks;
mod wire;

/// All routes of version 1, relative to `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(push::routes())
        .merge(listings::routes())
        .merge(feeds::routes())
        .merge(quarantine::routes())
        .merge(decoys::routes())
        .merge(checks::routes())
        .merge(feed_runs::routes())
        .merge(feed_health::routes())
        .merge(photos::routes())
        .merge(items::routes())
        .merge(theft_reports::routes())
        .merge(reports::routes())
        .merge(evidence_packs::routes())
        .merge(blind_reviews::routes())
        .merge(disclosures::routes())
        .merge(proofs::routes())
        .merge(questions::routes())
        .merge(audit::routes())
        .merge(item_photos::routes())
        .merge(webhooks::routes())
        .merge(tokens::routes())
        .merge(holds::routes())
        .merge(hold_policies::routes())
        .merge(desk::routes())
        .merge(search::routes())
        .merge(saved_searches::routes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The routes that clients script against: method and path.
    const CONTRACT: [(&str, &str); 82] = [
        ("post", "/partners/{partner}/listings"),
        ("get", "/partners/{partner}/listings"),
        ("get", "/partners/{partner}/listings/{id}"),
        ("delete", "/partners/{partner}/listings/{id}"),
        ("put", "/partners/{partner}/listings/{id}/photos/{n}"),
        ("delete", "/partners/{partner}/listings/{id}/photos/{n}"),
        ("get", "/partners/{partner}/feeds"),
        ("put", "/partners/{partner}/feeds/{feed}"),
        ("delete", "/partners/{partner}/feeds/{feed}"),
        ("get", "/partners/{partner}/feeds/{feed}/runs"),
        ("post", "/partners/{partner}/feeds/{feed}/missing"),
        ("post", "/partners/{partner}/feeds/{feed}/fetch"),
        ("get", "/partners/{partner}/health"),
        ("get", "/partners/{partner}/quarantine"),
        ("post", "/partners/{partner}/quarantine/retry"),
        ("post", "/checks"),
        ("post", "/items"),
        ("get", "/items/{id}"),
        ("patch", "/items/{id}"),
        ("put", "/items/{id}/photos/{n}"),
        ("delete", "/items/{id}/photos/{n}"),
        ("get", "/items/{id}/photos/{n}"),
        ("get", "/items"),
        ("get", "/reports/{id}/photos/{sha256}"),
        ("post", "/theft-reports"),
        ("get", "/theft-reports/{id}"),
        ("post", "/theft-reports/{id}/verification"),
        ("get", "/theft-reports/{id}/contact"),
        ("get", "/reports"),
        ("get", "/reports/{id}"),
        ("post", "/reports/{id}/take"),
        ("post", "/reports/{id}/release"),
        ("post", "/reports/{id}/reopen"),
        ("post", "/reports/{id}/close"),
        ("post", "/reports/{id}/review"),
        ("post", "/reports/{id}/evidence-packs"),
        ("post", "/reports/{id}/evidence-promotion"),
        ("get", "/blind-reviews"),
        ("post", "/blind-reviews/{id}"),
        ("get", "/blind-reviews/{id}/photos/{sha256}"),
        ("post", "/reports/{id}/disclosure-requests"),
        ("post", "/disclosure-requests/{id}/approval"),
        ("get", "/disclosure-requests/{id}"),
        ("get", "/disclosure-requests/{id}/identity"),
        ("get", "/partners/{partner}/disclosure-requests"),
        ("post", "/partners/{partner}/disclosure-requests/{id}/answer"),
        ("post", "/reports/{id}/proof-requests"),
        ("get", "/partners/{partner}/proof-requests"),
        ("put", "/partners/{partner}/proof-requests/{id}/photos/{n}"),
        ("post", "/partners/{partner}/proof-requests/{id}/answer"),
        ("get", "/questions"),
        ("post", "/questions/{id}/answer"),
        ("get", "/audit/entries"),
        ("get", "/audit/checkpoint"),
        ("get", "/partners/{partner}/holds"),
        ("post", "/partners/{partner}/holds/{id}/answer"),
        ("post", "/reports/{id}/holds"),
        ("post", "/holds/{id}/extension"),
        ("post", "/holds/{id}/lift"),
        ("get", "/series"),
        ("get", "/reports/{id}/series"),
        ("post", "/reports/{id}/questions"),
        ("get", "/police-questions"),
        ("post", "/police-questions/{id}/answer"),
        ("post", "/reports/{id}/comments"),
        ("post", "/reports/{id}/assignment"),
        ("post", "/search"),
        ("get", "/searches"),
        ("post", "/searches"),
        ("get", "/searches/{id}"),
        ("delete", "/searches/{id}"),
        ("get", "/hold-policies"),
        ("put", "/letters/{id}/hold-policy"),
        ("delete", "/letters/{id}/hold-policy"),
        ("get", "/webhooks"),
        ("post", "/webhooks"),
        ("put", "/webhooks/{id}"),
        ("delete", "/webhooks/{id}"),
        ("post", "/webhooks/{id}/secret"),
        ("post", "/webhooks/{id}/trial"),
        ("get", "/messages"),
        ("post", "/messages/{id}/again"),
    ];

    #[test]
    fn the_contract_is_routed_and_described() {
        let (_, description) = routes().split_for_parts();
        let described = serde_json::json!(description.paths.paths);
        for (method, path) in CONTRACT {
            let operation = &described[path][method];
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(operation["responses"].is_object(), "{method} {path}");
        }
    }
}
