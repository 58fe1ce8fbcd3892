//! Stories live in `it.rs`; this library is empty.
