//! The desktop program `adjutant`.
