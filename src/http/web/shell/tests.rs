//! The shell and every component once, with hostile values.

#![allow(clippy::unwrap_used)]

use axum::body::to_bytes;
use proptest::prelude::*;

use super::*;

const HOSTILE: &str = r#""><script>alert('1')</script><b x='"#;

/// Every component; what is given to it stands in the fields.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "layout.html" %}
{% block before %}{% call c::back_link("/reports") %}{% endcall %}{% call c::breadcrumbs(page.navigation) %}{% endcall %}{% endblock %}
{% block content %}
<h1 class="govuk-heading-l">{{ page.title }}</h1>
<form method="post" action="/gallery" enctype="multipart/form-data">
{% call c::csrf(page) %}{% endcall %}
{% call c::input(page, "title", "What is it?", value = text, hint = text, required = true) %}{% endcall %}
{% call c::input(page, "frame", "Frame number", value = text, serial = true, width = "20") %}{% endcall %}
{% call c::textarea(page, "marks", "Marks", value = text, hint = "Scratches") %}{% endcall %}
{% call c::select(page, "category", "Category", choices, hint = text) %}{% endcall %}
{% call c::radios(page, "decision", "Your decision", choices) %}{% endcall %}
{% call c::checkboxes(page, "kinds", "Kinds", choices, hint = text) %}{% endcall %}
{% call c::date_time(page, "from", "When did you last see it?", date = "2026-11-14", time = "18:00", hint = "Danish time") %}{% endcall %}
{% call c::file_upload(page, "photo", "Photo", hint = "JPEG, PNG or WebP", multiple = true) %}{% endcall %}
<div class="govuk-button-group">{% call c::button("Continue") %}{% endcall %}{% call c::button("Save", look = "secondary", name = "do", value = text) %}{% endcall %}{% call c::link_button("/away", "Leave", look = "warning") %}{% endcall %}</div>
</form>
{% call c::summary_list(rows) %}{% endcall %}
{% call c::table("Reports", ["Report", "Serial", "Strength", "Status", "Evidence"]) %}
<tr class="govuk-table__row"><td class="govuk-table__cell" data-label="Report"><a class="govuk-link" href="/reports/1">{{ text }}</a></td>
<td class="govuk-table__cell" data-label="Serial">{% call c::serial(runs) %}{% endcall %}</td>
<td class="govuk-table__cell" data-label="Strength">{% call c::strength(93) %}{% endcall %}</td>
<td class="govuk-table__cell" data-label="Status">{% call c::tag("New", colour = "yellow") %}{% endcall %}</td>
<td class="govuk-table__cell" data-label="Evidence">{% for bar in bars %}{% call c::evidence_bar(bar) %}{% endcall %}{% endfor %}</td></tr>
{% endcall %}
{% call c::pagination(Some(text.clone()), None::<String>) %}{% endcall %}
{% call c::warning_text(text) %}{% endcall %}
{% call c::details("More") %}<p class="govuk-body">{{ text }}</p>{% endcall %}
{% call c::inset() %}<p class="govuk-body">{{ text }}</p>{% endcall %}
<div class="replevin-photos">
<figure class="replevin-photo"><img src="/static/icon.svg" alt="Registered as stolen"><figcaption>Registered</figcaption></figure>
<figure class="replevin-photo"><img src="/static/icon.svg" alt="Listed for sale"><figcaption>Listed</figcaption></figure>
</div>
{% endblock %}"#
)]
struct Gallery {
    page: Page,
    text: String,
    choices: Vec<Choice>,
    rows: Vec<SummaryRow>,
    runs: Vec<SerialRun>,
    bars: Vec<EvidenceBar>,
}

fn gallery(text: &str) -> Gallery {
    let mut page = Page::new(format!("Gallery {text}"))
        .with_error("title", text)
        .with_error("kinds", "Choose one")
        .with_error("", text);
    page.user = Some(Viewer {
        name: text.to_owned(),
        role: "officer".to_owned(),
    });
    page.navigation = vec![
        NavLink {
            current: true,
            ..NavLink::new("/queue", "Queue")
        },
        NavLink::new("/audit", text),
    ];
    page.notice = Some(Notice::success(text));
    page.csrf = text.to_owned();
    let choice = |value: &str, hint: &str, selected| Choice {
        value: value.to_owned(),
        label: format!("Choice {value}"),
        hint: hint.to_owned(),
        selected,
    };
    let bar = |log10_lr| EvidenceBar {
        log10_lr,
        log10_lr_max: 6.0,
    };
    Gallery {
        page,
        text: text.to_owned(),
        choices: vec![choice("one", "", true), choice(text, text, false)],
        rows: vec![
            SummaryRow {
                key: "Item".to_owned(),
                value: text.to_owned(),
                change: Some("/items/1/title".to_owned()),
                ..SummaryRow::default()
            },
            SummaryRow {
                key: "Serial".to_owned(),
                value: "GZ0O1Il".to_owned(),
                serial: true,
                change: None,
            },
        ],
        runs: serial_runs("GZ7710345", "GZ771O345"),
        bars: vec![bar(6.1), bar(-2.5), bar(0.0)],
    }
}

/// The tags of a page, attributes included.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.match_indices('<')
        .map(|(start, _)| &html[start..=start + html[start..].find('>').unwrap()])
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next()
}

#[test]
fn hostile_text_stays_text() {
    let html = gallery(HOSTILE).render().unwrap();
    assert!(!html.contains("<script>alert") && !html.contains("<b x"));
    assert_eq!(html.matches("<script").count(), 1, "the layout's own");
    for tag in tags(&html) {
        assert!(!tag.contains(" style=") && !tag.contains(" on"), "{tag}");
        for name in ["src", "href", "action"] {
            let value = attribute(tag, name).unwrap_or("/");
            assert!(value.starts_with(['/', '#']) || value.contains("&#"), "{tag}");
        }
    }
}

#[test]
fn every_control_has_its_label_and_every_reference_its_target() {
    let html = gallery("plain").render().unwrap();
    let ids: Vec<&str> = tags(&html).filter_map(|tag| attribute(tag, "id")).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "ids are unique");
    let labels: Vec<&str> = tags(&html).filter_map(|tag| attribute(tag, "for")).collect();
    let controls = tags(&html).filter(|tag| ["<input", "<select", "<textarea"].iter().any(|name| tag.starts_with(name)));
    let mut seen = 0;
    for tag in controls.filter(|tag| attribute(tag, "type") != Some("hidden")) {
        assert!(labels.contains(&attribute(tag, "id").unwrap()), "{tag}");
        seen += 1;
    }
    assert_eq!(seen, 11);
    for tag in tags(&html) {
        for name in ["aria-describedby", "aria-labelledby", "for"] {
            for target in attribute(tag, name).unwrap_or_default().split_whitespace() {
                assert!(ids.contains(&target), "{target} of {tag}");
            }
        }
        if let Some(target) = attribute(tag, "href").and_then(|href| href.strip_prefix('#')) {
            assert!(ids.contains(&target), "{tag}");
        }
    }
    assert_eq!(html.matches("<h1").count(), 1);
    assert!(html.contains("<title>Error: Gallery plain – Replevin</title>"));
}

#[tokio::test]
async fn responses_carry_the_security_headers() {
    let page = SignInPage {
        page: Page::new("Sign in"),
        name: String::new(),
        next: None,
        sign_up: None,
    };
    let response = render(StatusCode::OK, &page);
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
            .to_owned()
    };
    assert_eq!(
        header("content-security-policy"),
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'"
    );
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    let html = String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap();
    assert!(html.contains("<title>Sign in – Replevin</title>"));
    assert!(!html.contains("Sign out"), "nobody is signed in");
    assert!(html.contains(r#"name="csrf""#) && html.contains(r#"autocomplete="current-password""#));
}

#[test]
fn errors_belong_to_their_fields() {
    let page = SignInPage {
        page: Page::new("Sign in").with_error("password", "Enter your password"),
        name: "a@example.com".to_owned(),
        next: Some("/queue".to_owned()),
        sign_up: Some("/sign-up".to_owned()),
    };
    let html = page.render().unwrap();
    assert!(html.contains(r##"<a href="#password">Enter your password</a>"##));
    assert!(html.contains(r#"aria-describedby="password-error""#));
    assert!(!html.contains(r#"id="name-error""#));
    assert!(html.contains(r#"value="a@example.com""#) && html.contains(r#"name="next" value="/queue""#));
    assert!(
        !html.contains(r#"type="password" autocomplete="current-password" value"#),
        "a password is never sent back"
    );
}

#[test]
fn error_pages_say_what_to_do() {
    let page = ErrorPage {
        page: Page::new("Page not found"),
        paragraphs: vec!["If you typed the address, check it.".to_owned()],
        request_id: Some("0199-abc".to_owned()),
    };
    let html = page.render().unwrap();
    assert!(html.contains("check it.") && html.contains("0199-abc"));
}

#[test]
fn differing_characters_are_marked() {
    let cases = [
        ("GZ7710345", "GZ771O345", "GZ771[0]345"),
        ("same", "same", "same"),
        ("abcd", "ab", "ab[cd]"),
        ("ab", "abcd", "ab"),
        ("", "x", ""),
        ("æ1", "æI", "æ[1]"),
    ];
    for (serial, other, expected) in cases {
        let mark = |run: &SerialRun| {
            if run.differs {
                format!("[{}]", run.text)
            } else {
                run.text.clone()
            }
        };
        assert_eq!(serial_runs(serial, other).iter().map(mark).collect::<String>(), expected);
    }
}

proptest! {
    #[test]
    fn bars_stay_within_their_frame(log10_lr in any::<f64>(), log10_lr_max in 0.1_f64..20.0) {
        let bar = EvidenceBar { log10_lr, log10_lr_max };
        prop_assert!(bar.x() >= -100 && bar.x() + i16::from(bar.width()) <= 100);
        prop_assert!((1..=100).contains(&bar.width()));
    }
}
