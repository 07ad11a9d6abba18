//! What the ends of the stream protocols are made of.

use std::io;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split},
    sync::mpsc,
};

use crate::pattern::{self, PIECE_SIZE};

/// What is written although the remote is about to reset the stream.
pub const UNREAD: u64 = 64 * 1024;

/// A writer that could write so much was not stopped.
pub const NOT_STOPPED: u64 = 64 * 1024 * 1024;

/// Writes, and holds nothing back: rust-libp2p would, until there is more.
pub async fn write(writer: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    writer.write_all(bytes).await?;
    writer.flush().await
}

pub async fn write_number(writer: &mut (impl AsyncWrite + Unpin), number: u64) -> io::Result<()> {
    write(writer, &number.to_be_bytes()).await
}

pub async fn write_pattern(writer: &mut (impl AsyncWrite + Unpin), count: u64) -> io::Result<()> {
    let mut written = 0;
    while written < count {
        let piece = pattern::piece(written, count - written);
        write(writer, piece).await?;
        written += piece.len() as u64;
    }
    Ok(())
}

pub async fn write_pattern_and_shut_down(
    writer: &mut (impl AsyncWrite + Unpin),
    count: u64,
) -> io::Result<()> {
    write_pattern(writer, count).await?;
    writer.shutdown().await
}

/// Writes the pattern until the remote does not want more, then shuts down.
pub async fn write_until_stopped(writer: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
    match write_pattern(writer, NOT_STOPPED).await {
        Ok(()) => Err(io::Error::other(format!(
            "{NOT_STOPPED} bytes could be written"
        ))),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => match writer.shutdown().await {
            // rust-libp2p counts a half that was stopped as closed
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        },
        Err(error) => Err(error),
    }
}

/// Compares what comes with the pattern.
pub struct Comparison {
    expected: u64,
    received: u64,
}

impl Comparison {
    pub fn new(expected: u64) -> Self {
        Comparison {
            expected,
            received: 0,
        }
    }

    pub fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(index) = pattern::first_difference(self.received, bytes) {
            return Err(io::Error::other(format!("byte {index} is wrong")));
        }
        self.received += bytes.len() as u64;
        if self.received > self.expected {
            let message = format!("more than {} bytes have come", self.expected);
            return Err(io::Error::other(message));
        }
        Ok(())
    }

    pub fn end(self) -> io::Result<()> {
        if self.received < self.expected {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!(
                    "the end came after {} of {} bytes",
                    self.received, self.expected
                ),
            ));
        }
        Ok(())
    }
}

/// Reads exactly that many bytes of the pattern, then the end.
pub async fn read_pattern_to_end(
    reader: &mut (impl AsyncRead + Unpin),
    count: u64,
) -> io::Result<()> {
    let mut comparison = Comparison::new(count);
    let mut buffer = vec![0; PIECE_SIZE];
    loop {
        match reader.read(&mut buffer).await? {
            0 => return comparison.end(),
            length => comparison.take(&buffer[..length])?,
        }
    }
}

/// Reads that many bytes of the pattern, after which more may come.
pub async fn read_pattern(reader: &mut (impl AsyncRead + Unpin), count: u64) -> io::Result<()> {
    read_pattern_to_end(&mut reader.take(count), count).await
}

/// Reads to the end, and returns how many bytes came.
pub async fn read_to_end(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<u64> {
    let mut buffer = vec![0; PIECE_SIZE];
    let mut received = 0;
    loop {
        match reader.read(&mut buffer).await? {
            0 => return Ok(received),
            length => received += length as u64,
        }
    }
}

/// Reads until the remote resets the stream.
pub async fn read_until_reset(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    match read_to_end(reader).await {
        Ok(_) => Err(io::Error::other("the stream has ended without a reset")),
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(()),
        Err(error) => Err(error),
    }
}

/// Fails if the stream, both halves of which have ended, was reset after all:
/// litep2p tells only who reads.
pub async fn expect_no_reset(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    match reader.read(&mut [0]).await? {
        0 => Ok(()),
        _ => Err(io::Error::other("more has come after the end")),
    }
}

/// Reads and writes at the same time.
///
/// A failed read ends both. After a failed write there may be more to read, be
/// it the reason: of a reset only the reader learns, the writer's error is a
/// broken pipe.
pub async fn both_ways<T>(
    reading: impl Future<Output = io::Result<T>>,
    writing: impl Future<Output = io::Result<()>>,
) -> io::Result<T> {
    tokio::pin!(reading, writing);
    tokio::select! {
        read = &mut reading => {
            let read = read?;
            writing.await?;
            Ok(read)
        }
        written = &mut writing => {
            let read = reading.await?;
            written?;
            Ok(read)
        }
    }
}

/// Writes back what it reads as it reads it, shuts down when that has ended.
///
/// Reading may be `ahead` reads ahead of writing.
pub async fn echo(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    ahead: usize,
    mut inspect: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let (mut reader, mut writer) = split(stream);
    let (queue, mut queued) = mpsc::channel::<Vec<u8>>(ahead);

    let reading = async move {
        let mut buffer = vec![0; PIECE_SIZE];
        loop {
            let length = reader.read(&mut buffer).await?;
            if length == 0 {
                return Ok(());
            }
            inspect(&buffer[..length])?;
            // A closed queue is a failed writer. What is left to read tells why.
            let _ = queue.send(buffer[..length].to_vec()).await;
        }
    };
    let writing = async move {
        while let Some(bytes) = queued.recv().await {
            write(&mut writer, &bytes).await?;
        }
        writer.shutdown().await
    };

    both_ways(reading, writing).await
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    #[tokio::test]
    async fn echoes() {
        let (initiator, mut responder) = duplex(1_000);
        let (mut reader, mut writer) = split(initiator);
        let (echoed, read, written) = tokio::join!(
            echo(&mut responder, 4, |_| Ok(())),
            read_pattern_to_end(&mut reader, 100_000),
            write_pattern_and_shut_down(&mut writer, 100_000),
        );
        echoed.unwrap();
        read.unwrap();
        written.unwrap();
    }

    #[tokio::test]
    async fn tells_what_is_wrong() {
        let bytes = [pattern::piece(0, 100), &[0]].concat();
        let read = |count| {
            let mut reader = bytes.as_slice();
            async move {
                let read = read_pattern_to_end(&mut reader, count).await;
                read.unwrap_err().to_string()
            }
        };
        assert_eq!(read(101).await, "byte 100 is wrong");

        let mut reader = pattern::piece(0, 100);
        let early = read_pattern_to_end(&mut reader, 101).await;
        assert_eq!(
            early.unwrap_err().to_string(),
            "the end came after 100 of 101 bytes"
        );

        let mut reader = pattern::piece(0, 100);
        let late = read_pattern_to_end(&mut reader, 99).await;
        assert_eq!(
            late.unwrap_err().to_string(),
            "more than 99 bytes have come"
        );
    }

    #[tokio::test]
    async fn reads_a_part() {
        let mut reader = pattern::piece(0, 100);
        read_pattern(&mut reader, 60).await.unwrap();
        assert_eq!(read_to_end(&mut reader).await.unwrap(), 40);
    }

    #[tokio::test]
    async fn has_the_error_of_the_reader() {
        let reading = async { Err::<(), _>(io::ErrorKind::ConnectionReset.into()) };
        let writing = async { Err(io::ErrorKind::BrokenPipe.into()) };
        let error = both_ways(reading, writing).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}
