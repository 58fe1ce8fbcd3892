//! Throws bytes at `targets::wire`.
//! What is promised of every input stands there; `tests/corpus.rs` replays what was found.
#![no_main]

#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::wire(data));
