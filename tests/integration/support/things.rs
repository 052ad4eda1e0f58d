//! One thing of each sort, in a state in which the pages about it open: for tests that ask every page.

use super::TestApp;
use super::people::PARTNER;
use super::samples::{bicycle, frame_number, owned_bicycle, picture};
use reqwest::Method;
use serde_json::json;

/// Ids, as addresses have them.
pub struct Things {
    /// An item of the owner's, safe at home, with a photo.
    pub item: String,
    /// A stolen one.
    pub stolen: String,
    /// The theft report of another, unverified.
    pub theft: String,
    /// A question to the owner.
    pub question: String,
    /// An open suspicion report.
    pub report: String,
    /// One that the officer has in review.
    pub in_review: String,
    /// One that the officer confirmed.
    pub confirmed: String,
    /// A disclosure request of the officer's that waits for a supervisor.
    pub waiting: String,
    /// One that is put to the partner.
    pub asked: String,
    /// One that is answered.
    pub answered: String,
    /// A request for proof of ownership on the report in review, put to the partner.
    pub proof: String,
    /// A pair that waits for a blind review, where every candidate is drawn; else nothing's.
    pub blind_review: String,
    /// A delivery of the partner's.
    pub delivery: String,
    /// Some account.
    pub account: String,
    /// A saved search of the officer's and one of the supervisor's.
    pub searches: [String; 2],
    /// A hold that is asked of the partner.
    pub hold: String,
    /// The partner, its letter, and its token.
    pub partner: String,
    pub letter: String,
    pub token: String,
    /// An endpoint of the partner's and one of the force's, with a message to each, the partner's first.
    pub webhooks: [String; 2],
    pub messages: [String; 2],
}

impl TestApp {
    /// Makes them.
    pub async fn things(&self) -> Things {
        let feed = format!("/api/v1/partners/{PARTNER}/feeds/lots");
        let settings = self.partner().request(Method::PUT, &feed).json(&json!({"format": "csv"}));
        self.partner().send(settings).await.expect(200);
        let cases = self.open_cases(6).await;
        let report = |n: usize| cases[n].report.clone();
        let proof = self.ask_for_proof(&report(1)).await;
        for n in 2..6 {
            self.decide(&report(n), "confirmed").await;
        }
        let (waiting, asked, answered) = (
            self.ask(&report(3)).await,
            self.ask(&report(4)).await,
            self.ask(&report(5)).await,
        );
        self.approve(&asked).await;
        self.approve(&answered).await;
        self.answer(&answered).await;
        let item = self.register(&owned_bicycle(&frame_number(20))).await;
        self.put_item_photo(&item, 1, picture("i-001-1.jpg")).await;
        let lost = self.register(&owned_bicycle(&frame_number(22))).await;
        let theft = self.report_theft(&[&lost]).await;
        self.push(&[bicycle("L-20", &frame_number(20))]).await;
        self.settle().await;
        self.faint_pairs(0..1).await;
        let questions = self.owner().get("/api/v1/questions").await.expect(200).json();
        let (webhook, message) = self.endpoint(&self.people.partner, "question.asked").await;
        let (of_force, to_force) = self.endpoint(&self.people.administrator, "report.urgent").await;
        for name in ["officer", "supervisor"] {
            self.save_search(name, &[("words", "nothing like it")]).await;
        }
        let saved = |name| {
            self.an_id(&format!(
                "saved_searches AS s WHERE account_id = (SELECT id FROM accounts WHERE email = '{name}@replevin.example')"
            ))
        };
        self.set_hold_policy("asked", "release").await;
        let hold = self.ask_hold(&report(2)).await;
        Things {
            hold,
            searches: ["officer", "supervisor"].map(saved),
            webhooks: [webhook, of_force],
            messages: [message, to_force],
            item,
            stolen: cases[0].item.clone(),
            theft,
            question: questions["questions"][0]["id"].as_str().unwrap().to_owned(),
            report: report(0),
            in_review: report(1),
            confirmed: report(2),
            waiting,
            asked,
            answered,
            proof,
            blind_review: self.an_id("blind_reviews"),
            delivery: self.an_id("deliveries"),
            account: self.an_id("accounts WHERE role = 'owner'"),
            partner: self.an_id("partners WHERE slug = 'nordlys'"),
            letter: self.people.letter.to_string(),
            token: self.an_id("tokens WHERE partner_id = (SELECT id FROM partners WHERE slug = 'nordlys') AND label = 'test'"),
        }
    }

    /// An administrator sets how things are held under the letter in force: for 5 days, extended by 3 once.
    pub async fn set_hold_policy(&self, trigger: &str, expiry: &str) {
        let partner = self.an_id("partners WHERE slug = 'nordlys'");
        let fields = [
            ("trigger", trigger),
            ("expiry", expiry),
            ("days", "5"),
            ("notice_hours", "24"),
            ("extension_days", "3"),
            ("extensions_max", "1"),
        ];
        let path = format!("/partners/{partner}/letters/{}/hold-policy", self.people.letter);
        self.sign_in("admin").await.send(&path, &fields).await.expect(303);
    }

    /// The officer asks the partner to keep what a report is about; the hold's id.
    pub async fn ask_hold(&self, report: &str) -> String {
        let path = format!("/api/v1/reports/{report}/holds");
        self.officer_on_case().post(&path, &json!({})).await.expect(201).id()
    }

    /// Saves a search on the pages as somebody of the police.
    pub async fn save_search(&self, name: &'static str, fields: &[(&str, &str)]) {
        let session = self.sign_in(name).await;
        let purpose = [
            ("name", "a bicycle"),
            ("days", "30"),
            ("case", "4100-9"),
            ("reason", "a tip about a van"),
        ];
        let fields = [&purpose[..], fields].concat();
        session.upload("/searches", &fields, None).await.expect(303);
    }

    /// An endpoint that was tried and switched off; its id and the message's.
    async fn endpoint(&self, token: &str, event: &str) -> (String, String) {
        let client = self.with(token);
        let mut body = json!({"url": "https://hooks.example/replevin", "events": [event]});
        let id = client.post("/api/v1/webhooks", &body).await.expect(201).id();
        let path = format!("/api/v1/webhooks/{id}");
        let message = client.post(&format!("{path}/trial"), &json!({})).await.expect(202).id();
        body["on"] = json!(false);
        let request = client.request(Method::PUT, &path).json(&body);
        client.send(request).await.expect(200);
        (id, message)
    }

    /// Some id of a table; nobody's when it is empty.
    pub fn an_id(&self, of: &str) -> String {
        let sql = format!("SELECT lower(hex(id)) FROM {of} LIMIT 1");
        let none = || "01900000000070008000000000000000".to_owned();
        self.database()
            .query_row(&sql, [], |row| row.get(0))
            .unwrap_or_else(|_| none())
    }
}

impl Things {
    /// The address of a page about them as somebody of a role sees it.
    pub fn address_for(&self, role: &str, route: &str) -> String {
        let at = usize::from(["admin", "supervisor"].contains(&role));
        match route.split('/').nth(1) {
            Some("webhooks") => route.replace("{id}", &self.webhooks[at]),
            Some("searches") => route.replace("{id}", &self.searches[at]),
            Some("sent") => route.replace("{id}", &self.messages[at]),
            _ => self.address(route),
        }
    }

    /// The address of a page about them.
    pub fn address(&self, route: &str) -> String {
        let head = route.split('/').nth(1).unwrap();
        let id = match (head, route) {
            ("items", "/items/{id}/recovered") => &self.stolen,
            ("items", _) => &self.item,
            ("questions", _) => &self.question,
            ("reports", "/reports/{id}/reopen" | "/reports/{id}/close" | "/reports/{id}/disclosure") => &self.confirmed,
            ("reports", "/reports/{id}/release" | "/reports/{id}/decision" | "/reports/{id}/proofs/{proof}") => &self.in_review,
            ("reports", _) => &self.report,
            ("disclosures", _) => &self.answered,
            ("theft-reports", _) => &self.theft,
            ("approvals", _) => &self.waiting,
            ("blind-reviews", _) => &self.blind_review,
            ("deliveries", _) => &self.delivery,
            ("requests", _) => &self.asked,
            ("proofs", _) => &self.proof,
            ("accounts", _) => &self.account,
            ("webhooks", _) => &self.webhooks[0],
            ("searches", _) => &self.searches[0],
            ("holds", _) => &self.hold,
            ("sent", _) => &self.messages[0],
            _ => &self.partner,
        };
        route
            .replace("{id}", id)
            .replace("{proof}", &self.proof)
            .replace("{letter}", &self.letter)
            .replace("{token}", &self.token)
            .replace("{feed}", "lots")
            .replace("{number}", "1")
            .replace("{n}", "1")
    }
}
