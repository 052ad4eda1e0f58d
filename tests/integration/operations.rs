//! What operators see: alive, ready, figures, refusals in one shape, a second process kept out.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use reqwest::Method;

use crate::support::{PATIENCE, TestApp};

#[tokio::test]
async fn a_fresh_service_is_alive_and_ready() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    client.get("/healthz").await.expect(200);
    assert_eq!(client.get("/readyz").await.expect(200).json()["ready"], true);
    app.settle().await;
    assert_eq!(app.figures().await.value("replevin_rows{table=\"listings\"}"), 0);
}

#[tokio::test]
async fn no_stranger_makes_figures_grow() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for (method, path) in [("BREW", "/nothing"), ("STEEP", "/api/v1/items"), ("GET", "/sign-in")] {
        client.send(client.request(method.parse().unwrap(), path)).await;
    }
    let figures = app.figures().await.0;
    let methods: BTreeSet<&str> = figures
        .lines()
        .filter(|line| line.starts_with("replevin_http_seconds"))
        .filter_map(|line| line.split_once("method=\"")?.1.split('"').next())
        .collect();
    assert_eq!(methods, BTreeSet::from(["GET", "other"]));
}

#[tokio::test]
async fn samples_are_drawn_together_although_nobody_reads_them() {
    let app = TestApp::start().await;
    let until = Instant::now() + PATIENCE;
    while !app.figures().await.0.contains("\nreplevin_figures_rounds_total ") {
        assert!(Instant::now() < until, "no round was made:\n{}", app.log());
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

#[tokio::test]
async fn refusals_have_one_shape_and_an_id() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    client.get("/api/v1/nothing").await.expect_problem(404);
    let answer = client.get("/api/v1/nothing").await;
    let id = answer.header("x-request-id").to_owned();
    assert!(!id.is_empty());
    assert_eq!(answer.expect_problem(404)["request_id"], id);
    let description = client.get("/api/openapi.json").await.expect(200).json();
    assert!(
        description["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3."))
    );
}

#[tokio::test]
async fn a_second_process_is_kept_out() {
    let app = TestApp::start().await;
    let second = app.command("serve").args(["--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another replevin process"));
}

#[tokio::test]
async fn data_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let mut app = TestApp::start().await;
    app.stop();
    std::fs::set_permissions(app.data(), std::fs::Permissions::from_mode(0o750)).unwrap();
    let refused = app.command("serve").args(["--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("others can read"));
}

#[tokio::test]
async fn figures_are_for_who_stands_behind_no_proxy() {
    let app = TestApp::start().await;
    for path in ["/metrics", "/readyz"] {
        app.anonymous().get(path).await.expect(200);
        let forwarded = app
            .anonymous()
            .request(Method::GET, path)
            .header("X-Forwarded-For", "203.0.113.9");
        app.anonymous().send(forwarded).await.expect_problem(404);
    }
}

#[tokio::test]
async fn figures_have_an_address_of_their_own_where_a_proxy_is_in_front() {
    let app = TestApp::start_with("public_url = \"https://replevin.example\"").await;
    app.anonymous().get("/healthz").await.expect(200);
    app.anonymous().get("/metrics").await.expect_problem(404);
    app.anonymous().get("/readyz").await.expect_problem(404);

    let app = TestApp::start_with("public_url = \"https://replevin.example\"\noperations_listen = \"127.0.0.1:0\"").await;
    app.anonymous().get("/metrics").await.expect_problem(404);
    let log = app.whole_log();
    let line = log.lines().find(|line| line.contains("listening for operators")).unwrap();
    let address = line.split_once("127.0.0.1:").unwrap().1;
    let port: String = address.chars().take_while(char::is_ascii_digit).collect();
    let operators = crate::support::Client::at(([127, 0, 0, 1], port.parse().unwrap()).into());
    for path in ["/healthz", "/readyz", "/metrics"] {
        operators.get(path).await.expect(200);
    }
    operators.get("/sign-in").await.expect(404);
}

#[tokio::test]
async fn keys_are_not_made_beside_a_database() {
    let mut app = TestApp::start().await;
    app.stop();
    let keys = app.data().join("keys");
    std::fs::rename(&keys, app.data().join("elsewhere")).unwrap();
    let refused = app.command("serve").args(["--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is missing beside a database"));
    assert!(!keys.join("sellers").exists());
}
