//! A stream that is counted, as are its bytes, and that is not waited for
//! forever.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

use crate::registry::OpenStream;

pub struct Watched<S> {
    stream: S,
    received: u64,
    patience: Option<Patience>,
    _counted: OpenStream,
}

impl<S> Watched<S> {
    pub fn new(stream: S, counted: OpenStream) -> Self {
        Watched {
            stream,
            received: 0,
            patience: None,
            _counted: counted,
        }
    }

    /// Fails whatever is under way once nothing has moved for so long.
    pub fn with_patience(mut self, limit: Duration) -> Self {
        self.patience = Some(Patience::new(limit));
        self
    }

    /// How many bytes have been read.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// What the stream answers, or a failure if it has waited for too long.
    fn patiently<T>(
        &mut self,
        context: &mut Context<'_>,
        answer: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match &mut self.patience {
            Some(patience) => patience.judge(context, answer),
            None => answer,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let answer = Pin::new(&mut self.stream).poll_read(context, buffer);
        ready!(self.patiently(context, answer))?;
        self.received += (buffer.filled().len() - before) as u64;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let answer = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.patiently(context, answer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let answer = Pin::new(&mut self.stream).poll_flush(context);
        self.patiently(context, answer)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let answer = Pin::new(&mut self.stream).poll_shutdown(context);
        self.patiently(context, answer)
    }
}

/// Both halves of a stream share it: what moves on one of them is a reason to
/// go on waiting on the other.
struct Patience {
    limit: Duration,
    waiting: bool,
    timer: Pin<Box<Sleep>>,
}

impl Patience {
    fn new(limit: Duration) -> Self {
        Patience {
            limit,
            waiting: false,
            timer: Box::pin(sleep(limit)),
        }
    }

    fn judge<T>(
        &mut self,
        context: &mut Context<'_>,
        answer: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if answer.is_ready() {
            self.waiting = false;
            return answer;
        }
        if !self.waiting {
            self.waiting = true;
            self.timer.as_mut().reset(Instant::now() + self.limit);
        }
        ready!(self.timer.as_mut().poll(context));
        let message = format!("waited for {} s in vain", self.limit.as_secs());
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, message)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;
    use crate::registry::Registry;

    fn watched(stream: DuplexStream) -> Watched<DuplexStream> {
        let counted = Arc::new(Registry::default()).count_stream();
        Watched::new(stream, counted)
    }

    #[tokio::test]
    async fn counts_what_is_read() {
        let (mut remote, stream) = duplex(10);
        let mut stream = watched(stream);
        remote.write_all(&[1, 2, 3]).await.unwrap();
        stream.read_exact(&mut [0; 2]).await.unwrap();
        assert_eq!(stream.received(), 2);
    }

    #[tokio::test]
    async fn loses_patience() {
        let (_remote, stream) = duplex(10);
        let mut stream = watched(stream).with_patience(Duration::from_millis(1));
        let error = stream.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
