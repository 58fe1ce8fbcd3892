//! Answers for whoever watches the relay.
//!
//! Live means that the process answers; ready means that it can also store. No counters and no internals here.

use axum::extract::State;
use axum::http::StatusCode;

use crate::http::router::App;

/// Answers as long as the process does.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// Answers whether changes can be stored.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.registry.failure().is_some() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "the store has failed; see the log\n",
        );
    }
    (StatusCode::OK, "ok\n")
}
