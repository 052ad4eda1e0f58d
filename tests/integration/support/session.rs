//! Somebody signed in on the web pages, and the forms that they send.

use reqwest::Method;
use reqwest::header::COOKIE;

use super::people::PASSWORD;
use super::{Answer, Client, TestApp};

/// Forms with files end so.
const MULTIPART: [&str; 6] = ["/photos", "/letters/new", "/search", "/searches", "/sample", "/shown"];

/// Somebody who is signed in.
pub struct Session {
    /// The first part of their address.
    pub name: &'static str,
    /// The token of this session's forms.
    pub csrf: String,
    client: Client,
    cookie: String,
}

impl TestApp {
    /// Signs in on the web pages as one of the people of the tests, by the first part of their address.
    pub async fn sign_in(&self, name: &'static str) -> Session {
        let client = self.anonymous();
        let form = [
            ("name", format!("{name}@replevin.example")),
            ("password", PASSWORD.to_owned()),
        ];
        let signed_in = client
            .send_bytes(Method::POST, "/sign-in", "application/x-www-form-urlencoded", encoded(&form))
            .await
            .expect(303);
        let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
        let mut session = Session {
            name,
            client,
            cookie,
            csrf: String::new(),
        };
        let home = session.get(signed_in.header("location")).await.text();
        if let Some((_, token)) = home.split_once("name=\"csrf\" value=\"") {
            session.csrf = token.split_once('"').unwrap().0.to_owned();
        }
        session
    }
}

impl Session {
    /// Opens a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    /// Sends a form with this session's token and these fields.
    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("csrf", self.csrf.clone())];
        all.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let request = self.client.request(Method::POST, path).header(COOKIE, &self.cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.client.send(request.body(encoded(&all))).await
    }

    /// Sends a form with a file, or with none chosen.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], file: Option<(&str, Vec<u8>)>) -> Answer {
        let mut body = Vec::new();
        let token = ("csrf", self.csrf.as_str());
        for (name, value) in std::iter::once(&token).chain(fields) {
            body.extend(format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
        }
        let (name, bytes) = file.unwrap_or(("photo", Vec::new()));
        let head = format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"a.jpg\"\r\n");
        body.extend(format!("{head}content-type: image/jpeg\r\n\r\n").into_bytes());
        body.extend(bytes);
        body.extend(b"\r\n--x--\r\n");
        let request = self.client.request(Method::POST, path).header(COOKIE, &self.cookie);
        let request = request.header("content-type", "multipart/form-data; boundary=x");
        self.client.send(request.body(body)).await
    }

    /// Opens a page, or sends a form that holds nothing but a token.
    pub async fn ask(&self, method: Method, path: &str, csrf: Option<&str>) -> Answer {
        let mut request = self.client.request(method.clone(), path).header(COOKIE, &self.cookie);
        if method == Method::POST && MULTIPART.iter().any(|end| path.ends_with(end)) {
            let token = csrf.unwrap_or_default();
            let body = format!("--x\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--x--\r\n");
            request = request.header("content-type", "multipart/form-data; boundary=x").body(body);
        } else if method == Method::POST {
            let body = csrf.map(|token| format!("csrf={token}")).unwrap_or_default();
            request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        self.client.send(request).await
    }
}

fn encoded(fields: &[(&str, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
