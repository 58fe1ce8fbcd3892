//! All routes of the relay, in one place.
//!
//! `/` is the WebSocket, the rest is for whoever runs the relay. The rule: only `/` is behind the secret, because
//! only it leads to data.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::sync::{mpsc, watch};

use crate::http::{health, ws};
use crate::registry::Registry;

/// What every handler gets.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) registry: Arc<Registry>,
    /// Turns true when the relay stops.
    pub(crate) stop: watch::Receiver<bool>,
    /// Held by every connection; when all are dropped, all connections have ended.
    pub(crate) alive: mpsc::Sender<()>,
}

/// Returns the relay's routes.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/", get(ws::upgrade))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .with_state(app)
}

/// Returns the routes of the listener that tells the relay's numbers.
pub(crate) fn numbers_router(app: App) -> Router {
    Router::new()
        .route("/metrics", get(health::numbers))
        .with_state(app)
}
