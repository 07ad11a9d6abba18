//! The protocols that are served, and the stream protocol that commands open.

use std::{collections::HashMap, io, sync::Arc, time::Duration};

use futures::StreamExt;
use litep2p::{
    codec::ProtocolCodec,
    protocol::{Direction as Litep2pDirection, TransportEvent, TransportService, UserProtocol},
    substream::Substream,
    types::{protocol::ProtocolName, SubstreamId},
    PeerId,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::{
    pattern,
    report::{Direction, Report},
    stream::{expect_no_reset, leave_unread, shut_down, FRAME_SIZE},
};

/// How long `/interop/reset/1.0.0` waits for the remote to provoke the reset.
const RESET_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Clone, Copy)]
pub enum Service {
    /// Writes back what it reads as it reads it.
    Echo,
    /// Reads to the end, then writes all of it back.
    EchoAfterEnd,
    /// Reads to the end, then writes the number of bytes.
    Sink,
    /// Reads a number, then writes that many bytes.
    Source,
    /// Reads a byte, then nothing more until litep2p resets the stream.
    Reset,
    /// Reads a byte, then drops the stream.
    Drop,
}

impl Service {
    pub const ALL: [Service; 6] = [
        Service::Echo,
        Service::EchoAfterEnd,
        Service::Sink,
        Service::Source,
        Service::Reset,
        Service::Drop,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Service::Echo => "/echo/1.0.0",
            Service::EchoAfterEnd => "/interop/echo-after-end/1.0.0",
            Service::Sink => "/interop/sink/1.0.0",
            Service::Source => "/interop/source/1.0.0",
            Service::Reset => "/interop/reset/1.0.0",
            Service::Drop => "/interop/drop/1.0.0",
        }
    }

    async fn serve(self, stream: Substream) -> io::Result<()> {
        match self {
            Service::Echo => echo(stream).await,
            Service::EchoAfterEnd => echo_after_end(stream).await,
            Service::Sink => sink(stream).await,
            Service::Source => source(stream).await,
            Service::Reset => timeout(RESET_TIMEOUT, reset(stream))
                .await
                .unwrap_or_else(|_| Err(io::Error::other("nothing made litep2p reset the stream"))),
            Service::Drop => drop_after_one_byte(stream).await,
        }
    }
}

/// Reading and writing share nothing but a queue without a bound: litep2p
/// resets a stream that has 256 unread frames, so reading may not wait for a
/// remote that writes everything before it reads.
async fn echo(stream: Substream) -> io::Result<()> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let (queue, queued) = mpsc::unbounded_channel::<Vec<u8>>();

    let read = async {
        let queue = queue;
        let mut buffer = vec![0; FRAME_SIZE];
        loop {
            match reader.read(&mut buffer).await? {
                0 => return Ok(()),
                // A closed queue is a failed writer. The remote may still end
                // its side as usual, so what is left to read is read.
                length => drop(queue.send(buffer[..length].to_vec())),
            }
        }
    };
    let write = async {
        let mut queued = queued;
        while let Some(bytes) = queued.recv().await {
            writer.write_all(&bytes).await?;
        }
        shut_down(&mut writer).await
    };

    let (read, written): (io::Result<()>, io::Result<()>) = tokio::join!(read, write);
    // Only the reader learns of a reset, the writer's error is a broken pipe.
    read?;
    written?;
    expect_no_reset(&mut reader).await
}

async fn echo_after_end(mut stream: Substream) -> io::Result<()> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    stream.write_all(&bytes).await?;
    shut_down(&mut stream).await?;
    expect_no_reset(&mut stream).await
}

async fn sink(mut stream: Substream) -> io::Result<()> {
    let count = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    stream.write_u64(count).await?;
    shut_down(&mut stream).await?;
    expect_no_reset(&mut stream).await
}

async fn source(mut stream: Substream) -> io::Result<()> {
    let count = stream.read_u64().await?;
    write_pattern(&mut stream, count, FRAME_SIZE).await?;
    shut_down(&mut stream).await?;
    expect_no_reset(&mut stream).await
}

async fn reset(mut stream: Substream) -> io::Result<()> {
    stream.read_u8().await?;
    leave_unread(&mut stream).await
}

async fn drop_after_one_byte(mut stream: Substream) -> io::Result<()> {
    stream.read_u8().await.map(drop)
}

/// Writes `count` bytes of the pattern, `chunk_size` at a time.
pub async fn write_pattern(
    writer: &mut (impl AsyncWriteExt + Unpin),
    count: u64,
    chunk_size: usize,
) -> io::Result<()> {
    let mut buffer = vec![0; chunk_size];
    let mut written = 0;

    while written < count {
        let length = (count - written).min(chunk_size as u64) as usize;
        pattern::fill(written, &mut buffer[..length]);
        writer.write_all(&buffer[..length]).await?;
        written += length as u64;
    }

    Ok(())
}

/// What a command needs from the task that owns litep2p's `TransportService`.
pub enum Request {
    Open(PeerId, oneshot::Sender<io::Result<Substream>>),
    Disconnect(PeerId, oneshot::Sender<io::Result<()>>),
}

/// One protocol as litep2p sees it.
pub struct Protocol {
    service: Service,
    requests: mpsc::Receiver<Request>,
    report: Arc<Report>,
}

impl Protocol {
    /// Of the senders only that of `/echo/1.0.0` has a use.
    pub fn new(service: Service, report: Arc<Report>) -> (Self, mpsc::Sender<Request>) {
        let (sender, requests) = mpsc::channel(64);
        (
            Protocol {
                service,
                requests,
                report,
            },
            sender,
        )
    }

    fn serve(&self, peer: PeerId, substream: Substream) {
        let (service, report) = (self.service, self.report.clone());
        tokio::spawn(async move {
            match service.serve(substream).await {
                Ok(()) => report.stream_ended(Direction::Inbound),
                Err(error) => {
                    report.stream_failed(Direction::Inbound, peer, service.name(), &error)
                }
            }
        });
    }
}

#[async_trait::async_trait]
impl UserProtocol for Protocol {
    fn protocol(&self) -> ProtocolName {
        ProtocolName::from(self.service.name())
    }

    /// Bytes as they come, no messages.
    fn codec(&self) -> ProtocolCodec {
        ProtocolCodec::Unspecified
    }

    async fn run(mut self: Box<Self>, mut transport: TransportService) -> litep2p::Result<()> {
        let mut opening: HashMap<SubstreamId, oneshot::Sender<io::Result<Substream>>> =
            HashMap::new();

        loop {
            tokio::select! {
                event = transport.next() => match event {
                    Some(TransportEvent::SubstreamOpened { peer, substream, direction, .. }) => {
                        match direction {
                            Litep2pDirection::Inbound => self.serve(peer, substream),
                            Litep2pDirection::Outbound(id) => {
                                if let Some(reply) = opening.remove(&id) {
                                    let _ = reply.send(Ok(substream));
                                }
                            }
                        }
                    }
                    Some(TransportEvent::SubstreamOpenFailure { substream, error }) => {
                        if let Some(reply) = opening.remove(&substream) {
                            let _ = reply.send(Err(io::Error::other(error)));
                        }
                    }
                    Some(_) => {}
                    None => return Ok(()),
                },
                Some(request) = self.requests.recv() => match request {
                    Request::Open(peer, reply) => match transport.open_substream(peer) {
                        Ok(id) => drop(opening.insert(id, reply)),
                        Err(error) => drop(reply.send(Err(io::Error::other(error)))),
                    },
                    Request::Disconnect(peer, reply) => {
                        let _ = reply.send(transport.force_close(peer).map_err(io::Error::other));
                    }
                },
            }
        }
    }
}
