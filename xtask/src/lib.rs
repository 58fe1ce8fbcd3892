//! The project's own tasks, as a library so that each can be tested: see `main.rs` for the commands.
//!
//! Nothing that a user runs lives here. The one rule: a task only reads the tree, or writes where it was told to.

use std::path::Path;

pub mod bench;
pub mod demo;
pub mod pictures;
pub mod schema;
pub mod soak;
pub mod tidy;

/// Returns the folder of the workspace that this program was built in.
pub fn workspace_root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}
