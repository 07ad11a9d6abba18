//! One protocol as litep2p sees it.

use std::{collections::HashMap, io, sync::Arc};

use futures::StreamExt;
use interop_common::{Protocol, Registry, respond};
use litep2p::{
    PeerId,
    codec::ProtocolCodec,
    protocol::{Direction, TransportEvent, TransportService, UserProtocol},
    substream::Substream,
    types::{SubstreamId, protocol::ProtocolName},
};
use tokio::sync::{mpsc, oneshot};

use crate::node::Node;

type Reply = oneshot::Sender<io::Result<Substream>>;

/// What the node needs from the task that owns litep2p's `TransportService`.
pub enum Request {
    Open(PeerId, Reply),
    Close(PeerId, oneshot::Sender<io::Result<()>>),
}

/// Accepts streams of a protocol and opens them.
pub struct Handler {
    protocol: Protocol,
    registry: Arc<Registry>,
    requests: mpsc::UnboundedReceiver<Request>,
    opening: HashMap<SubstreamId, Reply>,
}

impl Handler {
    pub fn new(
        protocol: Protocol,
        registry: Arc<Registry>,
    ) -> (Self, mpsc::UnboundedSender<Request>) {
        let (sender, requests) = mpsc::unbounded_channel();
        let handler = Handler {
            protocol,
            registry,
            requests,
            opening: HashMap::new(),
        };
        (handler, sender)
    }

    fn handle(&mut self, event: TransportEvent) {
        match event {
            TransportEvent::SubstreamOpened {
                peer,
                substream,
                direction,
                ..
            } => match direction {
                Direction::Inbound => {
                    tokio::spawn(respond::<Node>(
                        self.registry.clone(),
                        peer.to_string(),
                        self.protocol,
                        substream,
                    ));
                }
                Direction::Outbound(id) => {
                    if let Some(reply) = self.opening.remove(&id) {
                        let _ = reply.send(Ok(substream));
                    }
                }
            },
            TransportEvent::SubstreamOpenFailure { substream, error } => {
                if let Some(reply) = self.opening.remove(&substream) {
                    let _ = reply.send(Err(io::Error::other(error)));
                }
            }
            _ => {}
        }
    }

    fn answer(&mut self, request: Request, transport: &mut TransportService) {
        match request {
            Request::Open(peer, reply) => match transport.open_substream(peer) {
                Ok(id) => drop(self.opening.insert(id, reply)),
                Err(error) => drop(reply.send(Err(io::Error::other(error)))),
            },
            Request::Close(peer, reply) => {
                let _ = reply.send(transport.force_close(peer).map_err(io::Error::other));
            }
        }
    }
}

#[async_trait::async_trait]
impl UserProtocol for Handler {
    fn protocol(&self) -> ProtocolName {
        ProtocolName::from(self.protocol.id())
    }

    /// Bytes as they come, no messages.
    fn codec(&self) -> ProtocolCodec {
        ProtocolCodec::Unspecified
    }

    async fn run(mut self: Box<Self>, mut transport: TransportService) -> litep2p::Result<()> {
        loop {
            tokio::select! {
                event = transport.next() => match event {
                    Some(event) => self.handle(event),
                    None => return Ok(()),
                },
                Some(request) = self.requests.recv() => self.answer(request, &mut transport),
            }
        }
    }
}
