//! What a stream of rust-libp2p leaves ambiguous.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures::{AsyncRead as _, AsyncWrite as _};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Tells the end of what the remote sends from other flags.
///
/// rust-libp2p ends a read with zero bytes for each flag that comes, be it FIN,
/// STOP_SENDING or RESET_STREAM. The next read tells them apart: after FIN it
/// fails with a broken pipe, after RESET_STREAM with a reset, and after
/// STOP_SENDING it goes on.
///
/// It does not know FIN_ACK and fails the read that finds one, once. As every
/// other implementation sends FIN_ACK as soon as it has FIN, that would fail
/// whoever shuts down before reading: such reads are repeated.
pub struct Stream {
    stream: libp2p::Stream,
    /// While FIN is being sent rust-libp2p forgets one that comes, so that a
    /// read after that would never end.
    shutting_down: bool,
    ended: bool,
}

impl From<libp2p::Stream> for Stream {
    fn from(stream: libp2p::Stream) -> Self {
        Stream {
            stream,
            shutting_down: false,
            ended: false,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut fin_may_be_forgotten = false;

        while !self.ended && buffer.remaining() > 0 {
            let unfilled = buffer.initialize_unfilled();
            match Pin::new(&mut self.stream).poll_read(context, unfilled) {
                Poll::Ready(Ok(0)) | Poll::Pending if fin_may_be_forgotten => self.ended = true,
                Poll::Ready(Ok(0)) => fin_may_be_forgotten = self.shutting_down,
                Poll::Ready(Ok(length)) => {
                    buffer.advance(length);
                    break;
                }
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                    self.ended = true;
                }
                Poll::Ready(Err(error)) if is_fin_ack(&error) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Whether a read failed because of the flag 3.
fn is_fin_ack(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData && error.to_string() == "unknown enumeration value 3"
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shutting_down = true;
        let shut_down = ready!(Pin::new(&mut self.stream).poll_close(context));
        self.shutting_down = false;
        Poll::Ready(shut_down)
    }
}
