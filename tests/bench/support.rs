//! What benchmarks of the whole service share: a service in this process, its first people, and a client.

use std::time::Duration;

use chrono::TimeDelta;
use replevin::access::{FirstPassword, NewAccount, TokenHolder};
use replevin::app::App;
use replevin::casework::NewPartner;
use replevin::domain::account::Role;
use replevin::domain::audit::Actor;
use replevin::domain::ids::AccountId;
use replevin::domain::partner::{LegalBasis, LetterTerms, SellerField};
use replevin::store::StoreError;

/// Waits until every change has been indexed and matched.
pub(crate) async fn caught_up(app: &App) {
    loop {
        let (last, matched) = app
            .store
            .read(|reader| Ok::<_, StoreError>((reader.last_change()?, reader.cursor("matching")?)))
            .await
            .unwrap();
        if matched >= last {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A partner under a letter, with the short name `bench`, and its token.
pub(crate) async fn partner(app: &App) -> String {
    let now = app.clock.now();
    let new = NewPartner {
        slug: "bench".to_owned(),
        name: "Bench".to_owned(),
        photo_hosts: Vec::new(),
    };
    let partner = app.casework.enter_partner(Actor::CommandLine, new).await.unwrap();
    let terms = LetterTerms {
        legal_basis: LegalBasis::VoluntaryLetter,
        reference: "bench".to_owned(),
        valid_from: now - TimeDelta::days(1),
        valid_to: now + TimeDelta::days(365),
        threshold: 0.9,
        askable: vec![SellerField::Name],
        approvals: 1,
        response_hours: 48,
        retention_days: 180,
        document_sha256: None,
    };
    app.casework
        .enter_letter(Actor::CommandLine, partner.id, terms)
        .await
        .unwrap();
    token(app, TokenHolder::Partner(partner.id)).await
}

/// An account at `bench.example`.
pub(crate) async fn account(app: &App, name: &str, role: Role) -> AccountId {
    let new = NewAccount {
        email: format!("{name}@bench.example"),
        name: "Bench".to_owned(),
        role,
        partner: None,
        password: FirstPassword::Own("four quiet red lamps".to_owned()),
    };
    app.access.create_account(Actor::CommandLine, new).await.unwrap().id
}

/// A token to speak for somebody.
pub(crate) async fn token(app: &App, holder: TokenHolder) -> String {
    let created = app.access.create_token(Actor::CommandLine, holder, "bench").await.unwrap();
    created.secret.reveal().to_owned()
}

/// A client of the service.
pub(crate) fn client() -> reqwest::Client {
    // The bench speaks plain HTTP to itself; the provider is only what the client's builder insists on.
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
