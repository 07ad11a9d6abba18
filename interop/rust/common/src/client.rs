//! The end that acts: connections and streams that commands open.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::{sleep, timeout};

use crate::{initiators, node::Node, protocol::Protocol, registry::Registry, watched::Watched};

/// rust-libp2p's dial fails now and then, see the README.
const REDIAL_ATTEMPTS: u32 = 3;

/// How long a remote may take to close a connection, which waits for streams.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(20);

const PROBE_INTERVAL: Duration = Duration::from_millis(500);

pub struct Client<N> {
    node: N,
    pub registry: Arc<Registry>,
    /// Where peers were dialed.
    addresses: Mutex<HashMap<String, String>>,
    /// Whoever has it dials again, and nobody else.
    redialing: tokio::sync::Mutex<()>,
}

impl<N: Node> Client<N> {
    pub fn new(node: N, registry: Arc<Registry>) -> Self {
        Client {
            node,
            registry,
            addresses: Mutex::default(),
            redialing: tokio::sync::Mutex::default(),
        }
    }

    /// Returns the peer that has answered.
    pub async fn dial(&self, address: &str) -> io::Result<String> {
        let peer = self.node.dial(address).await?;
        let mut addresses = self.addresses.lock().unwrap();
        addresses.insert(peer.clone(), address.to_string());
        Ok(peer)
    }

    /// Dials a peer again, if the contact has ended and that has not been done
    /// yet. Returns whether there is a new contact.
    pub async fn redial(&self, peer: &str, contact: Option<u64>) -> io::Result<bool> {
        let _alone = self.redialing.lock().await;
        let present = self.registry.contact(peer);
        if present.is_some() && present != contact {
            return Ok(true);
        }
        if !self.has_ended(peer, contact).await {
            return Ok(false);
        }
        let address = self.addresses.lock().unwrap().get(peer).cloned();
        let address =
            address.ok_or_else(|| io::Error::other("this end has not dialed the peer"))?;

        let mut attempts = 1;
        while let Err(error) = self.node.dial(&address).await {
            if attempts == REDIAL_ATTEMPTS {
                return Err(error);
            }
            attempts += 1;
        }
        Ok(true)
    }

    /// Whether a contact has ended, or does so soon: a connection that is being
    /// closed serves no more streams. That one can't be opened is also the only
    /// sign that rust-libp2p gives, and by which it notices. That one can be
    /// says nothing: rust-libp2p asks nobody for it.
    async fn has_ended(&self, peer: &str, contact: Option<u64>) -> bool {
        let serves_streams = async {
            while !matches!(timeout(PROBE_INTERVAL, self.ping(peer)).await, Ok(Ok(_))) {
                sleep(PROBE_INTERVAL).await;
            }
        };
        let ended = async {
            tokio::select! {
                () = self.registry.ended(peer, contact) => true,
                () = serves_streams => false,
            }
        };
        timeout(CLOSE_TIMEOUT, ended).await.unwrap_or(false)
    }

    async fn ping(&self, peer: &str) -> io::Result<Vec<Duration>> {
        let mut stream = self.open(peer, Protocol::Ping).await?;
        initiators::ping(&mut stream, 1).await
    }

    pub async fn open(&self, peer: &str, protocol: Protocol) -> io::Result<Watched<N::Stream>> {
        self.expect_connection(peer)?;
        let counted = self.registry.count_stream();
        let stream = self.node.open(peer, protocol).await?;
        Ok(Watched::new(stream, counted))
    }

    /// Closes the connections to a peer, and waits for the end of them.
    pub async fn close(&self, peer: &str) -> io::Result<()> {
        self.expect_connection(peer)?;
        let contact = self.registry.contact(peer);
        self.node.close(peer).await?;
        self.registry.ended(peer, contact).await;
        Ok(())
    }

    /// Closes the connections to all peers.
    pub async fn close_all(&self) {
        let peers = self.registry.peers();
        futures::future::join_all(peers.iter().map(|peer| self.close(peer))).await;
    }

    fn expect_connection(&self, peer: &str) -> io::Result<()> {
        match self.registry.contact(peer) {
            Some(_) => Ok(()),
            None => Err(io::Error::new(
                io::ErrorKind::NotConnected,
                "there is no connection to the peer",
            )),
        }
    }
}
