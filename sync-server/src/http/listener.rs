//! Accepts connections and holds each to the limits of a stranger until it is let in.
//!
//! Below HTTP on purpose: a peer without the secret can neither fill a buffer nor hold a socket, whatever it sends.
//! The rule: until [`Visitor::admit`], at most `limits::UNAUTHENTICATED_BYTES` are read, for at most the time of a
//! handshake, on at most so many sockets of one address.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use adjutant_base::limits;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use futures_util::task::AtomicWaker;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

use crate::config::RelayLimits;
use crate::document::lock;
use crate::http::wire::Wire;

/// Size of the steps in which a stranger is read, in bytes.
const STEP: usize = 512;

/// The relay's listening socket.
pub(crate) struct Door {
    inner: TcpListener,
    limits: RelayLimits,
    tls: Option<Arc<ServerConfig>>,
    guests: Arc<Guests>,
}

/// Who is connected.
#[derive(Debug, Default)]
struct Guests(Mutex<GuestBook>);

#[derive(Debug, Default)]
struct GuestBook {
    /// Connections, let in or not, but for strangers that have been put out.
    n_connected: usize,
    next_number: u64,
    /// Those that are not let in yet, the oldest first.
    strangers: BTreeMap<u64, Visitor>,
}

/// One accepted connection, as it comes from the network.
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
    number: u64,
    address: IpAddr,
    guests: Arc<Guests>,
    is_admitted: AtomicBool,
    is_put_out: AtomicBool,
    /// Wakes whoever reads, so that it sees that it has been put out.
    reader: AtomicWaker,
}

impl Door {
    pub(crate) fn new(
        inner: TcpListener,
        limits: RelayLimits,
        tls: Option<Arc<ServerConfig>>,
    ) -> Self {
        Self {
            inner,
            limits,
            tls,
            guests: Arc::default(),
        }
    }

    /// Counts a connection in. The oldest stranger makes room for a newcomer: one that means well is let in within
    /// moments, so those that hold their sockets lock nobody out. `None` if no stranger is left to make room.
    fn enter(&self, address: IpAddr) -> Option<Visitor> {
        let mut book = lock(&self.guests.0);
        let of_address = || {
            book.strangers
                .values()
                .filter(|one| one.0.address == address)
        };
        if of_address().count() >= self.limits.unauthenticated_per_address {
            let oldest = of_address().next().cloned();
            book.put_out(&oldest?);
        }
        if book.n_connected >= self.limits.connections {
            let oldest = book.strangers.values().next().cloned();
            book.put_out(&oldest?);
        }
        let number = book.next_number;
        book.next_number = number.saturating_add(1);
        book.n_connected = book.n_connected.saturating_add(1);
        let visitor = Visitor(Arc::new(Visit {
            number,
            address,
            guests: Arc::clone(&self.guests),
            is_admitted: AtomicBool::new(false),
            is_put_out: AtomicBool::new(false),
            reader: AtomicWaker::new(),
        }));
        book.strangers.insert(number, visitor.clone());
        Some(visitor)
    }
}

impl Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            // Axum's own listener waits and tries again when the process is out of sockets.
            let (stream, address) = <TcpListener as Listener>::accept(&mut self.inner).await;
            let Some(visitor) = self.enter(address.ip()) else {
                tracing::warn!(%address, "the relay is full; a connection was refused");
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
            return (Wire::new(guarded, self.tls.as_ref()), address);
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Visitor {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().visitor().clone()
    }
}

impl Guarded {
    pub(crate) fn visitor(&self) -> &Visitor {
        &self.visitor
    }
}

impl Visitor {
    /// Lifts the limits of a stranger; one that has been put out stays out.
    pub(crate) fn admit(&self) {
        let mut book = lock(&self.0.guests.0);
        if book.strangers.remove(&self.0.number).is_some() {
            self.0.is_admitted.store(true, Ordering::SeqCst);
        }
    }

    fn is_admitted(&self) -> bool {
        self.0.is_admitted.load(Ordering::SeqCst)
    }

    fn is_put_out(&self) -> bool {
        self.0.is_put_out.load(Ordering::SeqCst)
    }
}

impl GuestBook {
    fn put_out(&mut self, visitor: &Visitor) {
        self.strangers.remove(&visitor.0.number);
        self.n_connected = self.n_connected.saturating_sub(1);
        visitor.0.is_put_out.store(true, Ordering::SeqCst);
        visitor.0.reader.wake();
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let mut book = lock(&self.visitor.0.guests.0);
        let was_stranger = book.strangers.remove(&self.visitor.0.number).is_some();
        if was_stranger || self.visitor.is_admitted() {
            book.n_connected = book.n_connected.saturating_sub(1);
        }
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
        this.visitor.0.reader.register(ctx.waker());
        if this.visitor.is_put_out() || this.deadline.as_mut().poll(ctx).is_ready() {
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
