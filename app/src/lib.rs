//! The desktop program `adjutant`: a window on the engine's board.
//!
//! Views are drawn from an `Arc<Board>` and give back intents, which the shell carries out after the pass. No file,
//! socket, lock or Automerge call happens while a frame is drawn.

pub mod background;
pub mod commands;
pub mod day_input;
pub mod desk;
pub mod format;
pub mod icons;
pub mod run;
pub mod settings;
pub mod shell;
pub mod theme;
pub mod views;
pub mod widgets;
