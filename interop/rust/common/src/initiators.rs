//! The initiator's end of the protocols.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split},
    time::Instant,
};

use crate::{
    pattern::PIECE_SIZE,
    protocol::Protocol,
    transfer::{
        self, Comparison, UNREAD, both_ways, echo, expect_no_reset, read_pattern,
        read_pattern_to_end, read_to_end, read_until_reset, write, write_number, write_pattern,
        write_pattern_and_shut_down,
    },
};

/// The protocols of [`exchange`].
pub const EXCHANGES: [Protocol; 5] = [
    Protocol::Echo,
    Protocol::EchoBack,
    Protocol::Both,
    Protocol::Sink,
    Protocol::Source,
];

const PING_SIZE: usize = 32;

/// Moves bytes, and ends when both ends have been closed.
pub async fn exchange(
    protocol: Protocol,
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    bytes: u64,
    echo_reads_ahead: usize,
) -> io::Result<()> {
    match protocol {
        Protocol::Echo => {
            let (mut reader, mut writer) = split(&mut *stream);
            both_ways(
                read_pattern_to_end(&mut reader, bytes),
                write_pattern_and_shut_down(&mut writer, bytes),
            )
            .await?;
        }
        Protocol::EchoBack => {
            write_number(stream, bytes).await?;
            let mut comparison = Comparison::new(bytes);
            echo(stream, echo_reads_ahead, |bytes| comparison.take(bytes)).await?;
            comparison.end()?;
        }
        Protocol::Both => {
            let (mut reader, mut writer) = split(&mut *stream);
            both_ways(read_pattern_to_end(&mut reader, bytes), async {
                write_number(&mut writer, bytes).await?;
                write_pattern_and_shut_down(&mut writer, bytes).await
            })
            .await?;
        }
        Protocol::Sink => {
            let (mut reader, mut writer) = split(&mut *stream);
            both_ways(
                read_number_and_end(&mut reader, bytes),
                write_pattern_and_shut_down(&mut writer, bytes),
            )
            .await?;
        }
        Protocol::Source => {
            let (mut reader, mut writer) = split(&mut *stream);
            both_ways(read_pattern_to_end(&mut reader, bytes), async {
                write_number(&mut writer, bytes).await?;
                writer.shutdown().await
            })
            .await?;
        }
        _ => return Err(io::Error::other("nothing is exchanged with this protocol")),
    }
    expect_no_reset(stream).await
}

async fn read_number_and_end(
    reader: &mut (impl AsyncRead + Unpin),
    expected: u64,
) -> io::Result<()> {
    let number = reader.read_u64().await?;
    if number != expected {
        return Err(io::Error::other(format!(
            "{number} came back instead of {expected}"
        )));
    }
    match read_to_end(reader).await? {
        0 => Ok(()),
        more => Err(io::Error::other(format!("{more} more bytes have come"))),
    }
}

/// Pings one after another. Returns how long each has taken.
pub async fn ping(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    count: u64,
) -> io::Result<Vec<Duration>> {
    let mut rtts = Vec::new();
    for index in 0..count {
        let mut sent = [0; PING_SIZE];
        sent[..8].copy_from_slice(&index.to_be_bytes());
        let started = Instant::now();
        write(stream, &sent).await?;
        let mut received = [0; PING_SIZE];
        stream.read_exact(&mut received).await?;
        rtts.push(started.elapsed());
        if received != sent {
            return Err(io::Error::other("something else came back"));
        }
    }
    stream.shutdown().await?;
    // how the responder ends is its own affair: rust-libp2p's resets
    let _ = read_to_end(stream).await;
    Ok(rtts)
}

/// Initiator of `stop-reading`.
pub async fn write_until_stopped(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
) -> io::Result<()> {
    write(stream, &[0]).await?;
    let (mut reader, mut writer) = split(&mut *stream);
    both_ways(
        read_number_and_end(&mut reader, 1),
        transfer::write_until_stopped(&mut writer),
    )
    .await
}

/// Initiator of `write-until-stopped`. That the stream is dropped is the last
/// step.
pub async fn stop_reading(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    write(stream, &[0]).await?;
    read_pattern(stream, UNREAD).await
}

/// Initiator of `reset`.
pub async fn expect_reset(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    unread: bool,
) -> io::Result<()> {
    write(stream, &[unread.into()]).await?;
    if unread {
        // the reset may come before all of it is written
        let _ = write_pattern(stream, UNREAD).await;
    }
    read_until_reset(stream).await
}

/// Initiator of `expect-reset`. That the stream is dropped is the last step.
pub async fn reset(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    unread: bool,
) -> io::Result<()> {
    write(stream, &[unread.into()]).await?;
    stream.read_u8().await.map(drop)
}

/// The beginning of a stream that is held open.
pub async fn hold(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    write(stream, &[0]).await?;
    stream.read_u8().await.map(drop)
}

/// Returns how long it took to send, until the answer began, and to receive.
pub async fn perf(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    upload: u64,
    download: u64,
) -> io::Result<(Duration, Duration)> {
    let started = Instant::now();
    write_number(stream, download).await?;
    write_pattern_and_shut_down(stream, upload).await?;

    // What was written and flushed may still wait to be sent. The answer comes
    // when all of it has arrived.
    let first = stream.read(&mut [0; PIECE_SIZE]).await?;
    let uploaded = Instant::now();
    let rest = match first {
        0 => 0,
        _ => read_to_end(stream).await?,
    };

    let received = first as u64 + rest;
    if received != download {
        return Err(io::Error::other(format!(
            "{received} of {download} bytes have come"
        )));
    }
    Ok((uploaded - started, uploaded.elapsed()))
}
