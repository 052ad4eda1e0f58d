//! `/photos/{sha256}`: whose photos somebody may see on pages, role by role, and what the log says of each look.

use reqwest::Method;

use crate::support::people::PARTNER;
use crate::support::samples::{bicycle, frame_number, owned_bicycle, picture};
use crate::support::{Client, TestApp};

/// Everybody, by the first part of their address.
const PEOPLE: [&str; 9] = [
    "owner",
    "other-owner",
    "partner",
    "other-partner",
    "officer",
    "other-officer",
    "supervisor",
    "auditor",
    "admin",
];
const REPORT: &str = "report_consulted";
const THEFT: &str = "theft_report_consulted";

/// A photo, and who sees it with which entry in the log; an own photo leaves none.
struct Case {
    what: &'static str,
    sha256: String,
    seen_by: Vec<(&'static str, &'static str)>,
}

async fn put(client: &Client, path: &str, name: &str) -> String {
    let kept = client.send_bytes(Method::PUT, path, "image/jpeg", picture(name)).await;
    let kept = kept.expect(200).json();
    kept["sha256"].as_str().unwrap().to_owned()
}

async fn item_photo(client: &Client, item: &str, name: &str) -> String {
    put(client, &format!("/api/v1/items/{item}/photos/1"), name).await
}

async fn listing_photo(app: &TestApp, reference: &str, name: &str) -> String {
    let path = format!("/api/v1/partners/{PARTNER}/listings/{reference}/photos/1");
    put(&app.partner(), &path, name).await
}

/// The stolen item, and a photo of every sort.
async fn cases(app: &TestApp) -> (String, Vec<Case>) {
    let (owner, other) = (app.owner(), app.with(&app.people.other_owner));
    let home = app.register(&owned_bicycle(&frame_number(20))).await;
    let at_home = item_photo(&owner, &home, "i-001-1.jpg").await;
    let stolen = app.register(&owned_bicycle(&frame_number(0))).await;
    let of_stolen = item_photo(&owner, &stolen, "i-002-1.jpg").await;
    let theft = app.report_theft(&[&stolen]).await;
    app.verify_theft(&theft).await;
    let registered = other
        .post("/api/v1/items", &owned_bicycle(&frame_number(21)))
        .await
        .expect(201);
    let others = item_photo(&other, &registered.id(), "i-003-1.jpg").await;
    app.push(&[
        bicycle("L-0", &frame_number(0)),
        bicycle("L-20", &frame_number(20)),
        bicycle("L-50", &frame_number(50)),
    ])
    .await;
    app.settle().await;
    assert_eq!(app.queue().await.len(), 1);
    let reported = listing_photo(app, "L-0", "brightwater-1003-1.jpg").await;
    let asked_about = listing_photo(app, "L-20", "brightwater-1008-1.jpg").await;
    let unreported = listing_photo(app, "L-50", "brightwater-1010-1.jpg").await;
    app.settle().await;
    let police = |entry: &'static str| ["officer", "other-officer", "supervisor"].map(|name| (name, entry));
    let case = |what, sha256, seen_by: &[(&'static str, &'static str)]| Case {
        what,
        sha256,
        seen_by: seen_by.to_vec(),
    };
    let with_police = |own, entry| [&[own][..], &police(entry)].concat();
    let cases = vec![
        case("an item at home", at_home, &[("owner", "")]),
        case("a stolen item", of_stolen, &with_police(("owner", ""), THEFT)),
        case("another owner's item at home", others, &[("other-owner", "")]),
        case("a listing in a report", reported, &with_police(("partner", ""), REPORT)),
        case(
            "a listing that an owner is asked about",
            asked_about,
            &[("owner", ""), ("partner", "")],
        ),
        case("a listing that nobody has to do with", unreported, &[("partner", "")]),
    ];
    (stolen, cases)
}

#[tokio::test]
async fn a_photo_is_shown_to_whom_it_concerns_and_each_look_of_the_police_is_logged() {
    let app = TestApp::start().await;
    let (stolen, cases) = cases(&app).await;
    let mut faults = Vec::new();
    for name in PEOPLE {
        let session = app.sign_in(name).await;
        for case in &cases {
            for size in ["", "?size=small"] {
                let last = app.last_entry();
                let answer = session.get(&format!("/photos/{}{size}", case.sha256)).await;
                let seen = case.seen_by.iter().find(|(who, _)| *who == name);
                let (status, entry) = seen.map_or((404, "access_refused"), |(_, entry)| (200, *entry));
                let expected: Vec<&str> = Some(entry).filter(|entry| !entry.is_empty()).into_iter().collect();
                let logged = app.actions_since(last);
                if answer.status.as_u16() != status || logged != expected {
                    faults.push(format!("{} by {name}: {}, logged {logged:?}", case.what, answer.status));
                }
                if status == 200
                    && (answer.header("content-type") != "image/jpeg" || answer.header("cache-control") != "no-store")
                {
                    faults.push(format!("{} by {name}: {:?}", case.what, answer.headers));
                }
            }
        }
        let last = app.last_entry();
        session.get(&format!("/photos/{}", "ab".repeat(32))).await.expect(404);
        assert_eq!(app.actions_since(last), [""; 0], "a photo that is nowhere concerns nobody");
    }
    let nobody = app.anonymous().get(&format!("/photos/{}", cases[0].sha256)).await;
    assert_eq!(
        (nobody.status.as_u16(), nobody.header("location").split('?').next()),
        (303, Some("/sign-in"))
    );
    // Out of the register, it is none of the police's business any more.
    let withdrawn = serde_json::json!({"status": "withdrawn"});
    app.owner()
        .patch(&format!("/api/v1/items/{stolen}"), &withdrawn)
        .await
        .expect(200);
    let officer = app.sign_in("officer").await;
    officer.get(&format!("/photos/{}", cases[1].sha256)).await.expect(404);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn any_photo_of_one_side_stands_beside_any_of_the_other() {
    let app = TestApp::start().await;
    let stolen = app.register(&owned_bicycle(&frame_number(0))).await;
    let item = |number: u8| format!("/api/v1/items/{stolen}/photos/{number}");
    let ours = [
        put(&app.owner(), &item(1), "i-002-1.jpg").await,
        put(&app.owner(), &item(2), "i-001-1.jpg").await,
    ];
    let theft = app.report_theft(&[&stolen]).await;
    app.verify_theft(&theft).await;
    app.push(&[bicycle("L-0", &frame_number(0))]).await;
    let theirs = listing_photo(&app, "L-0", "i-001-1.jpg").await;
    app.settle().await;
    let report = app.queue().await[0]["id"].as_str().unwrap().to_owned();
    let officer = app.sign_in("officer").await;
    let shown = async |choice: &str| {
        let page = officer.get(&format!("/reports/{report}{choice}")).await.expect(200).text();
        let at = page.find("id=\"compare\"").unwrap();
        let stage = page[at..].split("</section>").next().unwrap().to_owned();
        (page, stage)
    };
    let large = |stage: &str, sha256: &str| stage.contains(&format!("<img src=\"/photos/{sha256}\""));
    // What agrees stands first; the other one leads to itself.
    let (page, stage) = shown("").await;
    assert!(stage.contains("The two photos that were compared"), "{stage}");
    assert!(large(&stage, &ours[1]) && large(&stage, &theirs), "{stage}");
    assert!(page.contains("?ours=1&amp;theirs=1#compare"), "{page}");
    let (_, stage) = shown("?ours=1&theirs=1").await;
    assert!(stage.contains("The two photos that you chose"), "{stage}");
    assert!(large(&stage, &ours[0]) && large(&stage, &theirs), "{stage}");
    assert!(
        !stage.contains("mark the same detail") && stage.contains("Back to the two"),
        "{stage}"
    );
    for nonsense in ["?ours=9&theirs=0", "?ours=two", "?ours=2"] {
        let (_, stage) = shown(nonsense).await;
        assert!(stage.contains("The two photos that were compared"), "{nonsense}: {stage}");
    }
}
