//! What operators see: alive, ready, figures, refusals in one shape, a second process kept out.

use crate::support::TestApp;

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
async fn refusals_have_one_shape_and_an_id() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    client.get("/api/v1/nothing").await.expect_problem(404);
    let answer = client.get("/api/v1/nothing").await;
    assert!(!answer.header("x-request-id").is_empty());
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
