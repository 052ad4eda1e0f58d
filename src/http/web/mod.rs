//! The web pages, one module an audience; they stand on the shell.

pub mod shell;
