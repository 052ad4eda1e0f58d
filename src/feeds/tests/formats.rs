//! What is particular to each format: quoting, broken records, whose faults are told under which names.

use super::*;
use crate::domain::mapping::{Columns, Mapping};

fn read_with(format: Format, body: &[u8], mapping: Mapping) -> Parsed<ListingDraft<SellerGiven>> {
    let options = ReadOptions {
        mapping: Some(Arc::new(mapping)),
        ..ReadOptions::default()
    };
    listings(format, Cursor::new(body), &options).unwrap()
}

fn titles(parsed: &Parsed<ListingDraft<SellerGiven>>) -> Vec<&str> {
    parsed.good.iter().map(|draft| draft.description.title.as_str()).collect()
}

#[test]
fn rows_are_quoted_in_two_ways() {
    for (format, body, expected) in [
        (
            Format::Csv,
            "id,title\n1,\"a, \"\"b\"\"\nc\"\n2,d\r\n",
            vec!["a, \"b\"\nc", "d"],
        ),
        (Format::Csv, "id;title\n1;\"a;b\" \n", vec!["a;b"]),
        (Format::Csv, "sep=|\nid|title\n1|a;b\n", vec!["a;b"]),
        (
            Format::Csv,
            "id\ttitle\n1\t24\" screen\n2\t\"Old\" masters\n",
            vec!["24\" screen", "\"Old\" masters"],
        ),
        (Format::Csv, "id,title,,\n1,a,,\n2,b,,,,\n", vec!["a", "b"]),
        (
            Format::EbayTsv,
            "itemId\ttitle\titemWebUrl\n1\t\"8\\\" disk, C:\\\\x \\d\"\t\n2\tplain \\ text\t\n",
            vec!["8\" disk, C:\\x \\d", "plain \\ text"],
        ),
    ] {
        let parsed = read(format, body.as_bytes());
        assert_eq!((titles(&parsed), &parsed.rejected), (expected, &Vec::new()), "{body:?}");
    }
}

#[test]
fn a_stray_quote_costs_its_own_line() {
    for stray in ["2,\"open", "2,\"open,x", "2,a,b", "2"] {
        let body = format!("id,title\n1,a\n{stray}\n3,\"c\"\n4,d\n");
        let parsed = read(Format::Csv, body.as_bytes());
        assert_eq!(titles(&parsed), ["a", "c", "d"], "{stray}");
        assert_eq!(faults(&parsed), [(3, "")], "{stray}");
    }
    let last = read(Format::Csv, b"id,title\n1,a\n2,\"open");
    assert_eq!((titles(&last), faults(&last)), (vec!["a"], vec![(3, "")]));
}

#[test]
fn quotes_that_are_never_closed_are_read_in_passing() {
    // Each line opens one, and a megabyte follows without any.
    let mut body = "id,title\n".to_owned();
    (0..2_000).for_each(|n| body.push_str(&format!("{n},\"a\n")));
    body.push_str(&format!("1,{}\n", "b".repeat(200)).repeat(6_000));
    let parsed = read(Format::Csv, body.as_bytes());
    // Two such lines in a row close each other's quote and then have too many cells, or text after it.
    assert_eq!((parsed.good.len(), parsed.rejected_count), (6_000, 2_000));
}

#[test]
fn faults_are_told_under_the_columns_names() {
    let google = "id\ttitle\tlink\timage_link\tprice\tavailability\n\
                  1\ta\t\t\t5 EUR\tin stock\n\
                  2\tb\t\t\tcheap\tin stock\n\
                  3\t\tx\thttps://x.example/a b.jpg,y\t7\tperhaps\n";
    let parsed = read(Format::Csv, google.as_bytes());
    assert_eq!(titles(&parsed), ["a"]);
    assert_eq!(
        faults(&parsed),
        [
            (3, "price"),
            (4, "availability"),
            (4, "title"),
            (4, "link"),
            (4, "image_link"),
        ]
    );
    let none = read(Format::Csv, "Nr;Navn\n1;Ring\n".as_bytes());
    assert_eq!(faults(&none), [(2, "id"), (2, "title")]);
    assert!(none.rejected[0].reason.contains("Nr, Navn"), "{:?}", none.rejected);
}

#[test]
fn a_mapping_reads_any_table() {
    let mapping = Mapping {
        columns: [
            ("id", Columns::One("nr".to_owned())),
            ("title", Columns::Several(vec!["Navn".to_owned(), "Type".to_owned()])),
            ("price.amount", Columns::One("Pris".to_owned())),
            ("identifiers.serial", Columns::One("Serienr".to_owned())),
            ("photos", Columns::Several(vec!["Foto 1".to_owned(), "Foto 2".to_owned()])),
            ("seller.since", Columns::One("Kunde siden".to_owned())),
        ]
        .map(|(field, columns)| (field.to_owned(), columns))
        .into(),
        constants: [
            ("price.currency".to_owned(), "DKK".to_owned()),
            ("language".to_owned(), "da".to_owned()),
        ]
        .into(),
        photo_base: Some("https://x.example/p/".parse().unwrap()),
        id_prefix: "2026-".to_owned(),
        decimal_comma: true,
        ..Mapping::default()
    };
    let body =
        "Nr;Navn;Type;Pris;Serienr;Foto 1;foto_2\n7;Ring;guld;1.250,5;ukendt;a 1.jpg;https://y.example/b.jpg\n8;Ur;;;S-12345;;\n";
    let parsed = read_with(Format::Csv, body.as_bytes(), mapping);
    assert_eq!(parsed.rejected, []);
    let first = &parsed.good[0];
    assert_eq!(
        (first.reference.as_str(), first.description.title.as_str()),
        ("2026-7", "Ring guld")
    );
    assert_eq!(first.price.as_ref().unwrap().to_string(), "1250.50 DKK");
    let photos: Vec<&str> = first
        .photos
        .iter()
        .map(|photo| photo.url.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(photos, ["https://x.example/p/a%201.jpg", "https://y.example/b.jpg"]);
    assert_eq!(parsed.good[1].description.identifiers[0].value, "S-12345");
    assert_eq!(
        (&parsed.good[1].price, parsed.good[1].description.language.as_deref()),
        (&None, Some("da"))
    );
}

#[test]
fn faults_of_a_mapping_are_all_told() {
    let mapping: Mapping = serde_json::from_value(json!({
        "columns": {"titel": "x"}, "constants": {"price.sum": "1", "price.currency": "Kroner", "language": "da"}, "statuses": {"solgt": "gone"}, "separator": "\"",
        "charset": "klingon", "time_format": "%Q"
    }))
    .unwrap();
    let found = mapping::check(&mapping).unwrap_err();
    let found: Vec<&str> = found.iter().map(|fault| fault.field.as_str()).collect();
    let expected = [
        "columns.titel",
        "constants.price.sum",
        "constants.price.currency",
        "statuses.solgt",
        "separator",
        "charset",
        "time_format",
    ];
    assert_eq!(found, expected);
    assert!(serde_json::from_value::<Mapping>(json!({"colums": {}})).is_err());
}

#[test]
fn registers_come_as_tables_too() {
    let body = "id,brand,identifiers.frame_number,status,theft.from,theft.verified\ni-1,Cube,WBK 123456 Z,stolen,2026-11-14T18:00:00Z,true\n";
    let parsed = items(Format::Csv, Cursor::new(body), &ReadOptions::default()).unwrap();
    assert_eq!(parsed.rejected, []);
    assert!(parsed.good[0].theft.as_ref().unwrap().verified);
    assert_eq!(parsed.good[0].draft.description.identifiers.len(), 1);
}

#[test]
fn json_ld_comes_in_many_shapes() {
    let product = |id: &str| json!({"@type": "Product", "sku": id, "name": "t"});
    for (body, ids) in [
        (product("1").to_string(), vec!["1"]),
        (json!([product("1"), product("2")]).to_string(), vec!["1", "2"]),
        (format!("{}\n{}\n", product("1"), product("2")), vec!["1", "2"]),
        (format!("\u{feff}{}", json!({"@context": "https://schema.org", "@graph": [product("1")], "x": [1]})), vec!["1"]),
        (
            json!({"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": product("1")}, {"item": product("2")}]}).to_string(),
            vec!["1", "2"],
        ),
        (json!({"@type": "Offer", "price": 5, "priceCurrency": "EUR", "itemOffered": product("1")}).to_string(), vec!["1"]),
        (json!({"@type": "Review", "itemReviewed": product("1"), "mainEntity": product("2")}).to_string(), vec!["2"]),
        (json!({"@type": ["schema:Product", "x:Bicycle"], "schema:sku": 7, "http://schema.org/name": {"@value": "t"}, "productID": "1"}).to_string(), vec!["1"]),
        (json!({"@type": "ProductGroup", "hasVariant": [product("1")]}).to_string(), vec!["1"]),
    ] {
        let parsed = read(Format::JsonLd, body.as_bytes());
        let found: Vec<&str> = parsed.good.iter().map(|draft| draft.reference.as_str()).collect();
        assert_eq!((found, &parsed.rejected), (ids, &Vec::new()), "{body}");
    }
    for (body, lines) in [
        ("", vec![(1, "")]),
        ("{\"@type\":\"Person\"}", vec![(1, "")]),
        ("[{\"@type\":\"Product\",\"sku\":\"1\",\"name\":\"t\"},{oops}]", vec![(2, "")]),
        (
            "[{\"@type\":\"Product\",\"offers\":{\"price\":\"cheap\",\"priceCurrency\":\"kroner\",\"availability\":\"x\"}}]",
            vec![(1, "offers.price"), (1, "sku"), (1, "name"), (1, "offers.availability")],
        ),
        ("{\"@graph\":[", vec![(1, "")]),
        ("{\"@type\":\"Product\",\"sku\":\"1\"", vec![(1, "")]),
        ("product", vec![(1, "")]),
    ] {
        assert_eq!(faults(&read(Format::JsonLd, body.as_bytes())), lines, "{body}");
    }
}

#[test]
fn pages_are_read_as_a_browser_would() {
    let block = r#"{"@type":"Product","sku":"1","name":"t"}"#;
    for (page, found) in [
        (format!("<script type=application/ld+json>{block}</script>"), 1),
        (
            format!("<script type='application/ld+json'>//<![CDATA[\n{block}\n//]]></script >"),
            1,
        ),
        (
            format!("<SCRIPT class=x Type = \"application/LD+JSON\">{block}</SCRIPT\n>"),
            1,
        ),
        (
            format!("<textarea><script type=application/ld+json>{block}</script></textarea>"),
            0,
        ),
        (format!("<!-- <script type=application/ld+json>{block}</script> -->"), 0),
        (format!("<p title='<script type=application/ld+json>{block}</script>'>"), 0),
        (format!("<script data-type=application/ld+json>{block}</script>"), 0),
        (format!("<p>it's 5 < 6<script type=application/ld+json>{block}</script>"), 1),
        (format!("<script>x = '<script type=application/ld+json>'</script>{block}"), 0),
    ] {
        let parsed = read(Format::Html, page.as_bytes());
        assert_eq!(parsed.good.len(), found, "{page}: {:?}", parsed.rejected);
        assert_eq!(parsed.rejected_count, u64::from(found == 0), "{page}");
    }
    let cut = read(Format::Html, b"<script type=application/ld+json>{\"@type\":");
    assert_eq!(faults(&cut), [(1, "")]);
}

#[test]
fn a_broken_item_of_rss_costs_itself() {
    let item = |id: &str, more: &str| format!("<item>\n<g:id>{id}</g:id><title>t</title>{more}</item>\n");
    for bad in [
        "<item><g:id>2</g:id><title>t</item>\n".to_owned(),
        item("2", "<x>&nbsp;</x>"),
        item("2", "<x>&#xffffffff;</x>"),
        item("2", "<a></b>"),
        item("2", &format!("<x>{}</x>", "y".repeat(RECORD_BYTES_MAX))),
        "<item><g:id>2</g:id>\n".to_owned(),
        item("2", "<g:price>cheap</g:price>"),
    ] {
        let body = format!(
            "<rss>\n{}{bad}{}</rss>",
            item("1", ""),
            item("3", "<x><![CDATA[</item>]]></x><!-- <item> -->")
        );
        let parsed = read(Format::GoogleRss, body.as_bytes());
        let ids: Vec<&str> = parsed.good.iter().map(|draft| draft.reference.as_str()).collect();
        let shown = &bad[..bad.len().min(80)];
        assert_eq!(ids, ["1", "3"], "{shown}: {:?}", parsed.rejected);
        assert_eq!((parsed.rejected_count, parsed.rejected[0].line), (1, 4), "{shown}");
    }
    for body in [
        "<!DOCTYPE rss [<!ENTITY a \"b\">]><rss><item></item></rss>",
        "",
        "<rss></rss>",
        "<rss><item><g:id>1",
    ] {
        let parsed = read(Format::GoogleRss, body.as_bytes());
        assert_eq!((parsed.good.len(), parsed.rejected_count), (0, 1), "{body}");
    }
}

#[test]
fn an_rss_document_that_ends_between_two_items_says_so() {
    let item = "<item><g:id>1</g:id><title>t</title></item>\n";
    for (end, faults_told) in [
        ("", 1),
        ("<!-- </channel> -->", 1),
        ("</channel>", 0),
        ("</channel ></rss >", 0),
    ] {
        let parsed = read(Format::GoogleRss, format!("<rss><channel>{item}{item}{end}").as_bytes());
        assert_eq!((parsed.good.len(), parsed.rejected.len()), (2, faults_told), "{end}");
    }
}

#[test]
fn one_bad_of_ten_thousand_is_told_in_every_format() {
    let bad = 6_789;
    let price = |n: usize| if n == bad { "cheap" } else { "12.50 EUR" };
    let row = |n: usize| format!("{n}\tThing {n}\thttps://x.example/{n}\t\t{}\n", price(n));
    let node = |n: usize| json!({"@type": "Product", "sku": n.to_string(), "name": "t", "offers": {"price": price(n), "priceCurrency": "EUR"}});
    let ours = |n: usize| json!({"id": n.to_string(), "title": "t", "price": {"amount": price(n).trim_end_matches(" EUR"), "currency": "EUR"}});
    let each = |write: &dyn Fn(usize) -> String| (1..=10_000).map(write).collect::<String>();
    let list = |write: &dyn Fn(usize) -> Value| Value::Array((1..=10_000).map(write).collect()).to_string();
    let lots = |n: usize| format!("{n},Lot {n},{}\n", price(n).trim_end_matches(" EUR"));
    let script = |n: usize| format!("<script type='application/ld+json'>{}</script>\n", node(n));
    for (format, body, line, field) in [
        (Format::Ndjson, each(&|n| format!("{}\n", ours(n))), bad, "price.amount"),
        (Format::JsonArray, list(&ours), bad, "price.amount"),
        (Format::JsonLd, list(&node), bad, "offers.price"),
        (Format::Html, each(&script), bad, "offers.price"),
        (
            Format::GoogleTsv,
            format!("id\ttitle\tlink\timage_link\tprice\n{}", each(&row)),
            bad + 1,
            "price",
        ),
        (
            Format::EbayTsv,
            format!("itemId\ttitle\titemWebUrl\timage\tprice\n{}", each(&row)),
            bad + 1,
            "price",
        ),
        (
            Format::GoogleRss,
            each(&|n| {
                format!(
                    "<item><g:id>{n}</g:id><title>t</title><g:price>{}</g:price></item>\n",
                    price(n)
                )
            }) + "</channel></rss>",
            bad,
            "g:price",
        ),
        (
            Format::LiveAuctioneers,
            format!("LotNum,Title,StartPrice\n{}", each(&lots)),
            bad + 1,
            "StartPrice",
        ),
        (
            Format::Csv,
            format!("id,title,price.amount\n{}", each(&lots)),
            bad + 1,
            "price.amount",
        ),
    ] {
        let currency = Mapping {
            constants: [("price.currency".to_owned(), "EUR".to_owned())].into(),
            ..Mapping::default()
        };
        let parsed = read_with(format, body.as_bytes(), currency);
        assert_eq!(parsed.good.len(), 9_999, "{format}: {:?}", parsed.rejected.first());
        assert_eq!(faults(&parsed), [(line as u64, field)], "{format}");
        assert!(
            parsed
                .good
                .iter()
                .all(|draft| draft.price.as_ref().unwrap().hundredths == 1_250),
            "{format}"
        );
    }
}

#[test]
fn what_is_told_of_a_record_is_short_whatever_it_quotes() {
    let long = "x".repeat(20_000);
    for (format, body) in [
        (Format::Csv, format!("{long},b\n1,2\n")),
        (
            Format::GoogleRss,
            format!("<rss><channel><item><title>&{long};</title></item></channel></rss>"),
        ),
        (
            Format::GoogleRss,
            format!("<rss><channel><item><{long}></wrong></item></channel></rss>"),
        ),
    ] {
        let parsed = read(format, body.as_bytes());
        assert!(parsed.rejected_count >= 1, "{format}");
        let told = parsed.rejected.iter().map(|line| line.field.len().max(line.reason.len()));
        assert!(told.max().unwrap() < 1_000, "{format}");
    }
}
