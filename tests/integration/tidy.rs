//! How the code is laid out: which module may import which, how long files and functions may be, what may not stand in them.
//!
//! Reads the sources as text, in the form that rustfmt gives them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// Which modules of the service a module may import. `index` is the engine; the last two of the list, `cli` and `lifecycle`,
/// may import everything, and so may the crate's root.
const ARROWS: &[(&str, &[&str])] = &[
    // Value types of the engine that the domain's own types hold: `Sequence`, kinds of identifiers, fingerprints.
    ("domain", &["index"]),
    // The same value types, as they are kept in rows.
    ("store", &["domain", "index"]),
    // Grammars of identifiers: a record's numbers are checked at the door.
    ("feeds", &["domain", "index"]),
    ("egress", &["domain"]),
    ("evidence", &[]),
    // The one bounded decoder of pictures: a photo is read before it is kept, and drawn anew before it is shown.
    ("intake", &["domain", "store", "index"]),
    ("casework", &["domain", "store"]),
    ("access", &["domain", "store"]),
    ("matching", &["domain", "store", "index"]),
    ("notify", &["domain", "store", "egress"]),
    ("config", &["domain"]),
    (
        "app",
        &[
            "access", "casework", "domain", "egress", "evidence", "index", "intake", "matching", "notify", "store",
        ],
    ),
    // A job's own state, cursors and what is due, stands in the store; one of them hashes pictures of an older version anew.
    (
        "jobs",
        &[
            "app", "casework", "domain", "egress", "feeds", "index", "intake", "matching", "notify", "store",
        ],
    ),
    // `store` to read only, which `http_only_reads_the_store` holds. Grammars of the engine: what is wrong with a number that an
    // owner types, where two numbers differ on the officer's page; and how many records each side of the index has.
    (
        "http",
        &[
            "access", "app", "casework", "domain", "evidence", "feeds", "index", "intake", "matching", "notify", "store",
        ],
    ),
];
const FREE: [&str; 4] = ["cli", "lifecycle", "lib", "main"];

/// Crates that one module alone may name, beside `cli`, `lifecycle` and `main`.
const KEPT_CRATES: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("reqwest", &["egress"]),
    ("lettre", &["egress"]),
    ("axum", &["http"]),
    ("hyper", &["http"]),
    ("askama", &["http"]),
    ("krilla", &["evidence"]),
    ("utoipa", &["http", "feeds"]),
    ("clap", &[]),
    ("anyhow", &[]),
];

/// Words that may not stand in the sources: things left undone, modules that become hubs, types whose name says nothing.
const FORBIDDEN: &[&str] = &[
    "todo!",
    "unimplemented!",
    "dbg!(",
    "// TODO",
    "// FIXME",
    "for now",
    "mod util",
    "mod utils",
    "mod common",
    "mod helpers",
    "mod misc",
    "struct Match ",
    "enum Match ",
    "static mut",
];

/// What the engine may not ask: the time, chance, the network.
const FORBIDDEN_IN_ENGINE: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "std::net",
    "getrandom",
    "std::env",
];

struct Source {
    path: PathBuf,
    /// As in `src/store/items.rs`.
    name: String,
    text: String,
}

impl Source {
    /// The text without its unit tests: they come last.
    fn program(&self) -> &str {
        let end = self.text.find("#[cfg(test)]\n").filter(|at| {
            let after = &self.text[*at..];
            after
                .lines()
                .skip(1)
                .find(|line| !line.starts_with("#["))
                .is_some_and(|line| line.starts_with("mod "))
        });
        &self.text[..end.unwrap_or(self.text.len())]
    }

    fn is_tests(&self) -> bool {
        let parts: Vec<_> = self.path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        parts
            .iter()
            .any(|part| part == "tests" || part == "tests.rs" || part == "samples.rs" || part == "testing.rs")
    }

    /// The top-level module of the service that this file belongs to.
    fn module(&self) -> Option<&str> {
        let inside = self.name.strip_prefix("src/")?;
        let first = inside.split('/').next()?;
        Some(first.strip_suffix(".rs").unwrap_or(first))
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "index/src", "tests"] {
        collect(root, &root.join(folder), &mut found);
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if !path.ends_with("node_modules") {
                collect(root, &path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let path_in = path.strip_prefix(root).unwrap().to_owned();
            found.push(Source {
                name: path_in.to_string_lossy().into_owned(),
                text: std::fs::read_to_string(&path).unwrap(),
                path: path_in,
            });
        }
    }
}

fn expect_none(faults: &[String]) {
    let mut all = String::new();
    for fault in faults {
        writeln!(all, "  {fault}").unwrap();
    }
    assert!(faults.is_empty(), "{} faults:\n{all}", faults.len());
}

/// The modules that a text names after `crate::`, also inside `use crate::{a::…, b}`.
fn imported(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let after = &code[at + "crate::".len()..];
        match after.strip_prefix('{') {
            Some(group) => names.extend(group_heads(group)),
            None => names.extend(head(after)),
        }
    }
    for dependency in ["replevin_index", "replevin"] {
        let path = format!("{dependency}::");
        if code.contains(&path) {
            names.insert(if dependency == "replevin_index" { "index" } else { "lib" }.to_owned());
        }
    }
    names
}

fn head(path: &str) -> Option<String> {
    let name: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// The first names of the paths in a group, up to its closing brace.
fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut heads) = (0_usize, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                heads.extend(head(group[start..at].trim()));
                return heads;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.extend(head(group[start..at].trim()));
                start = at + 1;
            }
            _ => {}
        }
    }
    heads
}

#[test]
fn imports_follow_the_table() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !source.is_tests()) {
        let Some(module) = source.module().filter(|module| !FREE.contains(module)) else {
            continue;
        };
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == module) else {
            faults.push(format!("{}: module `{module}` has no row in the table", source.name));
            continue;
        };
        for name in imported(source.program()) {
            if name != module && !allowed.contains(&name.as_str()) && name.starts_with(char::is_lowercase) {
                faults.push(format!("{}: `{module}` may not import `{name}`", source.name));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn http_only_reads_the_store() {
    let mut faults = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| !source.is_tests() && source.module() == Some("http"))
    {
        for (number, line) in source.program().lines().enumerate() {
            for word in [".act(", ".act_with(", ".act_with_blocking(", ".keep("] {
                if line.contains(word) {
                    faults.push(format!("{}:{}: writes to the store with `{word}`", source.name, number + 1));
                }
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn each_way_out_has_one_owner() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !source.is_tests()) {
        let Some(module) = source.module().filter(|module| !FREE.contains(module)) else {
            continue;
        };
        for (dependency, owners) in KEPT_CRATES {
            let used = source.program().lines().any(|line| {
                !line.trim_start().starts_with("//")
                    && (line.contains(&format!("{dependency}::")) || line.trim() == format!("use {dependency};"))
            });
            if used && !owners.contains(&module) {
                faults.push(format!("{}: `{module}` may not use `{dependency}`", source.name));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn files_say_what_they_own_and_stay_short() {
    let mut faults = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//! ") {
            faults.push(format!("{}: does not open with what it owns", source.name));
        }
        let lines = source.program().lines().count();
        if lines > LINES_MAX {
            faults.push(format!("{}: {lines} lines, at most {LINES_MAX}", source.name));
        }
    }
    expect_none(&faults);
}

#[test]
fn functions_stay_short() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !source.is_tests()) {
        for (name, line, lines) in functions(source.program()) {
            if lines >= FUNCTION_LINES_MAX {
                faults.push(format!(
                    "{}:{line}: `{name}` has {lines} lines, fewer than {FUNCTION_LINES_MAX} are allowed",
                    source.name
                ));
            }
        }
    }
    expect_none(&faults);
}

/// Name, first line and number of lines of each function with a body: from `fn` to the brace at the same indentation.
fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indentation = line.len() - line.trim_start().len();
        let closing = format!("{}}}", " ".repeat(indentation));
        let end = lines[start..].iter().position(|line| *line == closing);
        // Without a body, or with one on the same line, the first line that ends the statement comes before any brace.
        let bodiless = line.ends_with(';') || line.ends_with("{}") || line.ends_with(" }");
        if let (Some(length), false) = (end, bodiless) {
            found.push((name, start + 1, length + 1));
        }
    }
    found
}

fn function_name(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    while let Some(word) = words.next() {
        match word {
            "pub" | "async" | "const" | "unsafe" | "extern" => {}
            "fn" => return words.next().and_then(head),
            _ if word.starts_with("pub(") => {}
            _ => return None,
        }
    }
    None
}

#[test]
fn forbidden_words_do_not_occur() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !source.path.ends_with("tidy.rs")) {
        let engine = source.name.starts_with("index/src") && !source.is_tests();
        for (number, line) in source.program().lines().enumerate() {
            let also = if engine { FORBIDDEN_IN_ENGINE } else { &[] };
            for word in FORBIDDEN.iter().chain(also).filter(|word| line.contains(**word)) {
                faults.push(format!("{}:{}: contains `{word}`", source.name, number + 1));
            }
        }
    }
    expect_none(&faults);
}

/// The description of the API knows a schema by its name: of two types of one name it would show one for both.
#[test]
fn no_two_schemas_share_a_name() {
    let (mut seen, mut faults) = (BTreeMap::new(), Vec::new());
    for source in sources().iter().filter(|source| source.name.starts_with("src/")) {
        for name in schemas(&source.text) {
            if let Some(first) = seen.insert(name.clone(), source.name.clone()) {
                faults.push(format!("`{name}` is a schema in {first} and in {}", source.name));
            }
        }
    }
    assert!(seen.len() > 50, "the schemas were not found");
    expect_none(&faults);
}

/// The names of the types that are described.
fn schemas(text: &str) -> Vec<String> {
    let (mut names, mut derived) = (Vec::new(), false);
    for line in text.lines() {
        derived |= line.contains("derive(") && line.contains("ToSchema");
        let declared = ["struct ", "enum "].iter().find_map(|word| line.split_once(word));
        if let Some((_, after)) = declared.filter(|(before, _)| derived && !before.contains("//")) {
            names.extend(head(after));
            derived = false;
        }
    }
    names
}

#[test]
fn the_readers_of_sources_see_what_is_there() {
    let text = "use crate::app::App;\nuse crate::{http, jobs::{a, b}, store};\n// crate::cli\nlet x = crate::feeds::y();\nuse replevin_index::Side;";
    let expected = ["app", "feeds", "http", "index", "jobs", "store"];
    assert_eq!(imported(text).into_iter().collect::<Vec<_>>(), expected);
    let text = "impl A {\n    pub(crate) async fn one(\n        x: u8,\n    ) {\n        {\n        }\n    }\n    fn two() {}\n    fn three();\n}\n";
    assert_eq!(functions(text), [("one".to_owned(), 2, 6)]);
    let text = "#[derive(Debug, ToSchema)]\n/// A struct of ours.\npub(super) struct One {\n}\nenum Two {\n}\n";
    assert_eq!(schemas(text), ["One"]);
}
