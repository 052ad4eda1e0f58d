//! What hangs together, and what excludes one another: across partners by what the listings show and say, and rivals' shares.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::people::{PARTNER, STRANGER};
use crate::support::samples::{bicycle, frame_number, owned_bicycle, picture};
use crate::support::{Client, TestApp};

const TEXT: &str =
    "Købt i Vejle for ti år siden, ny kæde, lygterne virker, håndtaget er slidt, kan ses efter aftale ved stationen";

/// A listing that says nothing but this.
fn saying(reference: &str, number: &str, text: &str) -> Value {
    let mut listing = bicycle(reference, number);
    (listing["title"], listing["description"]) = (json!("Cykel"), json!(text));
    listing
}

async fn put_photo(partner: &Client, slug: &str, reference: &str, name: &str) {
    let path = format!("/api/v1/partners/{slug}/listings/{reference}/photos/1");
    let put = partner.send_bytes(Method::PUT, &path, "image/jpeg", picture(name));
    put.await.expect(200);
}

#[tokio::test]
async fn listings_of_two_partners_hang_together_by_what_they_show_and_say() {
    let app = TestApp::start().await;
    for n in 0..4 {
        app.stolen(&owned_bicycle(&frame_number(n))).await;
    }
    let stranger = app.with(&app.people.stranger);
    app.push(&[saying("A", &frame_number(0), TEXT)]).await;
    let theirs = [
        saying("B", &frame_number(1), &format!("{TEXT} nu")),
        saying("C", &frame_number(2), "hentes"),
        saying("D", &frame_number(3), "skal væk"),
    ];
    stranger.push(STRANGER, &theirs).await.expect(200);
    // The second picture is the first one, made smaller and saved anew.
    put_photo(&app.partner(), PARTNER, "A", "i-044-1.jpg").await;
    put_photo(&stranger, STRANGER, "C", "nordlys-1018-1.jpg").await;
    app.settle().await;
    let queue = app.queue().await;
    let report = |reference: &str| {
        let row = queue.iter().find(|row| row["listing"]["ref"] == reference);
        let row = row.unwrap_or_else(|| panic!("{reference} is not reported: {queue:#?}"));
        (row["id"].as_str().unwrap().to_owned(), row["number"].as_u64().unwrap())
    };
    let (first, number) = report("A");
    let set = app
        .officer()
        .get(&format!("/api/v1/reports/{first}/series"))
        .await
        .expect(200)
        .json();
    let members = set["members"].as_array().unwrap();
    let links = |reference: &str| {
        let member = members.iter().find(|member| member["report"] == report(reference).0.as_str());
        member.map(|member| member["links"].clone())
    };
    assert_eq!(links("A"), Some(json!(["near_photo", "text"])), "{set}");
    assert_eq!(
        (links("B"), links("C")),
        (Some(json!(["text"])), Some(json!(["near_photo"]))),
        "{set}"
    );
    assert_eq!(links("D"), None, "nothing links it");
    assert_eq!((&set["items"], &set["not_compared"]), (&json!(3), &json!(false)));
    let page = app
        .sign_in("officer")
        .await
        .get(&format!("/reports/{}/series", report("C").0))
        .await;
    let page = page.expect(200).text();
    for says in [
        format!("The listing shows nearly the same photo as that of SR-{number}: they differ in "),
        format!("The listing’s text is nearly word for word that of SR-{number}, and few other listings read so."),
        "Reports on one item or on one listing exclude one another".to_owned(),
    ] {
        assert!(page.contains(&says), "{says}:\n{page}");
    }
}

/// A sewing machine of somebody's with a picture, reported stolen and verified.
async fn stolen_with_picture(app: &TestApp, owner: &Client) {
    let item = owner
        .post("/api/v1/items", &json!({"title": "Symaskine"}))
        .await
        .expect(201)
        .id();
    let path = format!("/api/v1/items/{item}/photos/1");
    let put = owner.send_bytes(Method::PUT, &path, "image/jpeg", picture("i-001-1.jpg"));
    put.await.expect(200);
    let now = chrono::Utc::now();
    let theft = json!({"items": [item], "from": now - chrono::TimeDelta::hours(30), "to": now - chrono::TimeDelta::hours(20),
        "circumstances": "The shed was broken open."});
    let theft = owner.post("/api/v1/theft-reports", &theft).await.expect(201).id();
    app.verify_theft(&theft).await;
}

#[tokio::test]
async fn rivals_for_a_listing_share_it_and_exclude_one_another() {
    // Each has less than half: reported all the same.
    let app = TestApp::start_with("[matching]\nreport_threshold = 0.2").await;
    stolen_with_picture(&app, &app.owner()).await;
    stolen_with_picture(&app, &app.with(&app.people.other_owner)).await;
    app.push(&[json!({"id": "S-1", "title": "Gammel maskine", "seller": {"ref": "one"}, "status": "active"})])
        .await;
    put_photo(&app.partner(), PARTNER, "S-1", "i-001-1.jpg").await;
    app.settle().await;
    let queue = app.queue().await;
    assert_eq!(queue.len(), 2, "{queue:#?}");
    let shares: Vec<f64> = queue.iter().map(|row| row["probability"].as_f64().unwrap()).collect();
    let sum: f64 = shares.iter().sum();
    assert!(sum <= 1.0 && shares.iter().all(|share| *share > 0.2), "{shares:?}");
    let first = queue[0]["id"].as_str().unwrap();
    let page = app.report_page(first).await;
    let contest = page.split("Which item is this listing?").nth(2).unwrap();
    let contest = contest.split("</table>").next().unwrap();
    let none = match 1.0 - sum {
        few if few < 0.01 => "below 0.01".to_owned(),
        left => format!("{left:.2}"),
    };
    for expected in ["This report", "None of them, or what is too improbable for a report", &none] {
        assert!(contest.contains(expected), "{expected}:\n{contest}");
    }
    assert_eq!(contest.matches("aria-label=\"Share\"").count(), 3, "{contest}");
    let record = app.report_record(first).await;
    let told = &record["rivals"]["for_listing"];
    let parts = [&told["own"], &told["others"][0]["share"], &told["none"]].map(|part| part.as_f64().unwrap());
    assert!((parts.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{told}");
    let set = app
        .officer()
        .get(&format!("/api/v1/reports/{first}/series"))
        .await
        .expect(200)
        .json();
    let any = set["any"].as_f64().unwrap();
    assert!((any - sum).abs() < 1e-4, "{set}");
    assert_eq!(
        (&set["items"], &set["all"]),
        (&json!(2), &json!(0.0)),
        "one listing is one item at most"
    );
    // What turned out not to be it leaves the contest.
    app.decide(first, "dismissed").await;
    let page = app.report_page(queue[1]["id"].as_str().unwrap()).await;
    assert!(page.contains("none: turned out not to be it"), "{page}");
}

#[tokio::test]
async fn what_was_seen_stands_apart_from_what_is_concluded() {
    let app = TestApp::start().await;
    let cases = app.open_cases(2).await;
    let (seen, concluded) = ("The frame number is on photo 2.", "It is the stolen bicycle.");
    app.step(&cases[0].report, "take", &json!({})).await;
    let decision = json!({"decision": "confirmed", "reasons": ["same_number"], "facts": seen, "reason": concluded});
    let state = app.step(&cases[0].report, "review", &decision).await;
    assert_eq!((&state["facts"], &state["reason"]), (&json!(seen), &json!(concluded)));
    let page = app.report_page(&cases[0].report).await;
    let facts = page.split("Seen (facts)").nth(1).unwrap();
    assert!(facts.split("Concluded (assessment)").next().unwrap().contains(seen), "{page}");
    assert!(page.contains(&format!("Seen: {seen}")) && page.contains(&format!("Concluded: {concluded}")));
    let pack = app
        .officer_on_case()
        .post(&format!("/api/v1/reports/{}/evidence-packs", cases[0].report), &json!({}))
        .await;
    // The parts of a bundle stand in it as they are.
    let bundle = String::from_utf8_lossy(&pack.expect(200).body).into_owned();
    assert!(bundle.contains(&format!("seen: {seen}; concluded: {concluded}")));

    // On the page the facts are a field of their own, which may stay empty.
    let officer = app.sign_in("officer").await;
    let address = format!("/reports/{}", cases[1].report);
    officer.send(&format!("{address}/take"), &[]).await.expect(303);
    let form = officer.get(&address).await.expect(200).text();
    assert!(form.contains("name=\"facts\"") && form.contains("name=\"reason\""), "{form}");
    let fields = [
        ("decision", "dismissed"),
        ("dismissed_reasons", "too_little"),
        ("facts", seen),
        ("reason", "Too little to go on."),
    ];
    let check = officer.send(&format!("{address}/decision"), &fields).await.expect(200).text();
    assert!(
        check.contains("What you saw") && check.contains(seen) && check.contains("name=\"facts\""),
        "{check}"
    );
    let sent = [&fields[..], &[("step", "send")]].concat();
    officer.send(&format!("{address}/decision"), &sent).await.expect(303);
    assert_eq!(app.report_record(&cases[1].report).await["facts"], json!(seen));
}
