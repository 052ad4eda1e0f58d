//! The routes of the web pages as the sources name them: what tests hold their own lists against, and walk.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every address that is routed, such as `/items/{id}`.
pub fn in_sources() -> BTreeSet<String> {
    let http = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let mut files: Vec<PathBuf> = vec![http.join("static_files.rs")];
    let mut folders = vec![http.join("web")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let mut routes = BTreeSet::new();
    for file in files {
        let text: String = std::fs::read_to_string(file).unwrap().split_whitespace().collect();
        for (at, opening) in text.match_indices(".route(") {
            let argument = text[at + opening.len()..].split(',').next().unwrap();
            let route = argument
                .strip_prefix('"')
                .map_or_else(|| constant(&text, argument), |route| route.trim_end_matches('"'));
            routes.insert(route.to_owned());
        }
    }
    routes
}

/// The text of a constant in a file without white space.
fn constant<'a>(text: &'a str, name: &str) -> &'a str {
    let value = text
        .split_once(&format!("const{name}:&str=\""))
        .unwrap_or_else(|| panic!("{name} is no text of its file"))
        .1;
    value.split('"').next().unwrap()
}
