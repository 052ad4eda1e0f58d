//! The steps of the ordinary way, one call each: register, report, verify, push, and what comes of it.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use super::people::PARTNER;
use super::{Client, TestApp};

impl TestApp {
    pub fn owner(&self) -> Client {
        self.with(&self.people.owner)
    }

    pub fn officer(&self) -> Client {
        self.with(&self.people.officer)
    }

    pub fn partner(&self) -> Client {
        self.with(&self.people.partner)
    }

    /// Registers an item of the owner's; its id.
    pub async fn register(&self, item: &Value) -> String {
        self.owner().post("/api/v1/items", item).await.expect(201).id()
    }

    /// Puts a photo of an item of the owner's.
    pub async fn put_item_photo(&self, item: &str, number: u16, bytes: Vec<u8>) {
        let path = format!("/api/v1/items/{item}/photos/{number}");
        self.owner()
            .send_bytes(Method::PUT, &path, "image/jpeg", bytes)
            .await
            .expect(200);
    }

    /// The owner reports items stolen between yesterday evening and this morning; the theft report's id.
    pub async fn report_theft(&self, items: &[&str]) -> String {
        let now = Utc::now();
        self.report_theft_between(items, now - TimeDelta::hours(30), now - TimeDelta::hours(20))
            .await
    }

    /// The owner reports items stolen in a range of time; the theft report's id.
    pub async fn report_theft_between(&self, items: &[&str], from: DateTime<Utc>, to: DateTime<Utc>) -> String {
        let theft = json!({
            "items": items,
            "from": from.to_rfc3339(),
            "to": to.to_rfc3339(),
            "location": {"country": "DK", "postcode": "8000", "city": "Aarhus"},
            "circumstances": "The lock of the shed was cut.",
        });
        self.owner().post("/api/v1/theft-reports", &theft).await.expect(201).id()
    }

    /// An officer verifies a theft report.
    pub async fn verify_theft(&self, theft: &str) {
        let path = format!("/api/v1/theft-reports/{theft}/verification");
        self.officer()
            .post(&path, &json!({"verified": true, "crime_reference": "4100-77777-00001-26"}))
            .await
            .expect(200);
    }

    /// An item of the owner's that was stolen and verified; its id.
    pub async fn stolen(&self, item: &Value) -> String {
        let id = self.register(item).await;
        let theft = self.report_theft(&[&id]).await;
        self.verify_theft(&theft).await;
        id
    }

    /// Pushes listings under the letter in force; all of them must be taken.
    pub async fn push(&self, listings: &[Value]) {
        let answer = self.partner().push(PARTNER, listings).await.expect(200).json();
        assert_eq!(answer["rejected"], json!([]), "{answer}");
    }

    /// Every report on the queue.
    pub async fn queue(&self) -> Vec<Value> {
        let (officer, mut all, mut cursor) = (self.officer(), Vec::new(), String::new());
        loop {
            let page = officer.get(&format!("/api/v1/reports?{cursor}")).await.expect(200).json();
            all.extend(page["reports"].as_array().unwrap().iter().cloned());
            match page["cursor"].as_str() {
                Some(next) => cursor = format!("cursor={next}"),
                None => return all,
            }
        }
    }

    /// The id of the first report on the queue.
    pub async fn first_report(&self) -> String {
        self.queue().await[0]["id"].as_str().unwrap().to_owned()
    }

    /// A report as an officer's page shows it.
    pub async fn report_page(&self, report: &str) -> String {
        let officer = self.sign_in("officer").await;
        officer.get(&format!("/reports/{report}")).await.expect(200).text()
    }

    /// A report as the API shows it to an officer.
    pub async fn report_record(&self, report: &str) -> Value {
        let record = self.officer().get(&format!("/api/v1/reports/{report}")).await;
        record.expect(200).json()
    }

    /// The words of the audit log's actions from an entry on, oldest first, read beside the program.
    pub fn actions_since(&self, number: u64) -> Vec<String> {
        let database = self.database();
        let mut query = database
            .prepare("SELECT action FROM audit_entries WHERE number > ?1 ORDER BY number")
            .unwrap();
        let rows = query.query_map([i64::try_from(number).unwrap()], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// The number of the log's last entry.
    pub fn last_entry(&self) -> u64 {
        let last: i64 = self
            .database()
            .query_row("SELECT coalesce(max(number), 0) FROM audit_entries", [], |row| row.get(0))
            .unwrap();
        last.unsigned_abs()
    }
}

/// A configuration under which every candidate below the threshold is drawn for blind review.
pub const DRAWN_ALWAYS: &str = "[matching]\nblind_review_share = 1.0";

impl TestApp {
    /// Sewing machines in a range, stolen, and on sale as `F-0`, `F-1`, … with another digit in their short number: something
    /// speaks for each pair, and too little to report it. The items' ids.
    pub async fn faint_pairs(&self, range: std::ops::Range<usize>) -> Vec<String> {
        let mut items = Vec::new();
        for n in range {
            items.push(self.faint_pair(n, None).await);
        }
        self.settle().await;
        items
    }

    /// One of them, registered with a picture or without; its item's id.
    pub async fn faint_pair(&self, n: usize, photo: Option<&str>) -> String {
        let given = |digit: u8| {
            let value = format!("{}{digit}{}", 211 + n * 37 % 700, 10 + n * 7 % 90);
            json!([{"kind": "serial", "value": value}])
        };
        let item = self.register(&json!({"title": "Symaskine", "identifiers": given(3)})).await;
        if let Some(photo) = photo {
            self.put_item_photo(&item, 1, super::samples::picture(photo)).await;
        }
        self.verify_theft(&self.report_theft(&[&item]).await).await;
        let listing = json!({"id": format!("F-{n}"), "title": "Gammel symaskine", "identifiers": given(8),
                             "seller": {"ref": format!("u-F-{n}")}, "status": "active"});
        self.push(&[listing]).await;
        item
    }
}

/// A stolen bicycle on sale, reported to the police, as far as a test needs it.
pub struct Case {
    pub item: String,
    pub report: String,
}

/// The purpose that officers state in tests.
pub const CASE: &str = "4100-77777-00001-26";
pub const REASON: &str = "find out who sells the stolen bicycle";

impl TestApp {
    /// An officer who states a purpose.
    pub fn officer_on_case(&self) -> Client {
        self.officer().stating(CASE, REASON)
    }

    /// Bicycles `0..count` stolen and on sale as `L-0`, `L-1`, …: one open report each.
    pub async fn open_cases(&self, count: usize) -> Vec<Case> {
        let mut items = Vec::new();
        for n in 0..count {
            items.push(
                self.stolen(&super::samples::owned_bicycle(&super::samples::frame_number(n)))
                    .await,
            );
        }
        let listings: Vec<_> = (0..count)
            .map(|n| super::samples::bicycle(&format!("L-{n}"), &super::samples::frame_number(n)))
            .collect();
        self.push(&listings).await;
        self.settle().await;
        let queue = self.queue().await;
        let report = |item: &String| {
            let row = queue.iter().find(|row| row["item"] == item.as_str());
            row.unwrap_or_else(|| panic!("{item} is not reported: {queue:#?}"))["id"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        items
            .into_iter()
            .map(|item| Case {
                report: report(&item),
                item,
            })
            .collect()
    }

    /// One step of a report's life by the officer.
    pub async fn step(&self, report: &str, step: &str, body: &Value) -> Value {
        self.officer_on_case()
            .post(&format!("/api/v1/reports/{report}/{step}"), body)
            .await
            .expect(200)
            .json()
    }

    /// Takes and decides a report.
    pub async fn decide(&self, report: &str, decision: &str) {
        self.step(report, "take", &json!({})).await;
        self.step(
            report,
            "review",
            &json!({"decision": decision, "reason": "the number is the registered one"}),
        )
        .await;
    }

    /// Asks for the seller's name under a confirmed report; the request's id.
    pub async fn ask(&self, report: &str) -> String {
        let path = format!("/api/v1/reports/{report}/disclosure-requests");
        self.officer_on_case()
            .post(&path, &json!({"fields": ["name"]}))
            .await
            .expect(201)
            .id()
    }

    /// The officer takes a report and has its seller asked for proof; the id of what is asked.
    pub async fn ask_for_proof(&self, report: &str) -> String {
        self.step(report, "take", &json!({})).await;
        let path = format!("/api/v1/reports/{report}/proof-requests");
        let asked = json!({"asked": ["receipt", "older_photo"], "days": 7});
        self.officer().post(&path, &asked).await.expect(201).id()
    }

    /// The supervisor approves a request.
    pub async fn approve(&self, request: &str) {
        let supervisor = self.with(&self.people.supervisor);
        supervisor
            .post(
                &format!("/api/v1/disclosure-requests/{request}/approval"),
                &json!({"approved": true}),
            )
            .await
            .expect(200);
    }

    /// The partner names the seller.
    pub async fn answer(&self, request: &str) {
        let path = format!("/api/v1/partners/{PARTNER}/disclosure-requests/{request}/answer");
        self.partner()
            .post(&path, &json!({"identity": {"name": "Ib Seller"}}))
            .await
            .expect(200);
    }
}
