//! Hostile URLs, judged without a network.

#![allow(clippy::unwrap_used)]

use std::net::Ipv4Addr;

use proptest::prelude::*;
use url::Url;

use crate::domain::host::HostPort;
use crate::egress::target::{Route, check};
use crate::egress::{FetchError, FetchOptions};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Unparsable,
    Address,
    Scheme,
    Port,
    Credentials,
    Resolver,
}

fn judge(text: &str) -> Verdict {
    let Ok(url) = Url::parse(text) else {
        return Verdict::Unparsable;
    };
    match check(&FetchOptions::default(), &url, None) {
        Ok(Route::Guarded) => Verdict::Resolver,
        Ok(Route::Exempt) => unreachable!("nothing is exempt by default"),
        Err(FetchError::ForbiddenAddress) => Verdict::Address,
        Err(FetchError::Scheme) => Verdict::Scheme,
        Err(FetchError::Port { .. }) => Verdict::Port,
        Err(FetchError::Credentials) => Verdict::Credentials,
        Err(other) => unreachable!("{other:?}"),
    }
}

pub(super) const HOSTILE: &[(&str, Verdict)] = &[
    // loopback in every notation that a URL parser or a C library may accept
    ("http://127.0.0.1/", Verdict::Address),
    ("http://127.0.0.1:80/", Verdict::Address),
    ("https://127.0.0.1/", Verdict::Address),
    ("http://127.0.0.1./", Verdict::Address),
    ("http://127.1/", Verdict::Address),
    ("http://127.0.1/", Verdict::Address),
    ("http://127.255.255.254/", Verdict::Address),
    ("http://2130706433/", Verdict::Address),
    ("http://2130706433./", Verdict::Address),
    ("http://017700000001/", Verdict::Address),
    ("http://0177.0.0.1/", Verdict::Address),
    ("http://0177.0.0.0x1/", Verdict::Address),
    ("http://0x7f000001/", Verdict::Address),
    ("http://0x7F.0.0.1/", Verdict::Address),
    ("http://0x7f.1/", Verdict::Address),
    ("http://0x7f.0x0.0x0.0x1/", Verdict::Address),
    ("http://00000177.0.0.1/", Verdict::Address),
    ("http://127%2e0%2e0%2e1/", Verdict::Address),
    ("http://%31%32%37.0.0.1/", Verdict::Address),
    ("http://127。0。0。1/", Verdict::Address),
    ("http://127.0.0.1/", Verdict::Address),
    ("http://①②⑦.⓪.⓪.①/", Verdict::Address),
    ("http://1\t27.0.0.1/", Verdict::Address),
    ("http://127.0.0.1\\@cdn.example.com/", Verdict::Address),
    ("http:\\\\127.0.0.1\\", Verdict::Address),
    ("http:127.0.0.1/", Verdict::Address),
    ("http:///127.0.0.1/", Verdict::Address),
    ("HTTP://127.0.0.1/", Verdict::Address),
    ("  http://127.0.0.1/ ", Verdict::Address),
    ("http://0/", Verdict::Address),
    ("http://0.0.0.0/", Verdict::Address),
    ("http://00.00.00.00/", Verdict::Address),
    ("http://0x0/", Verdict::Address),
    ("http://0.1.2.3/", Verdict::Address),
    ("http://localhost/", Verdict::Address),
    ("http://LOCALHOST/", Verdict::Address),
    ("http://localhost./", Verdict::Address),
    ("http://foo.localhost/", Verdict::Address),
    ("http://foo.LocalHost./", Verdict::Address),
    ("http://ⓛocalhost/", Verdict::Address),
    // the other special ranges of IPv4
    ("http://10.0.0.1/", Verdict::Address),
    ("http://167772161/", Verdict::Address),
    ("http://012.1/", Verdict::Address),
    ("http://100.64.0.1/", Verdict::Address),
    ("http://100.100.100.200/latest/meta-data/", Verdict::Address),
    ("http://168.63.129.16/machine?comp=goalstate", Verdict::Address),
    ("http://169.254.169.254/latest/meta-data/", Verdict::Address),
    ("http://0xa9fea9fe/", Verdict::Address),
    ("http://2852039166/", Verdict::Address),
    ("http://0251.0376.0251.0376/", Verdict::Address),
    ("http://169.254.43518/", Verdict::Address),
    ("http://172.16.0.1/", Verdict::Address),
    ("http://172.31.255.255/", Verdict::Address),
    ("http://192.0.0.192/", Verdict::Address),
    ("http://192.0.2.1/", Verdict::Address),
    ("http://192.88.99.1/", Verdict::Address),
    ("http://192.168.1.1/", Verdict::Address),
    ("http://192.168.257/", Verdict::Address),
    ("http://198.18.0.1/", Verdict::Address),
    ("http://198.19.255.255/", Verdict::Address),
    ("http://198.51.100.1/", Verdict::Address),
    ("http://203.0.113.1/", Verdict::Address),
    ("http://224.0.0.1/", Verdict::Address),
    ("http://239.255.255.250/", Verdict::Address),
    ("http://240.0.0.1/", Verdict::Address),
    ("http://255.255.255.255/", Verdict::Address),
    ("http://4294967295/", Verdict::Address),
    // IPv6 and what hides an IPv4 address inside
    ("http://[::]/", Verdict::Address),
    ("http://[::1]/", Verdict::Address),
    ("http://[0:0:0:0:0:0:0:1]/", Verdict::Address),
    ("http://[0000::0001]/", Verdict::Address),
    ("http://[::127.0.0.1]/", Verdict::Address),
    ("http://[::ffff:127.0.0.1]/", Verdict::Address),
    ("http://[::ffff:7f00:1]/", Verdict::Address),
    ("http://[::FFFF:0a00:0001]/", Verdict::Address),
    ("http://[::ffff:8.8.8.8]/", Verdict::Address),
    ("http://[::ffff:0:127.0.0.1]/", Verdict::Address),
    ("http://[64:ff9b::127.0.0.1]/", Verdict::Address),
    ("http://[64:ff9b::a9fe:a9fe]/", Verdict::Address),
    ("http://[64:ff9b:1::10.0.0.1]/", Verdict::Address),
    ("http://[2001:0:7f00:1::]/", Verdict::Address),
    ("http://[2001:2::1]/", Verdict::Address),
    ("http://[2001:10::1]/", Verdict::Address),
    ("http://[2001:db8::1]/", Verdict::Address),
    ("http://[2002:7f00:1::]/", Verdict::Address),
    ("http://[2002:a9fe:a9fe::1]/", Verdict::Address),
    ("http://[2a00:1450::5efe:192.168.0.1]/", Verdict::Address),
    ("http://[100::1]/", Verdict::Address),
    ("http://[3fff::1]/", Verdict::Address),
    ("http://[5f00::1]/", Verdict::Address),
    ("http://[fc00::1]/", Verdict::Address),
    ("http://[fd00:ec2::254]/", Verdict::Address),
    ("http://[fe80::1]/", Verdict::Address),
    ("http://[fec0::1]/", Verdict::Address),
    ("http://[ff02::1]/", Verdict::Address),
    // names that stay inside by definition
    ("http://printer.local/", Verdict::Address),
    ("http://metadata.google.internal/computeMetadata/v1/", Verdict::Address),
    ("http://router.home.arpa/", Verdict::Address),
    ("http://hidden.onion/", Verdict::Address),
    // schemes, ports, user info
    ("file:///etc/passwd", Verdict::Scheme),
    ("ftp://cdn.example.com/a.jpg", Verdict::Scheme),
    ("gopher://127.0.0.1:6379/_INFO", Verdict::Scheme),
    ("data:image/png;base64,AAAA", Verdict::Scheme),
    ("javascript:alert(1)", Verdict::Scheme),
    ("unix:/run/docker.sock", Verdict::Scheme),
    ("ws://cdn.example.com/", Verdict::Scheme),
    ("jar:http://cdn.example.com!/", Verdict::Scheme),
    ("blob:https://cdn.example.com/1", Verdict::Scheme),
    ("http://cdn.example.com:22/", Verdict::Port),
    ("http://cdn.example.com:6379/", Verdict::Port),
    ("http://cdn.example.com:443/", Verdict::Port),
    ("https://cdn.example.com:80/", Verdict::Port),
    ("https://cdn.example.com:0/", Verdict::Port),
    ("http://127.0.0.1:8080/", Verdict::Port),
    ("https://cdn.example.com@127.0.0.1/", Verdict::Credentials),
    ("https://user:secret@cdn.example.com/", Verdict::Credentials),
    ("https://:secret@cdn.example.com/", Verdict::Credentials),
    ("https://cdn.example.com%2f@127.0.0.1/", Verdict::Credentials),
    // not URLs at all
    ("http://", Verdict::Unparsable),
    ("//127.0.0.1/", Verdict::Unparsable),
    ("/photos/1.jpg", Verdict::Unparsable),
    ("http://127.0.0.1:99999/", Verdict::Unparsable),
    ("http://256.256.256.256/", Verdict::Unparsable),
    ("http://127.0.0.1.5/", Verdict::Unparsable),
    ("http://0x100000000/", Verdict::Unparsable),
    ("http://[::1/", Verdict::Unparsable),
    ("http://[fe80::1%25eth0]/", Verdict::Unparsable),
    ("http://[::ffff:127.0.0.1.]/", Verdict::Unparsable),
    ("http://a b/", Verdict::Unparsable),
    ("http://cdn.example.com\u{0}.evil.example/", Verdict::Unparsable),
];

#[test]
fn hostile_urls_are_refused() {
    assert!(HOSTILE.len() >= 80);
    for (text, expected) in HOSTILE {
        assert_eq!(judge(text), *expected, "{text:?}");
    }
}

#[test]
fn harmless_urls_pass_on_to_the_resolver() {
    for text in [
        "https://cdn.example.com/1.jpg",
        "http://cdn.example.com:80/1.jpg?size=large#top",
        "https://CDN.example.com.:443/",
        "https://bücher.example.com/",
        "https://10.0.0.1.nip.example.com/",
        "https://localhost.example.com/",
        "http://8.8.8.8/",
        "http://[2606:4700::1111]/",
    ] {
        assert_eq!(judge(text), Verdict::Resolver, "{text:?}");
    }
}

#[test]
fn a_partners_own_hosts() {
    let options = FetchOptions {
        exempt: vec!["127.0.0.1:9000".parse().unwrap()],
        ..FetchOptions::default()
    };
    let allowed = [
        "photos.example.com".to_owned(),
        "*.CDN.example.com.".to_owned(),
        "8.8.8.8".to_owned(),
    ];
    let cases = [
        ("https://photos.example.com/1.jpg", true),
        ("https://PHOTOS.example.com./1.jpg", true),
        ("https://a.photos.example.com/1.jpg", false),
        ("https://example.com/1.jpg", false),
        ("https://a.cdn.example.com/1.jpg", true),
        ("https://a.b.cdn.example.com/1.jpg", true),
        ("https://cdn.example.com/1.jpg", false),
        ("https://evilcdn.example.com/1.jpg", false),
        ("https://photos.example.com.evil.example/1.jpg", false),
        ("https://134744072/1.jpg", true),
        ("http://127.0.0.1:9000/1.jpg", false),
    ];
    for (text, expected) in cases {
        let outcome = check(&options, &Url::parse(text).unwrap(), Some(&allowed));
        assert_eq!(outcome.is_ok(), expected, "{text}");
        assert!(expected || matches!(outcome, Err(FetchError::HostNotAllowed)), "{text}");
    }
    let url = Url::parse("https://photos.example.com/").unwrap();
    assert!(
        matches!(check(&options, &url, Some(&[])), Err(FetchError::HostNotAllowed)),
        "an empty list allows nothing"
    );
}

#[test]
fn exemptions_are_exact() {
    let exempt = ["127.0.0.1:9000", "intranet.local:8443", "[::1]:80"]
        .map(|text| text.parse().unwrap())
        .to_vec();
    let options = FetchOptions {
        exempt,
        ..FetchOptions::default()
    };
    let cases = [
        ("http://127.0.0.1:9000/", true),
        ("https://127.0.0.1:9000/", true),
        ("http://0x7f.1:9000/", true),
        ("http://127.0.0.1:9001/", false),
        ("http://127.0.0.2:9000/", false),
        ("http://localhost:9000/", false),
        ("https://Intranet.local:8443/", true),
        ("https://intranet.local/", false),
        ("http://[::1]/", true),
        ("https://[::1]/", false),
        ("http://user@127.0.0.1:9000/", false),
        ("ftp://127.0.0.1:9000/", false),
    ];
    for (text, expected) in cases {
        let outcome = check(&options, &Url::parse(text).unwrap(), None);
        assert_eq!(matches!(outcome, Ok(Route::Exempt)), expected, "{text}: {outcome:?}");
    }
}

#[test]
fn a_scheme_can_be_switched_off_and_ports_added() {
    let options = FetchOptions {
        http_ports: vec![],
        https_ports: vec![443, 8443],
        ..FetchOptions::default()
    };
    let outcome = |text| check(&options, &Url::parse(text).unwrap(), None);
    assert!(matches!(outcome("http://cdn.example.com/"), Err(FetchError::Scheme)));
    assert!(matches!(outcome("https://cdn.example.com:8443/"), Ok(Route::Guarded)));
    assert!(matches!(
        outcome("https://cdn.example.com:8444/"),
        Err(FetchError::Port { port: 8444, .. })
    ));
}

#[test]
fn host_ports_are_parsed_strictly() {
    for text in [
        "127.0.0.1",
        "127.0.0.1:",
        ":80",
        "a:b",
        "host:70000",
        "::1:80:",
        "http://host:80",
        "a b:80",
        ".:80",
    ] {
        assert!(text.parse::<HostPort>().is_err(), "{text}");
    }
    assert_eq!(
        "Photos.Example.com.:8080".parse::<HostPort>().unwrap().to_string(),
        "photos.example.com:8080"
    );
    assert_eq!("[::1]:80".parse::<HostPort>().unwrap().to_string(), "[::1]:80");
}

proptest! {
    /// However an IPv4 address is written, the verdict is the one about the address.
    #[test]
    fn notations_do_not_matter(bits in any::<u32>()) {
        let address = Ipv4Addr::from_bits(bits);
        let [a, b, c, d] = address.octets();
        let expected = judge(&format!("http://{address}/"));
        for host in [
            format!("{bits}"),
            format!("{bits:#x}"),
            format!("0{bits:o}"),
            format!("{a}.{b}.{}", bits & 0xffff),
            format!("{a}.{}", bits & 0x00ff_ffff),
            format!("{a:#x}.0{b:o}.{c}.{d:#X}").replace("0X", "0x"),
            format!("{address}."),
        ] {
            prop_assert_eq!(judge(&format!("http://{host}/")), expected, "{}", host);
        }
        prop_assert_eq!(judge(&format!("http://[::ffff:{address}]/")), Verdict::Address);
    }

    /// No text makes the check panic, and nothing on another scheme ever passes.
    #[test]
    fn any_text(text in "\\PC{0,60}") {
        if let Ok(url) = Url::parse(&text) && check(&FetchOptions::default(), &url, None).is_ok() {
            prop_assert!(matches!(url.scheme(), "http" | "https"));
        }
    }
}
