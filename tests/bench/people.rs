//! The owner and the officer of a benchmark: what they do over HTTP.

use replevin::access::TokenHolder;
use replevin::app::App;
use replevin::domain::account::Role;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::support::{self, answered, reported};

/// An owner, an officer, and what they speak through.
pub(crate) struct People {
    pub(crate) http: Client,
    pub(crate) base: String,
    pub(crate) owner: String,
    officer: String,
}

impl People {
    /// Makes their accounts in a service that is at `base`.
    pub(crate) async fn new(app: &App, base: String) -> Self {
        let owner = TokenHolder::Account(support::account(app, "victim", Role::Owner).await);
        let officer = TokenHolder::Account(support::account(app, "detective", Role::Officer).await);
        Self {
            http: support::client(),
            base,
            owner: support::token(app, owner).await,
            officer: support::token(app, officer).await,
        }
    }

    /// The owner registers an item; its id.
    pub(crate) async fn item(&self, form: &Value) -> String {
        let item = self.call(Method::POST, "/items", &self.owner, form).await;
        item["id"].as_str().unwrap().to_owned()
    }

    /// The owner reports an item stolen; the theft report's id.
    pub(crate) async fn theft(&self, item: &str) -> String {
        let theft = json!({
            "items": [item], "from": "2026-01-02T00:00:00Z", "to": "2026-01-03T00:00:00Z",
            "location": {"country": "DK", "postcode": "8000"}, "crime_reference": "4100-00000-00001-26"
        });
        let theft = self.call(Method::POST, "/theft-reports", &self.owner, &theft).await;
        theft["id"].as_str().unwrap().to_owned()
    }

    /// The officer verifies it.
    pub(crate) async fn verify(&self, theft: &str) {
        let path = format!("/theft-reports/{theft}/verification");
        self.call(Method::POST, &path, &self.officer, &json!({"verified": true}))
            .await;
    }

    /// The owner has an item back.
    pub(crate) async fn recover(&self, item: &str) {
        let status = json!({"status": "recovered"});
        self.call(Method::PATCH, &format!("/items/{item}"), &self.owner, &status)
            .await;
    }

    /// Waits until the queue names a listing.
    pub(crate) async fn reported(&self, reference: &str) {
        reported(&self.http, &self.base, &self.officer, reference).await;
    }

    async fn call(&self, method: Method, path: &str, token: &str, body: &Value) -> Value {
        let request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(token);
        answered(request.json(body)).await
    }
}
