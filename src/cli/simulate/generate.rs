//! Feeds that nobody sells from: records of any number in every format, the same each time.

use serde_json::json;

use super::Format;

/// What stands before the records and after them.
pub(super) fn frame(format: Format) -> (&'static str, &'static str) {
    match format {
        Format::Ndjson | Format::Html => ("", ""),
        Format::JsonArray => ("[{\"id\":\"first\",\"title\":\"Ring\"}", "]"),
        Format::JsonLd => (
            "{\"@context\":\"https://schema.org\",\"@graph\":[{\"@type\":\"WebSite\"}",
            "]}",
        ),
        Format::GoogleTsv => (
            "id\ttitle\tdescription\tlink\timage_link\tavailability\tprice\tcondition\tbrand\tmpn\n",
            "",
        ),
        Format::GoogleRss => (
            "<?xml version=\"1.0\"?><rss xmlns:g=\"http://base.google.com/ns/1.0\"><channel>\n",
            "</channel></rss>",
        ),
        Format::EbayTsv => (
            "itemId\ttitle\tsubtitle\titemWebUrl\timage\tavailability\tpriceValue\tpriceCurrency\tcondition\tbrand\tmpn\tsellerUserId\n",
            "",
        ),
        Format::LiveAuctioneers => (
            "LotNum,Title,Description,StartPrice,Condition,Category,Consigner,ImageFile.1\n",
            "",
        ),
        Format::Csv => (
            "id;title;description;url;photos;status;price.amount;price.currency;condition;brand;model;seller.ref\n",
            "",
        ),
    }
}

/// One record, always the same for its number, with a photo below an address, or none where that is empty; one that is not sound has no title.
pub(super) fn record(format: Format, n: u64, sound: bool, photos: &str) -> String {
    let title = if sound { title(n) } else { String::new() };
    let text = text(n);
    let url = format!("https://lots.example/{n}");
    let image = if photos.is_empty() {
        String::new()
    } else {
        format!("{photos}/{n}.png")
    };
    let images: &[&str] = if photos.is_empty() { &[] } else { &[&image] };
    let price = format!("{}.{:02}", 20 + n * 7919 % 90_000, n % 100);
    let (brand, model, seller) = (WORDS[(n % 11) as usize], n * 31 % 4_000, n * 104_729 % 200_000);
    let node = || {
        json!({"@type": "IndividualProduct", "sku": n.to_string(), "name": title, "description": text, "url": url, "image": images,
            "brand": {"@type": "Brand", "name": brand}, "model": model.to_string(),
            "offers": {"@type": "Offer", "price": price, "priceCurrency": "DKK", "availability": "https://schema.org/InStock",
                "seller": {"@type": "Person", "identifier": format!("u-{seller}")}}})
    };
    let ours = || {
        json!({"id": n.to_string(), "title": title, "description": text, "url": url, "photos": images, "brand": brand,
            "model": model.to_string(), "price": {"amount": price, "currency": "DKK"}, "seller": {"ref": format!("u-{seller}")}})
    };
    match format {
        Format::Ndjson => format!("{}\n", ours()),
        Format::JsonArray => format!(",{}", ours()),
        Format::JsonLd => format!(",{}", node()),
        Format::Html => format!(
            "<!DOCTYPE html><html><head><title>{title}</title><script>var n = {n};</script>\
             <script type=\"application/ld+json\">{}</script></head><body><h1>{title}</h1><p>{text}</p></body></html>\n",
            node()
        ),
        Format::GoogleTsv => {
            format!("{n}\t{title}\t\"{text}\"\t{url}\t{image}\tin_stock\t{price} DKK\tused\t{brand}\t{model}\n")
        }
        Format::GoogleRss => format!(
            "<item><g:id>{n}</g:id><title>{title}</title><description><![CDATA[{text}]]></description><link>{url}</link>\
             <g:image_link>{image}</g:image_link><g:availability>in_stock</g:availability><g:price>{price} DKK</g:price>\
             <g:brand>{brand}</g:brand><g:mpn>{model}</g:mpn></item>\n"
        ),
        Format::EbayTsv => {
            format!("v1|{n}|0\t{title}\t\"{text}\"\t{url}\t{image}\tIN_STOCK\t{price}\tDKK\tUsed\t{brand}\t{model}\tu-{seller}\n")
        }
        Format::LiveAuctioneers => format!("{n},{title},\"{text}\",{price},used,Lots,u-{seller},{n}.png\n"),
        Format::Csv => format!("{n};{title};\"{text}\";{url};{image};active;{price};DKK;used;{brand};{model};u-{seller}\n"),
    }
}

const WORDS: [&str; 11] = [
    "Herrecykel",
    "Kamera",
    "Armbåndsur",
    "Ring",
    "Guitar",
    "Maleri",
    "Boremaskine",
    "Jakke",
    "Lampe",
    "Vase",
    "Skærm",
];

fn title(n: u64) -> String {
    let word = |at: u64| WORDS[(n / at % 11) as usize];
    format!(
        "{} {} nr. {}",
        word(1),
        word(13).to_lowercase(),
        n * 2_654_435_761 % 1_000_003
    )
}

fn text(n: u64) -> String {
    let words = (0..30).map(|at| WORDS[((n ^ (n >> (at % 7)) ^ (at * 5)) % 11) as usize].to_lowercase());
    let words: Vec<String> = words.collect();
    format!(
        "{}. Serienummer {:012}.",
        words.join(" "),
        n * 1_099_511_628_211 % 1_000_000_007
    )
}
