//! Answers for whoever watches the relay.
//!
//! Live means that the process answers; ready means that it has just stored something. The numbers are told on a
//! listener of their own, which only this machine reaches.

use axum::extract::State;
use axum::http::{StatusCode, header};

use crate::http::router::App;

/// Answers as long as the process does.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// Answers whether changes can be stored, by storing something.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.registry.is_ready().await {
        return (StatusCode::OK, "ok\n");
    }
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "nothing can be stored; see the log\n",
    )
}

/// Tells the relay's numbers.
pub(crate) async fn numbers(
    State(app): State<App>,
) -> ([(header::HeaderName, &'static str); 1], String) {
    let text = app.registry.metrics.text(!app.registry.is_down());
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text)
}
