//! `adjutant-cli`.
fn main() {}
