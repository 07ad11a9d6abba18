//! Opens and accepts streams.
//!
//! libp2p-stream does too, but negotiates one outbound stream at a time, and
//! resets an inbound stream that comes before the last one was taken.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    future::{Ready, ready},
    io,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use interop_common::{Protocol, Registry, respond};
use libp2p::{
    Multiaddr, PeerId, Stream, StreamProtocol,
    core::{Endpoint, InboundUpgrade, UpgradeInfo, transport::PortUse, upgrade::ReadyUpgrade},
    swarm::{
        ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm,
        NetworkBehaviour, NotifyHandler, StreamUpgradeError, SubstreamProtocol, THandler,
        THandlerInEvent, THandlerOutEvent, ToSwarm,
        behaviour::{ConnectionClosed, ConnectionEstablished},
        handler::{
            ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
        },
    },
};
use tokio::sync::oneshot;

use crate::node::Libp2p;

/// The command that opens a stream has a limit of its own.
const OPEN_TIMEOUT: Duration = Duration::from_secs(60 * 60);

pub type Reply = oneshot::Sender<io::Result<Stream>>;

#[derive(Debug)]
pub struct Open {
    protocol: Protocol,
    reply: Reply,
}

pub struct Behaviour {
    registry: Arc<Registry>,
    served: Vec<Protocol>,
    /// Of each peer, the newest one last.
    connections: HashMap<PeerId, Vec<ConnectionId>>,
    requests: VecDeque<(PeerId, ConnectionId, Open)>,
    waker: Option<Waker>,
}

impl Behaviour {
    pub fn new(registry: Arc<Registry>, served: Vec<Protocol>) -> Self {
        Behaviour {
            registry,
            served,
            connections: HashMap::new(),
            requests: VecDeque::new(),
            waker: None,
        }
    }

    /// Opens a stream on the newest connection. Without a reply there was none
    /// or it has ended.
    pub fn open(&mut self, peer: PeerId, protocol: Protocol, reply: Reply) {
        let newest = self.connections.get(&peer).and_then(|all| all.last());
        if let Some(connection) = newest {
            self.requests
                .push_back((peer, *connection, Open { protocol, reply }));
            if let Some(waker) = self.waker.take() {
                waker.wake();
            }
        }
    }

    fn handler(&self, peer: PeerId) -> Handler {
        Handler {
            peer,
            registry: self.registry.clone(),
            served: self.served.clone(),
            requests: VecDeque::new(),
        }
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = Handler;
    type ToSwarm = Infallible;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(peer))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(peer))
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished {
                peer_id,
                connection_id,
                ..
            }) => self
                .connections
                .entry(peer_id)
                .or_default()
                .push(connection_id),
            FromSwarm::ConnectionClosed(ConnectionClosed {
                peer_id,
                connection_id,
                ..
            }) => {
                if let Some(connections) = self.connections.get_mut(&peer_id) {
                    connections.retain(|id| *id != connection_id);
                }
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        match self.requests.pop_front() {
            Some((peer_id, connection, event)) => Poll::Ready(ToSwarm::NotifyHandler {
                peer_id,
                handler: NotifyHandler::One(connection),
                event,
            }),
            None => {
                self.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// The part of the behaviour that belongs to one connection.
pub struct Handler {
    peer: PeerId,
    registry: Arc<Registry>,
    served: Vec<Protocol>,
    requests: VecDeque<Open>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Open;
    type ToBehaviour = Infallible;
    type InboundProtocol = AnyOf;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Reply;

    fn listen_protocol(&self) -> SubstreamProtocol<AnyOf, ()> {
        SubstreamProtocol::new(AnyOf(self.served.clone()), ())
    }

    fn connection_keep_alive(&self) -> bool {
        true
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, Reply, Infallible>> {
        match self.requests.pop_front() {
            Some(Open { protocol, reply }) => {
                let upgrade = ReadyUpgrade::new(StreamProtocol::new(protocol.id()));
                Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest {
                    protocol: SubstreamProtocol::new(upgrade, reply).with_timeout(OPEN_TIMEOUT),
                })
            }
            // polled again after each event of the behaviour
            None => Poll::Pending,
        }
    }

    fn on_behaviour_event(&mut self, request: Open) {
        self.requests.push_back(request);
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<AnyOf, ReadyUpgrade<StreamProtocol>, (), Reply>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: (protocol, stream),
                ..
            }) => {
                tokio::spawn(respond::<Libp2p>(
                    self.registry.clone(),
                    self.peer.to_string(),
                    protocol,
                    stream.into(),
                ));
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: stream,
                info: reply,
            }) => {
                let _ = reply.send(Ok(stream));
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info: reply, error }) => {
                let _ = reply.send(Err(match error {
                    StreamUpgradeError::Timeout => io::ErrorKind::TimedOut.into(),
                    StreamUpgradeError::NegotiationFailed => {
                        // it does not say which
                        io::Error::other("the remote refused the protocol or ended the stream")
                    }
                    StreamUpgradeError::Io(error) => error,
                    StreamUpgradeError::Apply(never) => match never {},
                }));
            }
            _ => {}
        }
    }
}

/// Accepts streams of several protocols.
pub struct AnyOf(Vec<Protocol>);

/// A protocol the way multistream-select wants it.
#[derive(Clone)]
pub struct Served(Protocol);

impl AsRef<str> for Served {
    fn as_ref(&self) -> &str {
        self.0.id()
    }
}

impl UpgradeInfo for AnyOf {
    type Info = Served;
    type InfoIter = std::iter::Map<std::vec::IntoIter<Protocol>, fn(Protocol) -> Served>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.clone().into_iter().map(Served)
    }
}

impl InboundUpgrade<Stream> for AnyOf {
    type Output = (Protocol, Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, Served(protocol): Served) -> Self::Future {
        ready(Ok((protocol, stream)))
    }
}
