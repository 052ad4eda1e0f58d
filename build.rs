//! Has the binary built again when a stylesheet, script or icon was added, changed or removed.

#[allow(clippy::print_stdout)]
fn main() {
    println!("cargo::rerun-if-changed=src/http/static");
}
