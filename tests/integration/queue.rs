//! The queue on its page: narrowed, grouped, kept for an officer, and told of what comes in.

use serde_json::json;

use crate::support::TestApp;
use crate::support::samples::{bicycle, frame_number, owned_bicycle};
use crate::support::session::Session;

/// The references of the listings on a page, in their order.
async fn listed(session: &Session, query: &str) -> Vec<String> {
    let page = session.get(&format!("/queue{query}")).await.expect(200).text();
    let rows = page.split("<tr class=\"govuk-table__row\">").skip(1);
    let reference = |row: &str| {
        let at = row.find("Nordlys Auktioner, ")? + "Nordlys Auktioner, ".len();
        Some(row[at..].split('<').next().unwrap().trim().to_owned())
    };
    rows.filter_map(reference).collect()
}

/// Three bicycles; two of them with one seller, one on sale twice.
async fn market(app: &TestApp) {
    for n in 0..3 {
        let mut item = owned_bicycle(&frame_number(n));
        item["value"] = json!({"amount": (1000 * (n + 1)).to_string(), "currency": "EUR"});
        app.stolen(&item).await;
    }
    let now = chrono::Utc::now();
    let mut listings: Vec<_> = (0..3).map(|n| bicycle(&format!("L-{n}"), &frame_number(n))).collect();
    listings.push(bicycle("L-again", &frame_number(2)));
    listings[0]["seller"] = json!({"ref": "one"});
    listings[1]["seller"] = json!({"ref": "one"});
    listings[0]["location"] = json!({"country": "DK", "postcode": "5000", "city": "Odense"});
    listings[0]["ends_at"] = json!(now + chrono::TimeDelta::hours(1));
    app.push(&listings).await;
    app.settle().await;
}

#[tokio::test]
async fn an_officer_narrows_the_queue_and_finds_it_so_the_next_day() {
    let app = TestApp::start().await;
    market(&app).await;
    let officer = app.sign_in("officer").await;
    let all = listed(&officer, "").await;
    assert_eq!(all.len(), 4);
    assert_eq!(all[0], "L-0", "the sale that ends in an hour comes first: {all:?}");
    let cases = [
        ("?place=5000", 1),
        ("?place=odense", 1),
        ("?place=DK", 4),
        ("?kind=identifier", 4),
        ("?kind=photo", 0),
        ("?category=bicycles", 4),
        ("?partner=nordlys", 4),
        ("?partner=nobody", 0),
        ("?case=4100-77777-00001-26", 4),
        ("?case=another", 0),
        ("?group=item", 3),
        ("?group=seller", 3),
        ("?tab=mine", 0),
    ];
    for (query, expected) in cases {
        assert_eq!(listed(&officer, query).await.len(), expected, "{query}");
    }
    // The API narrows by the same names.
    let api = app.officer();
    let found = async |query: &str| {
        let page = api.get(&format!("/api/v1/reports{query}")).await.expect(200).json();
        page["reports"].as_array().unwrap().len()
    };
    for (query, expected) in cases {
        assert_eq!(found(&query.replace("tab=mine", "mine=true")).await, expected, "{query}");
    }
    let mut on_items = 0;
    for number in 1..=4 {
        on_items += found(&format!("?item_of=SR-{number}")).await;
    }
    assert_eq!(on_items, 1 + 1 + 2 + 2);
    for wrong in ["?kind=smell", "?group=colour", "?item_of=bicycle", "?colour=red"] {
        api.get(&format!("/api/v1/reports{wrong}")).await.expect_problem(400);
    }
    let page = officer.get("/queue").await.expect(200).text();
    assert!(page.contains("Urgency = probability × value × time"), "{page}");
    assert!(
        page.contains("2 reports<span"),
        "a listing of one item stands beside another: {page}"
    );
    let like = page.split("seller_of=").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(listed(&officer, &format!("?seller_of={like}")).await.len(), 2);

    let kept = officer
        .send("/queue/filter", &[("filters", "sort=newest&place=odense")])
        .await
        .expect(303);
    assert_eq!(kept.header("location"), "/queue?done=kept");
    assert_eq!(listed(&officer, "").await, ["L-0"]);
    assert_eq!(listed(&officer, "?tab=review&plain=yes").await.len(), 4);
    let other = app.sign_in("other-officer").await;
    assert_eq!(listed(&other, "").await.len(), 4, "an officer's filters are nobody else's");
    officer.send("/queue/filter", &[("filters", "")]).await.expect(303);
    assert_eq!(listed(&officer, "").await.len(), 4);
}

#[tokio::test]
async fn what_comes_in_is_told_without_showing_it() {
    let app = TestApp::start().await;
    market(&app).await;
    let officer = app.sign_in("officer").await;
    let page = officer.get("/queue").await.expect(200).text();
    let news = page.split("data-news=\"").nth(1).unwrap().split('"').next().unwrap();
    let news = news.replace("&#38;", "&").replace("&amp;", "&");
    let count = async || officer.get(&news).await.expect(200).json()["new"].as_u64().unwrap();
    let last = app.last_entry();
    assert_eq!(count().await, 0);
    assert_eq!(app.actions_since(last), [""; 0], "a number says nothing of anybody");
    app.stolen(&owned_bicycle(&frame_number(7))).await;
    app.push(&[bicycle("L-7", &frame_number(7))]).await;
    app.settle().await;
    assert_eq!(count().await, 1);
    let of_odense = news.replace("last=", "place=odense&last=");
    assert_eq!(officer.get(&of_odense).await.expect(200).json()["new"], 0);
}
