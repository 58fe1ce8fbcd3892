//! The desktop program `adjutant`.
fn main() {}
