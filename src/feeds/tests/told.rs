//! What partners write beyond what a format knows, and as people write it: read where that is plain, told where it is not.

use super::losses::read_as;
use super::*;

#[test]
fn columns_that_no_format_knows_are_told_and_numbers_in_them_are_read() {
    let google = "id\ttitle\tlink\timage_link\tshipping\tIMEI-Nr.\tcondition_report\n\
                  1\tTelefon\t\t\tDK:59\t490154203237518\t\n\
                  2\tUr\t\t\t\t\tgood\n3\tRing\t\t\t\t\tfair\n";
    let rss = "<rss xmlns:g=\"http://base.google.com/ns/1.0\"><channel><item><g:id>1</g:id><title>Telefon</title><c:imei>490154203237518</c:imei>\
               <g:shipping>x</g:shipping></item><item><g:id>2</g:id><title>Ur</title><c:condition_report>good</c:condition_report></item>\
               <item><g:id>3</g:id><title>Ring</title><c:condition_report>fair</c:condition_report></item></channel></rss>";
    let ebay = "itemId\ttitle\titemWebUrl\tcategoryId\tserialNumber\tlocalizedAspects\n1\tKamera\t\t7\tAB123456\t\n2\tUr\t\t\t\tx\n3\tRing\t\t\t\ty\n";
    let live = "LotNum,Title,StartPrice,Serial No,Origin\n1,Kamera,,AB123456,\n2,Ur,,,DK\n3,Ring,,,DK\n";
    for (format, body, field, kind) in [
        (Format::GoogleTsv, google, "condition_report", "imei"),
        (Format::GoogleRss, rss, "c:condition_report", "imei"),
        (Format::EbayTsv, ebay, "localizedAspects", "serial"),
        (Format::LiveAuctioneers, live, "Origin", "serial"),
    ] {
        let parsed = read(format, body.as_bytes());
        assert_eq!(parsed.good.len(), 3, "{format}: {:?}", parsed.rejected);
        let numbers = serde_json::to_value(&parsed.good[0].description.identifiers).unwrap();
        assert_eq!(numbers[0]["kind"], kind, "{format}");
        let [note] = &parsed.notes[..] else {
            panic!("{format}: {:?}", parsed.notes)
        };
        assert_eq!((note.field.as_str(), note.records), (field, 2), "{format}");
        assert!(
            note.line > 0 && note.reason.contains("no field is read from this column"),
            "{note}"
        );
    }
    // A table of one's own says itself what is read; it is told how.
    let own = read_as(
        Format::Csv,
        b"Nr;Titel;IMEI\n1;Ur;\n2;Telefon;490154203237518\n",
        json!({"columns": {"id": "Nr", "title": "Titel"}}),
    );
    assert_eq!(
        own.notes[0].to_string(),
        "IMEI: no field is read from this column, though its name announces identifiers: name it in the feed's mapping as \
         \"identifiers.imei\", or call it so (1 record, line 3)"
    );
    let lines = read(
        Format::Ndjson,
        b"{\"id\":\"1\",\"title\":\"Telefon\",\"imei\":\"490154203237518\"}\n",
    );
    assert!(
        lines.notes[0].reason.ends_with("as {\"kind\":\"imei\",\"value\":\"…\"}"),
        "{:?}",
        lines.notes
    );
}

#[test]
fn properties_that_nobody_lists_are_told_and_numbers_in_them_are_read() {
    let product = json!([
        {"@type": "Product", "sku": "1", "name": "Telefon", "imei": "490154203237518", "lensMount": "EF", "aggregateRating": {"ratingValue": 5},
         "offers": {"@type": "Offer", "price": "5", "priceCurrency": "DKK", "priceValidUntil": "2026-12-01", "hall": "B"}},
        {"@type": "Product", "sku": "2", "name": "Kamera", "additionalProperty": [
            {"@type": "PropertyValue", "name": "Serienummer", "value": "AB123456"},
            {"@type": "PropertyValue", "name": "Lens mount", "value": "EF"}]},
        {"@type": "Product", "sku": "3", "name": "Kamera", "identifier": {"@type": "PropertyValue", "propertyID": "IMEI", "value": 490154203237518_u64}, "lensMount": "EF"},
    ]);
    let parsed = read(Format::JsonLd, product.to_string().as_bytes());
    assert_eq!(parsed.rejected, []);
    let numbers = |at: usize| serde_json::to_value(&parsed.good[at].description.identifiers).unwrap();
    assert_eq!(numbers(0)[0]["value"], "490154203237518");
    assert_eq!(
        (&numbers(1)[0]["kind"], &numbers(1)[0]["value"]),
        (&json!("serial"), &json!("AB123456"))
    );
    assert_eq!(numbers(2)[0]["kind"], "imei");
    let found: Vec<(&str, u64, u64)> = parsed
        .notes
        .iter()
        .map(|note| (note.field.as_str(), note.records, note.line))
        .collect();
    assert_eq!(
        found,
        [
            ("lensMount", 2, 1),
            ("offers.hall", 1, 1),
            ("additionalProperty Lens mount", 1, 2)
        ]
    );
    // What waits in quarantine keeps them.
    let content = Content::Node(
        json!({"@type": "Product", "sku": "1", "imei": "490154203237518", "owner": "Karl",
        "additionalProperty": [{"name": "Serienummer", "value": "AB123456"}, {"name": "Ejer", "value": "Karl"}]}),
    );
    let kept = kept::keep(&content, &ReadOptions::default(), &|text: &str| text.len().to_string()).unwrap();
    assert!(
        kept.contains("490154203237518") && kept.contains("AB123456") && !kept.contains("Karl"),
        "{kept}"
    );
}

#[test]
fn an_id_of_several_columns_and_an_encoding_of_dos() {
    let mapping =
        json!({"columns": {"id": ["Sale", "Lot"], "title": "Titel"}, "id_separator": "-", "id_prefix": "N", "charset": "cp850"});
    let parsed = read_as(Format::Csv, b"Sale;Lot;Titel\nA12;7;Sk\x91rm\nA13;7;Ur\nA13;;Vase\n", mapping);
    let read: Vec<(&str, &str)> = parsed
        .good
        .iter()
        .map(|draft| (draft.reference.as_str(), draft.description.title.as_str()))
        .collect();
    assert_eq!(read, [("NA12-7", "Skærm"), ("NA13-7", "Ur")]);
    let faults: Vec<(u64, &str)> = parsed
        .rejected
        .iter()
        .map(|fault| (fault.line, fault.field.as_str()))
        .collect();
    assert_eq!(faults, [(4, "Sale")], "{:?}", parsed.rejected);
    let joined = json!({"columns": {"id": ["Sale", "Lot"], "title": "Titel"}, "id_separator": "-"});
    let lacking = read_as(Format::Csv, b"Lot;Titel\n7;Ur\n", joined);
    assert_eq!(
        (lacking.good.len(), lacking.rejected[0].field.as_str()),
        (0, "Lot"),
        "{:?}",
        lacking.rejected
    );
    let first = json!({"columns": {"id": ["Sale", "Lot"], "title": "Titel"}});
    assert_eq!(read_as(Format::Csv, b"Sale;Lot;Titel\n;7;Ur\n", first).good[0].reference, "7");
}

#[test]
fn prices_are_read_as_people_write_them() {
    let line = |price: Value, country: &str| {
        let record = json!({"id": "1", "title": "Ring", "price": price, "location": {"country": country}});
        let parsed = read(Format::Ndjson, format!("{record}\n").as_bytes());
        assert_eq!(parsed.rejected, [], "{record}");
        let note = parsed.notes.first().map(|note| note.field.clone());
        (parsed.good[0].price.as_ref().map(ToString::to_string), note)
    };
    let price = |text: &str| Some(text.to_owned());
    let thousands = || Some("price.amount".to_owned());
    assert_eq!(
        line(json!({"amount": "1.200", "currency": "DKK"}), "DK"),
        (price("1200.00 DKK"), thousands())
    );
    assert_eq!(
        line(json!({"amount": "1.200.000", "currency": "EUR"}), "DE"),
        (price("1200000.00 EUR"), thousands())
    );
    assert_eq!(
        line(json!({"amount": 1.2, "currency": "DKK"}), "DK"),
        (price("1.20 DKK"), None)
    );
    assert_eq!(
        line(json!({"amount": "0.125", "currency": "DKK"}), "DK"),
        (price("0.12 DKK"), None)
    );
    assert_eq!(
        line(json!({"amount": "1.200", "currency": "KWD"}), "KW"),
        (price("1.20 KWD"), None)
    );
    assert_eq!(
        line(json!({"amount": "1200", "currency": "kr."}), "DK"),
        (price("1200.00 DKK"), None)
    );
    assert_eq!(
        line(json!({"amount": "1200", "currency": "kr"}), "SE"),
        (price("1200.00 SEK"), None)
    );
    assert_eq!(
        line(json!({"amount": "1200", "currency": "kr."}), "DE"),
        (None, Some("price.currency".to_owned()))
    );
    let table = |mapping: Value, body: &str| {
        let parsed = read_as(Format::Csv, body.as_bytes(), mapping);
        assert_eq!(parsed.rejected, [], "{body}");
        parsed.good[0].price.as_ref().map(ToString::to_string)
    };
    let columns = json!({"id": "Nr", "title": "Titel", "price.amount": "Pris", "price.currency": "Valuta"});
    let danish = json!({"columns": columns, "constants": {"location.country": "DK"}, "decimal_comma": true});
    assert_eq!(
        table(danish.clone(), "Nr;Titel;Pris;Valuta\n1;Ring;1.200;kr.\n"),
        price("1200.00 DKK")
    );
    assert_eq!(
        table(danish.clone(), "Nr;Titel;Pris;Valuta\n1;Ring;1.200,50 kr;DKK\n"),
        price("1200.50 DKK")
    );
    assert_eq!(table(danish, "Nr;Titel;Pris;Valuta\n1;Ring;1,200;kr.\n"), price("1.20 DKK"));
    let alone = json!({"columns": {"id": "Nr", "title": "Titel", "price": "Pris"}, "constants": {"location.country": "SE"}});
    assert_eq!(table(alone, "Nr;Titel;Pris\n1;Ring;1.200 kr.\n"), price("1200.00 SEK"));
}
