//! What differs between the implementations.

use std::{error::Error, io, sync::Arc};

use tokio::io::{AsyncRead, AsyncWrite};

use crate::{arguments::Role, protocol::Protocol, registry::Registry};

/// Who a peer is, and where it listens.
pub struct Identity {
    pub peer: String,
    pub addresses: Vec<String>,
}

/// A node of one implementation.
///
/// Its streams end cleanly when they have been shut down and read to the end.
/// Before that all that either implementation offers is to drop a stream. What
/// that tells the remote differs, and so does what is in [`Node::CANNOT`].
pub trait Node: Sized + Send + Sync + 'static {
    /// A read that fails because the stream was reset fails with
    /// [`io::ErrorKind::ConnectionReset`].
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    const NAME: &'static str;

    /// What is logged where the environment does not say, which is nothing as
    /// long as all is well.
    const LOG_FILTER: &'static str;

    /// The commands and protocols that this implementation has no way to
    /// carry out, each with the reason.
    const CANNOT: &'static [(&'static str, &'static str)];

    /// How many reads an echo may be ahead of its writes.
    const ECHO_READS_AHEAD: usize;

    fn version() -> String;

    /// Registers its connections, and has [`crate::respond`] serve its inbound
    /// streams.
    fn start(
        role: Role,
        registry: Arc<Registry>,
    ) -> impl Future<Output = Result<(Self, Identity), Box<dyn Error + Send + Sync>>> + Send;

    /// Returns the peer that has answered.
    fn dial(&self, address: &str) -> impl Future<Output = io::Result<String>> + Send;

    fn open(
        &self,
        peer: &str,
        protocol: Protocol,
    ) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Closes the connections to a peer. When that is done the registry knows.
    fn close(&self, peer: &str) -> impl Future<Output = io::Result<()>> + Send;
}

/// Why an implementation can't carry out a command or a protocol.
pub fn cannot<N: Node>(name: &str) -> Option<&'static str> {
    N::CANNOT
        .iter()
        .find(|(impossible, _)| *impossible == name)
        .map(|(_, reason)| *reason)
}

/// The protocols that an implementation is responder of.
pub fn served<N: Node>() -> impl Iterator<Item = Protocol> {
    Protocol::ALL
        .into_iter()
        .filter(|protocol| cannot::<N>(protocol.name()).is_none())
}
