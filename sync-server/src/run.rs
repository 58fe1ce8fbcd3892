//! Starting and stopping.
//!
//! Order of a stop: no new connections, each connection finishes the message that it is at, then everything taken in
//! is on disk, then the store is closed. The rule: whoever started a task here awaits it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use adjutant_base::{JoinLink, RelayAddress, Security, hex};
use adjutant_store::{
    Batch, ChunkReader as _, ChunkStore, Snapshots, SqliteStore, StoreError, Writer,
};
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinHandle};

use crate::access::{AccessError, Keys, Policy, random};
use crate::config::{Protection, RelayConfig};
use crate::document::Reader;
use crate::http::listener::{Door, Visitor};
use crate::http::router::{App, numbers_router, router};
use crate::registry::{PROBE, Parts, Registry};
use crate::tls::{Tls, TlsError};

/// The store's file in the data folder.
pub(crate) const STORE_FILE: &str = "relay.sqlite";
/// Set in the store once its workspace has keys: if they are missing from then on, they are lost.
const KEYS_MADE: &str = "relay.keys_made";
/// The folder of whole documents in it, all of which can be made again.
const SNAPSHOT_FOLDER: &str = "snapshots";

/// Starts relays.
#[derive(Debug, Clone, Copy)]
pub struct Relay;

/// A relay that serves until [`Running::shutdown`]; dropping it stops it without waiting.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    link: JoinLink,
    tls: Option<Arc<Tls>>,
    registry: Arc<Registry>,
    stop: watch::Sender<bool>,
    all_gone: mpsc::Receiver<()>,
    serving: JoinHandle<std::io::Result<()>>,
    telling: Option<JoinHandle<std::io::Result<()>>>,
}

/// Why a relay does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is not on this machine, and nothing would protect the connections.
    #[error(
        "{0} is not on this machine; say how connections are protected: --self-signed, --certificate with --certificate-key, or --behind-proxy"
    )]
    Unprotected(SocketAddr),
    /// Everybody would be let in, from anywhere.
    #[error(
        "--open would let in everybody who can reach {0}; use it on this machine or behind a proxy"
    )]
    OpenToAll(SocketAddr),
    /// The numbers are told on this machine only.
    #[error("{0} is not on this machine; the numbers are told on loopback addresses only")]
    NumbersElsewhere(SocketAddr),
    /// The join link would name no place.
    #[error("no device can reach {0}; say with --advertise under which name or address they do")]
    NoPlace(SocketAddr),
    /// The certificate cannot be had.
    #[error("cannot protect connections")]
    Tls(#[from] TlsError),
    /// Another program listens there.
    #[error("{0} is taken by another program; choose another port, or 0 for any")]
    PortTaken(SocketAddr),
    /// The operating system does not let the relay listen there.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The store cannot be opened.
    #[error("cannot open the store")]
    Store(#[from] StoreError),
    /// The workspace's keys cannot be had.
    #[error("cannot open the workspace's keys")]
    Access(#[from] AccessError),
    /// The operating system has no thread left.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}

/// Why a relay did not stop as it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShutdownError {
    /// Something taken in is not on disk; no device was told that it is.
    #[error("not everything could be stored; the devices will send it again")]
    Store(#[source] Arc<StoreError>),
    /// The listening task broke.
    #[error("the listening task broke")]
    Listener(#[source] std::io::Error),
    /// A task met a defect.
    #[error("a task of the relay met a defect")]
    Defect(#[from] JoinError),
}

impl Relay {
    /// Opens the data folder and starts to serve, on the present tokio runtime.
    ///
    /// # Errors
    /// As [`StartError`] says; nothing is left running.
    pub async fn start(config: RelayConfig) -> Result<Running, StartError> {
        let path = config.data_folder.join(STORE_FILE);
        let listeners = Listeners::open(&config).await?;
        // The store first: it locks the folder against a second relay.
        let mut opened = SqliteStore::open(&path)?;
        if let Some(salvage) = &opened.salvage {
            let lost: usize = salvage.documents.iter().map(|one| one.lost.len()).sum();
            tracing::error!(
                kept_as = %salvage.damaged_file.display(), cause = salvage.cause, lost,
                "the store was damaged; what could be read was saved, the devices will send the rest"
            );
        }
        let was_salvaged = opened.salvage.is_some();
        let keys = open_keys(&config.data_folder, &mut opened.store, was_salvaged)?;
        Self::serve(&config, listeners, Box::new(opened.store), &keys)
    }

    /// Opens the store in `data_folder`, verifies it, stores something and closes it again.
    ///
    /// # Errors
    /// Whatever keeps a relay from storing there.
    pub fn try_store_blocking(data_folder: &Path) -> Result<(), StoreError> {
        let mut opened = SqliteStore::open(&data_folder.join(STORE_FILE))?;
        opened
            .store
            .commit(&[Batch::default().setting(PROBE, Some(Vec::new()))])
    }

    /// Starts to serve from a store of the caller's; the data folder holds only the keys.
    ///
    /// # Errors
    /// As [`StartError`] says.
    pub async fn start_on(
        config: RelayConfig,
        store: Box<dyn ChunkStore>,
    ) -> Result<Running, StartError> {
        let listeners = Listeners::open(&config).await?;
        let keys = Keys::open(&config.data_folder, false)?;
        Self::serve(&config, listeners, store, &keys)
    }

    fn serve(
        config: &RelayConfig,
        listeners: Listeners,
        store: Box<dyn ChunkStore>,
        keys: &Keys,
    ) -> Result<Running, StartError> {
        let Listeners { peers, metrics } = listeners;
        let address = local_address(&peers, config.listen)?;
        // After the store: its lock keeps two relays from making a certificate each.
        let tls = Tls::open(&config.protection, &config.data_folder)?.map(Arc::new);
        let link = keys.link(place(config, address)?, security(config, tls.as_deref())?);
        let tls_config = tls.as_ref().map(|tls| tls.server()).transpose()?;
        let metrics_address = match (&metrics, config.metrics) {
            (Some(listener), Some(asked)) => Some(local_address(listener, asked)?),
            _ => None,
        };
        let readers = [store.reader()?, store.reader()?].map(Reader::new);
        let snapshots = Snapshots::open(&config.data_folder.join(SNAPSHOT_FOLDER))?;
        let process: [u8; 4] = random()?;
        let parts = Parts {
            policy: Policy::new(keys, config.is_open),
            limits: config.limits,
            name: format!("relay-{}-{}", keys.workspace, hex::encode(&process)).into(),
            storage: keys.workspace.to_string().into(),
            writer: Writer::start(store).map_err(StartError::Thread)?,
            readers,
            snapshots,
        };
        let registry = Arc::new(Registry::new(parts).map_err(StartError::Thread)?);
        let (stop, stopped) = watch::channel(false);
        let (alive, all_gone) = mpsc::channel(1);
        let app = App {
            registry: Arc::clone(&registry),
            stop: stopped.clone(),
            alive,
        };
        let serve = |door: Door, router: Router| {
            let service = router.into_make_service_with_connect_info::<Visitor>();
            let stopped = wait_for_stop(stopped.clone());
            let serving = axum::serve(door, service);
            tokio::spawn(serving.with_graceful_shutdown(stopped).into_future())
        };
        let telling = metrics.map(|listener| {
            let door = Door::new(listener, config.limits, None);
            serve(door, numbers_router(app.clone()))
        });
        Ok(Running {
            address,
            metrics_address,
            link,
            tls,
            registry,
            stop,
            all_gone,
            serving: serve(Door::new(peers, config.limits, tls_config), router(app)),
            telling,
        })
    }
}

impl Running {
    /// Returns the address that the relay listens on, with its real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address on which the relay tells its numbers, with its real port.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Returns the link that devices join by.
    pub fn join_link(&self) -> JoinLink {
        self.link.clone()
    }

    /// Reads the files of the certificate again; new connections get what they hold, open ones go on as they are.
    ///
    /// Returns true if it is another one than before, false also if the relay shows none.
    ///
    /// # Errors
    /// [`TlsError`] if it cannot be used; the one before is then still shown.
    pub async fn reload_certificate(&self) -> Result<bool, TlsError> {
        let Some(tls) = self.tls.clone() else {
            return Ok(false);
        };
        let reloading = tokio::task::spawn_blocking(move || tls.reload_blocking());
        // It can be cut off only with the whole runtime.
        reloading.await.unwrap_or(Ok(false))
    }

    /// Returns how many snapshots of documents have been made since the start, as it changes.
    pub fn compactions(&self) -> watch::Receiver<u64> {
        self.registry.compactions()
    }

    /// Waits until the store has failed; from then on the relay acknowledges nothing and should be started again.
    pub async fn failed(&self) -> Arc<StoreError> {
        loop {
            let told = self.registry.failed.notified();
            if let Some(failure) = self.registry.failure() {
                return failure;
            }
            told.await;
        }
    }

    /// Closes the store of a relay that cannot store any more, so that it can be opened again. From then on nobody is let
    /// in and [`Running::shutdown`] is all that is left to do; whoever watches the relay is still answered.
    pub async fn close_store(&self) {
        let registry = Arc::clone(&self.registry);
        let closing = tokio::task::spawn_blocking(move || registry.close_blocking());
        // What could not be stored is known already: it is why this is called.
        closing.await.map(Result::ok).ok();
    }

    /// Stops: closes every connection, brings everything taken in to the disk and closes the store.
    ///
    /// Connections have [`RelayLimits::drain`](crate::RelayLimits::drain) to end; those that have not are cut off.
    ///
    /// # Errors
    /// [`ShutdownError::Store`] if something taken in could not be stored.
    pub async fn shutdown(mut self) -> Result<(), ShutdownError> {
        self.stop.send_replace(true);
        let drain = self.registry.limits.drain;
        let served = tokio::time::timeout(drain, self.wait_for_connections()).await;
        if served.is_err() {
            tracing::warn!("some connections did not end in time and are cut off");
            self.serving.abort();
        }
        let registry = Arc::clone(&self.registry);
        let flushed = tokio::task::spawn_blocking(move || registry.close_blocking()).await?;
        served.unwrap_or(Ok(()))?;
        flushed.map_err(ShutdownError::Store)
    }

    async fn wait_for_connections(&mut self) -> Result<(), ShutdownError> {
        let served = (&mut self.serving).await?;
        let told = match &mut self.telling {
            Some(telling) => telling.await?,
            None => Ok(()),
        };
        // Nothing is ever sent: this is the end of the last connection.
        while self.all_gone.recv().await.is_some() {}
        served.and(told).map_err(ShutdownError::Listener)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

async fn wait_for_stop(mut stopped: watch::Receiver<bool>) {
    // A dropped sender means stop as well.
    stopped.wait_for(|stop| *stop).await.ok();
}

/// Returns where devices reach a relay that listens on `address`.
fn place(config: &RelayConfig, address: SocketAddr) -> Result<RelayAddress, StartError> {
    match &config.advertise {
        Some(place) => Ok(place.clone()),
        None if address.ip().is_unspecified() => Err(StartError::NoPlace(address)),
        None => Ok(address.into()),
    }
}

/// Returns how devices have to protect their connections.
fn security(config: &RelayConfig, tls: Option<&Tls>) -> Result<Security, TlsError> {
    match tls {
        Some(tls) => tls.security(),
        None if config.protection == Protection::Proxy => Ok(Security::Trusted),
        None => Ok(Security::Plain),
    }
}

/// Reads the keys, or makes them if the store has never been served with any: one that a first start left behind
/// when it got no further holds no workspace.
fn open_keys(
    folder: &Path,
    store: &mut SqliteStore,
    was_salvaged: bool,
) -> Result<Keys, StartError> {
    let is_marked = match store.read_value(None, KEYS_MADE) {
        Ok(mark) => mark.is_some(),
        Err(StoreError::Value { .. }) => true,
        Err(error) => return Err(error.into()),
    };
    let holds_workspace = is_marked || was_salvaged || !store.documents()?.is_empty();
    let keys = Keys::open(folder, holds_workspace)?;
    if !is_marked {
        store.commit(&[Batch::default().setting(KEYS_MADE, Some(Vec::new()))])?;
    }
    Ok(keys)
}

/// The sockets of a relay that is about to start.
struct Listeners {
    peers: TcpListener,
    metrics: Option<TcpListener>,
}

impl Listeners {
    async fn open(config: &RelayConfig) -> Result<Self, StartError> {
        let is_protected = config.protection != Protection::Loopback;
        if !is_protected && !config.listen.ip().is_loopback() {
            return Err(StartError::Unprotected(config.listen));
        }
        let is_checked_elsewhere = config.protection == Protection::Proxy;
        if config.is_open && !is_checked_elsewhere && !config.listen.ip().is_loopback() {
            return Err(StartError::OpenToAll(config.listen));
        }
        let elsewhere = config.metrics.filter(|metrics| !metrics.ip().is_loopback());
        if let Some(address) = elsewhere {
            return Err(StartError::NumbersElsewhere(address));
        }
        let peers = listen(config.listen).await?;
        let metrics = match config.metrics {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        Ok(Self { peers, metrics })
    }
}

fn local_address(listener: &TcpListener, asked: SocketAddr) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Listen {
        address: asked,
        source,
    })
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| {
        if source.kind() == std::io::ErrorKind::AddrInUse {
            StartError::PortTaken(address)
        } else {
            StartError::Listen { address, source }
        }
    })
}
