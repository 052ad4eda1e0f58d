//! Checks before publishing: the answer tells nothing of an item, and one on what is stolen is a lead for the police.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::samples::{frame_number, owned_bicycle, picture};
use crate::support::{Client, TestApp};

const CHECKS: &str = "/api/v1/checks";

fn by_number(id: &str, number: &str) -> Value {
    json!({"id": id, "identifiers": [{"kind": "frame_number", "value": number}]})
}

async fn ask(client: &Client, check: &Value) -> Value {
    client.post(CHECKS, check).await.expect(200).json()
}

#[tokio::test]
async fn a_check_on_what_is_stolen_is_referred_and_tells_nothing() {
    let app = TestApp::start().await;
    app.stolen(&owned_bicycle(&frame_number(1))).await;
    app.register(&owned_bicycle(&frame_number(2))).await;
    app.settle().await;
    let partner = app.partner();
    let last = app.last_entry();
    let refer = ask(&partner, &by_number("L-1", &frame_number(1))).await;
    let safe = ask(&partner, &by_number("L-1", &frame_number(2))).await;
    let unknown = ask(&partner, &by_number("L-1", &frame_number(3))).await;
    assert_eq!((&refer["answer"], &refer["id"]), (&json!("refer"), &json!("L-1")));
    assert_eq!(safe["answer"], "clear", "what is safe at home is its owner's to sell");
    assert_eq!(safe, unknown);
    let fields = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(&refer), fields(&safe), "one shape");
    assert!(
        !refer.to_string().contains("Kildemoes") && !refer.to_string().contains("4100"),
        "{refer}"
    );
    assert_eq!(app.actions_since(last), ["checked", "lead_raised", "checked", "checked"]);
    // However it is written.
    let number = frame_number(1);
    let slipped = format!("{} {}{}", &number[..3], &number[3..8], &number[8..].to_lowercase());
    assert_eq!(ask(&partner, &by_number("L-1", &slipped)).await["answer"], "refer");
}

#[tokio::test]
async fn a_lead_stands_at_the_police_desk_until_it_is_followed_up() {
    let app = TestApp::start().await;
    let item = app.stolen(&owned_bicycle(&frame_number(1))).await;
    app.settle().await;
    for _ in 0..3 {
        ask(&app.partner(), &by_number("L-9", &frame_number(1))).await;
    }
    let officer = app.sign_in("officer").await;
    let page = officer.get("/leads").await.expect(200).text();
    for shown in [
        "Kildemoes herrecykel",
        "4100-77777-00001-26",
        &frame_number(1),
        "2 times since",
        "L-9",
        "Nordlys",
    ] {
        assert!(page.contains(shown), "{shown} is missing:\n{page}");
    }
    let id = page
        .split_once("action=\"/leads/")
        .unwrap()
        .1
        .split_once('"')
        .unwrap()
        .0
        .to_owned();
    let (path, field) = (format!("/leads/{id}"), format!("note-{id}"));
    officer.send(&path, &[(&field, "")]).await.expect(422);
    officer
        .send(&path, &[(&field, "Called the partner: it keeps the bicycle.")])
        .await
        .expect(303);
    let page = officer.get("/leads").await.expect(200).text();
    assert!(
        page.contains("it keeps the bicycle") && page.contains("followed up") && !page.contains("<textarea"),
        "{page}"
    );
    officer.send(&path, &[(&field, "Twice.")]).await.expect(404);
    // Asked again, it is open again; an officer's own check is none.
    ask(&app.partner(), &by_number("L-10", &frame_number(1))).await;
    ask(&app.officer(), &by_number("mine", &frame_number(1))).await;
    let page = officer.get("/leads").await.expect(200).text();
    assert!(
        page.contains("3 times since") && page.contains("L-10") && !page.contains("mine"),
        "{page}"
    );
    // What is back with its owner is no police matter.
    let back = json!({"status": "recovered"});
    app.owner().patch(&format!("/api/v1/items/{item}"), &back).await.expect(200);
    app.settle().await;
    assert!(!officer.get("/leads").await.expect(200).text().contains("Kildemoes"));
    assert_eq!(
        ask(&app.partner(), &by_number("L-11", &frame_number(1))).await["answer"],
        "clear"
    );
}

#[tokio::test]
async fn a_batch_is_answered_line_by_line() {
    let app = TestApp::start().await;
    app.stolen(&owned_bicycle(&frame_number(1))).await;
    app.settle().await;
    let checks = [
        by_number("a", &frame_number(1)),
        json!({"title": 7.5}),
        by_number("c", &frame_number(3)),
    ];
    let lines = format!("{}\n\nnonsense\n{}\n{}\n", checks[0], checks[1], checks[2]);
    let partner = app.partner();
    let answer = partner
        .send_bytes(Method::POST, CHECKS, "application/x-ndjson", lines)
        .await
        .expect(200)
        .json();
    let told: Vec<_> = (answer["answers"].as_array().unwrap().iter())
        .map(|one| {
            (
                one["line"].as_u64().unwrap(),
                one["id"].as_str().unwrap(),
                one["answer"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [(1, "a", "refer"), (5, "c", "clear")]);
    let wrong: Vec<_> = (answer["rejected"].as_array().unwrap().iter())
        .map(|one| (one["line"].as_u64().unwrap(), one["field"].as_str().unwrap()))
        .collect();
    assert_eq!(wrong, [(3, ""), (4, "title")]);
    let array = ask(&partner, &json!(checks)).await;
    assert_eq!(
        (&array["answers"][1]["line"], &array["rejected"][0]["line"]),
        (&json!(3), &json!(2))
    );
    for (body, field) in [
        (json!({}), ""),
        (json!([]), ""),
        (json!(vec![by_number("x", &frame_number(3)); 501]), ""),
        (
            json!({"identifiers": [{"kind": "frame_number", "value": "ukendt"}]}),
            "identifiers[0].value",
        ),
        (json!({"image": "not Base64!"}), "image"),
        (json!({"image": STANDARD.encode("no picture")}), "image"),
    ] {
        let problem = partner.post(CHECKS, &body).await.expect_problem(400);
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
}

#[tokio::test]
async fn a_number_that_can_be_none_is_no_answer() {
    let app = TestApp::start().await;
    let mut telephone = owned_bicycle(&frame_number(1));
    telephone["identifiers"] = json!([{"kind": "imei", "value": "490154203237518"}]);
    telephone["title"] = json!("Telefon");
    app.stolen(&telephone).await;
    app.settle().await;
    let partner = app.partner();
    let imei = |value: &str| json!({"title": "Telefon", "identifiers": [{"kind": "imei", "value": value}]});
    // A slip beside what is stolen is found, and said to be one.
    let near = ask(&partner, &imei("490154203237519")).await;
    assert_eq!(near["answer"], "refer", "{near}");
    assert_eq!(near["unreadable"][0]["field"], "identifiers[0].value");
    // Beside nothing it is no answer, nor is one with a letter in it.
    for value in ["356938035643801", "35693803564380A"] {
        let problem = partner.post(CHECKS, &imei(value)).await.expect_problem(400);
        assert_eq!(problem["errors"][0]["field"], "identifiers[0].value", "{problem}");
        let reason = problem["errors"][0]["reason"].as_str().unwrap();
        assert!(reason.contains("could not be checked"), "{reason}");
        let batch = ask(&partner, &json!([imei("356938035643809"), imei(value)])).await;
        assert_eq!(
            (&batch["answers"][0]["answer"], &batch["answers"][1]),
            (&json!("clear"), &json!(null))
        );
        assert_eq!(batch["rejected"][0]["line"], 2);
    }
    // With something else that was checked it is an answer on that, and says so.
    let mut both = imei("356938035643801");
    both["identifiers"]
        .as_array_mut()
        .unwrap()
        .push(json!({"kind": "serial", "value": "AB-1234567"}));
    let rest = ask(&partner, &both).await;
    assert_eq!(
        (&rest["answer"], rest["unreadable"].as_array().unwrap().len()),
        (&json!("clear"), 1)
    );
    assert!(
        rest["advice"].as_str().unwrap().contains("as far as it could be checked"),
        "{rest}"
    );
}

#[tokio::test]
async fn a_picture_is_enough() {
    let app = TestApp::start().await;
    let item = app.register(&owned_bicycle(&frame_number(1))).await;
    app.put_item_photo(&item, 1, picture("i-004-1.jpg")).await;
    app.verify_theft(&app.report_theft(&[&item]).await).await;
    app.settle().await;
    let shown = |name: &str| json!({"image": STANDARD.encode(picture(name))});
    assert_eq!(ask(&app.partner(), &shown("i-004-1.jpg")).await["answer"], "refer");
    assert_eq!(ask(&app.partner(), &shown("i-001-1.jpg")).await["answer"], "clear");
}

#[tokio::test]
async fn who_goes_through_numbers_is_slowed() {
    let app = TestApp::start().await;
    // They count although none of them can be read, which keeps the test short.
    let checks = json!(vec![json!({}); 500]);
    for _ in 0..6 {
        let answer = ask(&app.partner(), &checks).await;
        assert_eq!(answer["rejected"].as_array().unwrap().len(), 500);
    }
    let slowed = app.partner().post(CHECKS, &checks).await;
    let wait: u32 = slowed.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(slowed.expect_problem(429)["type"], "too_fast");
    ask(&app.officer(), &by_number("x", &frame_number(1))).await;
}
