//! Throws bytes at `targets::gate`.
//!
//! What must hold stands there; its corpus is replayed by `cargo test`.
#![no_main]

#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::gate(data));
