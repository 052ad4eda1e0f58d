//! The integration tests: one binary that runs the real program and looks at it from outside.
//!
//! `support` starts the program and speaks to it; every other module holds the tests of one promise. What a function does by
//! itself is tested beside its code.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

mod answers;
mod asking;
mod bad_input;
mod before_sending;
mod browser;
mod calibrating;
mod cases;
mod checks;
mod commands;
mod confirming;
mod deciding;
mod decoys;
mod demo;
mod disclosing;
mod durability;
mod entry;
mod evaluate;
mod evidence;
mod figures;
mod formats;
mod fuzzing;
mod guide;
mod holds;
mod labels;
mod letters;
mod listings;
mod mailing;
mod matching;
mod operations;
mod pages;
mod paging;
mod photo_pages;
mod proving;
mod pulling;
mod quarantine;
mod queue;
mod retries;
mod rewriting;
mod routes;
mod searching;
mod sets;
mod support;
mod tidy;
mod tokens;
mod told_plainly;
mod webhooks;
