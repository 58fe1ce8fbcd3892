//! The bytes of one connection: as they are, or under TLS.
//!
//! TLS begins when the connection is first read, in its own task and under the limits of a stranger, so a peer that
//! dawdles over it holds up nobody who wants to come in.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, TlsAcceptor};

use crate::http::listener::{Guarded, Visitor};

/// One accepted connection.
pub(crate) struct Wire {
    visitor: Visitor,
    layer: Layer,
}

enum Layer {
    Plain(Guarded),
    Opening(Box<Accept<Guarded>>),
    Open(Box<TlsStream<Guarded>>),
    /// TLS could not begin.
    Broken,
}

impl Wire {
    pub(crate) fn new(guarded: Guarded, tls: Option<&Arc<ServerConfig>>) -> Self {
        let visitor = guarded.visitor().clone();
        let layer = match tls {
            Some(config) => {
                let acceptor = TlsAcceptor::from(Arc::clone(config));
                Layer::Opening(Box::new(acceptor.accept(guarded)))
            }
            None => Layer::Plain(guarded),
        };
        Self { visitor, layer }
    }

    pub(crate) fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    /// Returns what bytes go through, once TLS has begun if it has to.
    fn poll_open(&mut self, ctx: &mut Context<'_>) -> Poll<std::io::Result<Pin<&mut dyn Both>>> {
        if let Layer::Opening(accept) = &mut self.layer {
            let opened = ready!(Pin::new(&mut **accept).poll(ctx));
            self.layer = Layer::Broken;
            self.layer = Layer::Open(Box::new(opened?));
        }
        match &mut self.layer {
            Layer::Plain(guarded) => Poll::Ready(Ok(Pin::new(guarded))),
            Layer::Open(stream) => Poll::Ready(Ok(Pin::new(&mut **stream))),
            Layer::Opening(_) | Layer::Broken => {
                Poll::Ready(Err(Error::from(ErrorKind::NotConnected)))
            }
        }
    }
}

/// What is read and written.
trait Both: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Both for T {}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        ready!(self.poll_open(ctx))?.poll_read(ctx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        ready!(self.poll_open(ctx))?.poll_write(ctx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        ready!(self.poll_open(ctx))?.poll_flush(ctx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        if let Layer::Opening(_) = &self.layer {
            // Nothing has been said that would need an orderly end.
            self.layer = Layer::Broken;
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_open(ctx))?.poll_shutdown(ctx)
    }
}
