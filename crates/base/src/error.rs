//! Printing an error with its causes, the one way for all programs.
//!
//! Library errors say their own layer only and never print their source; [`chain`] joins the layers.

use std::error::Error;

/// Returns the error and all its causes on one line, joined by ": ".
///
/// A layer whose text already ends the line before it is not repeated.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let layer = cause.to_string();
        if !text.ends_with(&layer) {
            text.push_str(": ");
            text.push_str(&layer);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot open the store")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn joins_layers_once() {
        let error = Outer(std::io::Error::other("disk full"));
        assert_eq!(chain(&error), "cannot open the store: disk full");
    }
}
