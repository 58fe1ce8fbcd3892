//! Accepts connections and holds each to the limits of a stranger until it is let in.
//!
//! Below HTTP on purpose: a peer without the secret can neither fill a buffer nor hold a socket, whatever it sends.
//! The rule: until [`Visitor::admit`], at most `limits::UNAUTHENTICATED_BYTES` are read, for at most the time of a
//! handshake, on at most so many sockets of one address.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use adjutant_base::limits;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

use crate::config::RelayLimits;
use crate::document::lock;

/// Size of the steps in which a stranger is read, in bytes.
const STEP: usize = 512;

/// The relay's listening socket.
pub(crate) struct Door {
    inner: TcpListener,
    limits: RelayLimits,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    all: AtomicUsize,
    strangers: Mutex<BTreeMap<IpAddr, usize>>,
}

/// One accepted connection.
pub(crate) struct Guarded {
    stream: TcpStream,
    visitor: Visitor,
    deadline: Pin<Box<Sleep>>,
    bytes_left: usize,
}

/// Who is at the other end, as far as the listener knows. Clones are the same visitor.
#[derive(Debug, Clone)]
pub(crate) struct Visitor(Arc<Visit>);

#[derive(Debug)]
struct Visit {
    address: IpAddr,
    counts: Arc<Counts>,
    is_admitted: AtomicBool,
}

impl Door {
    pub(crate) fn new(inner: TcpListener, limits: RelayLimits) -> Self {
        Self {
            inner,
            limits,
            counts: Arc::default(),
        }
    }

    /// Counts a connection in, or refuses it.
    fn enter(&self, address: IpAddr) -> Option<Visitor> {
        let all = self.counts.all.fetch_add(1, Ordering::SeqCst);
        if all >= self.limits.connections {
            self.counts.all.fetch_sub(1, Ordering::SeqCst);
            return None;
        }
        let mut strangers = lock(&self.counts.strangers);
        let count = strangers.entry(address).or_default();
        if *count >= self.limits.unauthenticated_per_address {
            self.counts.all.fetch_sub(1, Ordering::SeqCst);
            return None;
        }
        *count = count.saturating_add(1);
        Some(Visitor(Arc::new(Visit {
            address,
            counts: Arc::clone(&self.counts),
            is_admitted: AtomicBool::new(false),
        })))
    }
}

impl Listener for Door {
    type Io = Guarded;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guarded, SocketAddr) {
        loop {
            // Axum's own listener waits and tries again when the process is out of sockets.
            let (stream, address) = <TcpListener as Listener>::accept(&mut self.inner).await;
            let Some(visitor) = self.enter(address.ip()) else {
                tracing::warn!(%address, "too many connections; one was refused");
                continue;
            };
            if let Err(error) = stream.set_nodelay(true) {
                tracing::warn!(%address, %error, "a connection ended before it began");
                continue;
            }
            let guarded = Guarded {
                stream,
                visitor,
                deadline: Box::pin(tokio::time::sleep(self.limits.handshake)),
                bytes_left: limits::UNAUTHENTICATED_BYTES,
            };
            return (guarded, address);
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Visitor {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().visitor.clone()
    }
}

impl Visitor {
    /// Lifts the limits of a stranger.
    pub(crate) fn admit(&self) {
        if !self.0.is_admitted.swap(true, Ordering::SeqCst) {
            self.0.counts.forget_stranger(self.0.address);
        }
    }

    fn is_admitted(&self) -> bool {
        self.0.is_admitted.load(Ordering::SeqCst)
    }
}

impl Counts {
    fn forget_stranger(&self, address: IpAddr) {
        let mut strangers = lock(&self.strangers);
        if let Some(count) = strangers.get_mut(&address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                strangers.remove(&address);
            }
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.visitor.0.counts.all.fetch_sub(1, Ordering::SeqCst);
        self.visitor.admit(); // Counts a stranger out; nobody reads from it any more.
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = &mut *self;
        if this.visitor.is_admitted() {
            return Pin::new(&mut this.stream).poll_read(ctx, buffer);
        }
        if this.deadline.as_mut().poll(ctx).is_ready() {
            return Poll::Ready(Err(Error::from(ErrorKind::TimedOut)));
        }
        let mut step = [0; STEP];
        let most = this.bytes_left.min(buffer.remaining()).min(STEP);
        if most == 0 && buffer.remaining() > 0 {
            let message = "too much before the credential";
            return Poll::Ready(Err(Error::new(ErrorKind::InvalidData, message)));
        }
        let (step, _rest) = step.split_at_mut(most);
        let mut step = ReadBuf::new(step);
        let read = Pin::new(&mut this.stream).poll_read(ctx, &mut step);
        let filled = step.filled();
        buffer.put_slice(filled);
        this.bytes_left = this.bytes_left.saturating_sub(filled.len());
        read
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(ctx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(ctx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(ctx)
    }
}
