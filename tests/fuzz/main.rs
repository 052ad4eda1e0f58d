//! The program that libFuzzer drives: one format, named by the environment, and what must hold of any bytes in it.
//!
//! Leaves what must hold to [`targets`], which the ordinary tests run too.
#![no_main]

mod targets;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use replevin::feeds::Format;

/// Names the format.
const VARIABLE: &str = "REPLEVIN_FUZZ_FORMAT";

fuzz_target!(|data: &[u8]| {
    static FORMAT: OnceLock<Format> = OnceLock::new();
    let format = FORMAT.get_or_init(|| {
        let word = std::env::var(VARIABLE).expect("REPLEVIN_FUZZ_FORMAT names the format");
        word.parse().expect("a format")
    });
    targets::examine(*format, data);
});
