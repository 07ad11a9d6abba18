//! What the tests see of rust-libp2p.

use std::{error::Error, io, sync::Arc};

use interop_common::{Identity, Node, Protocol, Registry, Role, locked_version, served};
use libp2p::PeerId;
use tokio::sync::{mpsc, oneshot};

use crate::{
    stream::Stream,
    swarm::{Request, Task},
};

pub struct Libp2p {
    requests: mpsc::UnboundedSender<Request>,
}

impl Node for Libp2p {
    type Stream = Stream;

    const NAME: &'static str = "rust-libp2p";

    /// webrtc-rs warns of every connection that ends and of most that begin, and
    /// has an error for every chunk of a stream that is gone.
    const LOG_FILTER: &'static str = "warn,webrtc=error,webrtc_ice=error,webrtc_sctp=off";

    const CANNOT: &'static [(&'static str, &'static str)] = &[(
        "stop-reading",
        "poll_close_read, which sends STOP_SENDING, is a method of libp2p-webrtc-utils' Stream, \
         and what a swarm hands out can only be read, written, flushed, closed and dropped",
    )];

    /// Streams have flow control, so an echo need not hold much.
    const ECHO_READS_AHEAD: usize = 16;

    fn version() -> String {
        format!(
            "{}, {}",
            locked_version("libp2p"),
            locked_version("libp2p-webrtc")
        )
    }

    async fn start(
        role: Role,
        registry: Arc<Registry>,
    ) -> Result<(Self, Identity), Box<dyn Error + Send + Sync>> {
        let mut task = Task::new(registry, served::<Self>().collect())?;
        let addresses = match role {
            Role::Listener(address) => task.listen(address).await?,
            Role::Dialer => Vec::new(),
        };
        let identity = Identity {
            peer: task.peer().to_string(),
            addresses: addresses.iter().map(ToString::to_string).collect(),
        };

        let (requests, requested) = mpsc::unbounded_channel();
        tokio::spawn(task.run(requested));
        Ok((Libp2p { requests }, identity))
    }

    async fn dial(&self, address: &str) -> io::Result<String> {
        let address = address.parse().map_err(io::Error::other)?;
        let (reply, peer) = oneshot::channel();
        self.request(Request::Dial(address, reply))?;
        let peer = peer.await.map_err(io::Error::other)??;
        Ok(peer.to_string())
    }

    async fn open(&self, peer: &str, protocol: Protocol) -> io::Result<Stream> {
        let (reply, stream) = oneshot::channel();
        self.request(Request::Open(parse(peer)?, protocol, reply))?;
        let opened = stream.await.map_err(|_| {
            let message = "the connection ended while the stream was being opened";
            io::Error::new(io::ErrorKind::NotConnected, message)
        })?;
        Ok(opened?.into())
    }

    async fn close(&self, peer: &str) -> io::Result<()> {
        self.request(Request::Close(parse(peer)?))
    }
}

impl Libp2p {
    fn request(&self, request: Request) -> io::Result<()> {
        self.requests
            .send(request)
            .map_err(|_| io::Error::other("the swarm has ended"))
    }
}

fn parse(peer: &str) -> io::Result<PeerId> {
    peer.parse().map_err(io::Error::other)
}
