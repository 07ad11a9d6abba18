//! What `AsyncRead` and `AsyncWrite` of a litep2p substream leave out.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{sleep, timeout, Instant},
};

/// The most that litep2p puts into one frame.
pub const FRAME_SIZE: usize = 16 * 1024;

/// How long litep2p waits for FIN_ACK before it resets the stream.
const FIN_ACK_TIMEOUT: Duration = Duration::from_secs(10);

/// A reset reaches the reader a moment later than the writer.
const RESET_DELAY: Duration = Duration::from_millis(50);

/// Sends FIN and waits for FIN_ACK. litep2p says `Ok` without one too, after
/// ten seconds or when the remote resets the stream: `expect_no_reset` tells.
pub async fn shut_down(writer: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
    let started = Instant::now();
    writer.shutdown().await?;

    if started.elapsed() < FIN_ACK_TIMEOUT {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::TimedOut, "no FIN_ACK"))
    }
}

/// Fails if the stream, whose write half was shut down, has been reset.
pub async fn expect_no_reset(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    match timeout(RESET_DELAY, reader.read(&mut [0])).await {
        Ok(Err(error)) => Err(error),
        _ => Ok(()),
    }
}

/// Reads nothing until litep2p resets the stream for it, which is the only
/// reason it ever has to reset a stream that is in use.
///
/// Nothing but a failing write tells that without reading, hence the bytes.
pub async fn leave_unread(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    while stream.write_all(&[0]).await.is_ok() {
        sleep(Duration::from_millis(10)).await;
    }

    match tokio::io::copy(stream, &mut tokio::io::sink()).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::other("the stream ended without a reset")),
    }
}
