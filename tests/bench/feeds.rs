//! How fast feeds are read, and in how much memory: a generated feed in each format, compressed, read record by record.
//!
//!     cargo bench --bench feeds -- --megabytes 2000 --format google-tsv
//!
//! `--megabytes` is the size before compression. One line of JSON a format comes out: records a second, and how much more memory
//! than before was in use at most while reading, as the operating system counts it. The feed lies in a temporary file.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, Write};
use std::time::Instant;

use clap::Parser;
use flate2::Compression;
use flate2::write::GzEncoder;
use replevin::feeds::{Format, ReadOptions, each_listing, inflate::gunzip};
use serde_json::json;

/// How fast feeds are read, and in how much memory.
#[derive(Parser)]
struct Options {
    /// Size of a feed before compression, megabytes.
    #[arg(long, default_value_t = 200)]
    megabytes: u64,
    /// Only this format.
    #[arg(long)]
    format: Option<Format>,
    /// What cargo adds.
    #[arg(long = "bench", hide = true)]
    _cargo: bool,
}

fn main() {
    let options = Options::parse();
    for format in Format::ALL
        .into_iter()
        .filter(|format| options.format.is_none_or(|only| only == *format))
    {
        let mut file = tempfile::tempfile().unwrap();
        let bytes = generate(format, options.megabytes << 20, &file);
        file.rewind().unwrap();
        let compressed = file.metadata().unwrap().len();
        let idle = memory_kib();
        let (mut good, mut rejected, mut most) = (0_u64, 0_u64, idle);
        let begun = Instant::now();
        let stream = gunzip(BufReader::with_capacity(1 << 16, file), compressed, u64::MAX);
        each_listing(format, stream, &ReadOptions::default(), |read| {
            match read.result {
                Ok(_) => good += 1,
                Err(_) => rejected += 1,
            }
            if good.is_multiple_of(10_000) {
                most = most.max(memory_kib());
                eprint!("\r{format}: {good} records");
            }
            Ok(())
        })
        .unwrap();
        eprintln!();
        let seconds = begun.elapsed().as_secs_f64();
        let line = json!({
            "format": format.word(), "megabytes": bytes >> 20, "compressed_megabytes": compressed >> 20, "records": good,
            "rejected": rejected, "records_a_second": (good as f64 / seconds).round(), "seconds": (seconds * 10.0).round() / 10.0,
            "memory_above_idle_mib": (most - idle) >> 10,
        });
        println!("{line}");
    }
}

/// Writes a feed of about `bytes_wanted`, compressed; how large it is before that.
fn generate(format: Format, bytes_wanted: u64, file: &File) -> u64 {
    let mut sink = GzEncoder::new(BufWriter::with_capacity(1 << 20, file), Compression::fast());
    let (head, tail) = frame(format);
    sink.write_all(head.as_bytes()).unwrap();
    let (mut written, mut number) = (head.len() as u64, 0);
    while written < bytes_wanted {
        let record = record(format, number);
        sink.write_all(record.as_bytes()).unwrap();
        written += record.len() as u64;
        number += 1;
    }
    sink.write_all(tail.as_bytes()).unwrap();
    sink.finish().unwrap().flush().unwrap();
    written
}

/// What stands before the records and after them.
fn frame(format: Format) -> (&'static str, &'static str) {
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

fn record(format: Format, n: u64) -> String {
    let (title, text) = (title(n), text(n));
    let url = format!("https://lots.example/{n}");
    let image = format!("https://img.example/{n}/1.jpg");
    let price = format!("{}.{:02}", 20 + n * 7919 % 90_000, n % 100);
    let (brand, model, seller) = (WORDS[(n % 11) as usize], n * 31 % 4_000, n * 104_729 % 200_000);
    let node = || {
        json!({"@type": "IndividualProduct", "sku": n.to_string(), "name": title, "description": text, "url": url, "image": [image],
            "brand": {"@type": "Brand", "name": brand}, "model": model.to_string(),
            "offers": {"@type": "Offer", "price": price, "priceCurrency": "DKK", "availability": "https://schema.org/InStock",
                "seller": {"@type": "Person", "identifier": format!("u-{seller}")}}})
    };
    let ours = || {
        json!({"id": n.to_string(), "title": title, "description": text, "url": url, "photos": [image], "brand": brand,
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
        Format::LiveAuctioneers => format!("{n},{title},\"{text}\",{price},used,Lots,u-{seller},{n}.jpg\n"),
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

/// Memory in use, as the operating system counts it, KiB.
fn memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}
