//! What must hold of any bytes in any format, tried on the stored corpus, on the samples, and on thousands of changes of both.
//!
//! The same targets run under a fuzzer, for as long as one likes, by `scripts/fuzz`. Here the changes are the same each time.

use std::path::Path;

use replevin::feeds::Format;

#[path = "../fuzz/targets.rs"]
mod targets;

/// Changed bodies that are tried in each format, unless `REPLEVIN_CHANGES` says how many.
const CHANGES: usize = 400;
/// Longest body, bytes: many small ones reach more than a few large ones.
const BODY_BYTES_MAX: usize = 3_000;

/// What means something in one format or another.
const WORDS: [&[u8]; 40] = [
    b"\"",
    b"\\\"",
    b"\\",
    b"'",
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r\n",
    b"|",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"<",
    b">",
    b"</",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"&amp;",
    b"&#0;",
    b"<script type=\"application/ld+json\">",
    b"</script>",
    b"<item>",
    b"</item>",
    b"\"@type\":\"Product\"",
    b"\"@graph\":[",
    b"\"offers\":",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"\x1F\x8B",
    b"\0",
    b"\xE6",
    b"1e999",
    b"-1",
    b"\\ud800",
    b"sep=;\n",
];

/// Chance that is the same each time (an xorshift by Marsaglia).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % end.max(1)
    }

    /// A part of a body, as its ends.
    fn part(&mut self, length: usize) -> (usize, usize) {
        let from = self.below(length + 1);
        (from, from + self.below((length - from).min(200) + 1))
    }
}

/// A body with a few changes, in parts also another's.
fn changed(bodies: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut body = bodies[chance.below(bodies.len())].clone();
    for _ in 0..=chance.below(5) {
        let (from, to) = chance.part(body.len());
        match chance.below(6) {
            0 => drop(body.drain(from..to)),
            1 => {
                let part = body[from..to].to_vec();
                body.splice(from..from, part);
            }
            2 => {
                let word = WORDS[chance.below(WORDS.len())];
                body.splice(from..from, word.iter().copied());
            }
            3 => {
                let other = &bodies[chance.below(bodies.len())];
                let (start, end) = chance.part(other.len());
                body.splice(from..to, other[start..end].iter().copied());
            }
            4 => body.truncate(to),
            _ => {
                if let Some(byte) = body.get_mut(from) {
                    *byte = u8::try_from(chance.below(256)).unwrap();
                }
            }
        }
    }
    body.truncate(BODY_BYTES_MAX);
    body
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Tries a format on the stored corpus, the samples and changes of them.
fn try_format(format: Format, seed: u64) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut bodies = files(&root.join("tests/fuzz/corpus").join(format.word()));
    assert!(!bodies.is_empty(), "{format} has no corpus");
    let stored = bodies.len();
    bodies.extend(
        files(&root.join("fixtures/feeds"))
            .into_iter()
            .filter(|file| file.len() < 5_500),
    );
    bodies.iter().for_each(|body| targets::examine(format, body));
    // What was found to reach most is changed most.
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15 ^ seed);
    let more = std::env::var("REPLEVIN_CHANGES").ok().and_then(|number| number.parse().ok());
    for at in 0..more.unwrap_or(CHANGES) {
        let from = if at % 4 == 0 { &bodies[..] } else { &bodies[..stored] };
        let body = changed(from, &mut chance);
        if let Err(failed) = std::panic::catch_unwind(|| targets::examine(format, &body)) {
            println!("{format}: change {at} is {:?}", String::from_utf8_lossy(&body));
            std::panic::resume_unwind(failed);
        }
    }
}

#[test]
fn changed_bodies_hold_what_holds_of_any() {
    std::thread::scope(|scope| {
        for (seed, format) in (1..).zip(Format::ALL) {
            scope.spawn(move || try_format(format, seed));
        }
    });
}
