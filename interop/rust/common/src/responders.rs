//! The responder's end of every protocol.

use std::{io, sync::Arc, time::Duration};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};

use crate::{
    control::stream_ended,
    node::{Node, cannot},
    protocol::Protocol,
    registry::{Direction, Registry},
    transfer::{
        UNREAD, both_ways, echo, expect_no_reset, read_pattern_to_end, read_to_end,
        read_until_reset, write_number, write_pattern, write_pattern_and_shut_down,
        write_until_stopped,
    },
    watched::Watched,
};

/// How long a responder waits for what comes next.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves an inbound stream, and tells how it has ended.
pub async fn respond<N: Node>(
    registry: Arc<Registry>,
    peer: String,
    protocol: Protocol,
    stream: N::Stream,
) {
    let mut stream = Watched::new(stream, registry.count_stream());
    if protocol != Protocol::Ping {
        stream = stream.with_patience(PATIENCE);
    }
    let outcome = match cannot::<N>(protocol.name()) {
        Some(reason) => Err(io::Error::new(io::ErrorKind::Unsupported, reason)),
        None => serve(protocol, &mut stream, N::ECHO_READS_AHEAD).await,
    };
    let received = stream.received();
    drop(stream);
    stream_ended(&peer, protocol, Direction::Inbound, received, outcome);
}

/// Whoever calls this drops the stream, which of some protocols is the last
/// step.
async fn serve(
    protocol: Protocol,
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    echo_reads_ahead: usize,
) -> io::Result<()> {
    match protocol {
        Protocol::Ping | Protocol::Echo => {
            echo(stream, echo_reads_ahead, |_| Ok(())).await?;
        }
        Protocol::EchoBack | Protocol::Both => {
            let count = stream.read_u64().await?;
            let (mut reader, mut writer) = split(&mut *stream);
            both_ways(
                read_pattern_to_end(&mut reader, count),
                write_pattern_and_shut_down(&mut writer, count),
            )
            .await?;
        }
        Protocol::Sink => {
            let count = read_to_end(stream).await?;
            write_number(stream, count).await?;
            stream.shutdown().await?;
        }
        Protocol::Source => {
            let count = stream.read_u64().await?;
            let (mut reader, mut writer) = split(&mut *stream);
            both_ways(
                read_to_end(&mut reader),
                write_pattern_and_shut_down(&mut writer, count),
            )
            .await?;
        }
        Protocol::WriteUntilStopped => {
            stream.read_u8().await?;
            let (mut reader, mut writer) = split(&mut *stream);
            both_ways(read_to_end(&mut reader), write_until_stopped(&mut writer)).await?;
            return Ok(());
        }
        Protocol::StopReading => {
            stream.read_u8().await?;
            return write_number(stream, 1).await;
        }
        Protocol::ExpectReset => {
            let count = if stream.read_u8().await? == 1 {
                UNREAD
            } else {
                1
            };
            // the reset may come before all of it is written
            let _ = write_pattern(stream, count).await;
            return read_until_reset(stream).await;
        }
        Protocol::Reset => {
            if stream.read_u8().await? == 1 {
                write_pattern(stream, UNREAD).await?;
            }
            return Ok(());
        }
        Protocol::Perf => {
            let count = stream.read_u64().await?;
            read_to_end(stream).await?;
            write_pattern_and_shut_down(stream, count).await?;
        }
    }
    expect_no_reset(stream).await
}
