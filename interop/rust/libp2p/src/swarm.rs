//! The task that owns the swarm.

use std::{
    collections::{HashMap, HashSet},
    error::Error,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use futures::{FutureExt, StreamExt};
use interop_common::{Direction, Protocol, Registry, identified};
use libp2p::{
    Multiaddr, PeerId, Swarm, SwarmBuilder, Transport,
    core::muxing::StreamMuxerBox,
    identify, multiaddr,
    swarm::{
        ConnectionId, NetworkBehaviour, SwarmEvent,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use libp2p_webrtc::tokio::{Certificate, Transport as WebRtc};
use tokio::sync::{mpsc, oneshot};

use crate::{family::Family, streams};

/// What the swarm is asked for.
pub enum Request {
    Dial(Multiaddr, oneshot::Sender<io::Result<PeerId>>),
    Open(PeerId, Protocol, streams::Reply),
    Close(PeerId),
}

#[derive(NetworkBehaviour)]
struct Behaviour {
    identify: identify::Behaviour,
    streams: streams::Behaviour,
}

pub struct Task {
    swarm: Swarm<Behaviour>,
    registry: Arc<Registry>,
    dials: HashMap<ConnectionId, oneshot::Sender<io::Result<PeerId>>>,
    /// Whether there is a listener for IPv4 and for IPv6.
    listening: HashSet<bool>,
}

impl Task {
    pub fn new(
        registry: Arc<Registry>,
        served: Vec<Protocol>,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let certificate = Certificate::generate(&mut rand::rng())?;
        let swarm = SwarmBuilder::with_new_identity()
            .with_tokio()
            .with_other_transport(|key| {
                Family::ipv4(WebRtc::new(key.clone(), certificate.clone()))
                    .or_transport(Family::ipv6(WebRtc::new(key.clone(), certificate)))
                    .map(|connected, _| {
                        let (peer, connection) = connected.into_inner();
                        (peer, StreamMuxerBox::new(connection))
                    })
            })?
            .with_behaviour(|key| Behaviour {
                identify: identify::Behaviour::new(
                    identify::Config::new("interop/1.0.0".into(), key.public())
                        .with_agent_version("interop-rust-libp2p".into())
                        // it would open a stream each time
                        .with_interval(std::time::Duration::from_secs(365 * 24 * 60 * 60)),
                ),
                streams: streams::Behaviour::new(registry.clone(), served),
            })?
            .build();

        Ok(Task {
            swarm,
            registry,
            dials: HashMap::new(),
            listening: HashSet::new(),
        })
    }

    pub fn peer(&self) -> PeerId {
        *self.swarm.local_peer_id()
    }

    /// Returns the addresses, which for a wildcard are several.
    pub async fn listen(
        &mut self,
        address: SocketAddr,
    ) -> Result<Vec<Multiaddr>, Box<dyn Error + Send + Sync>> {
        self.listen_on(address)?;

        let mut addresses = Vec::new();
        loop {
            // they come all at once
            let event = match addresses.is_empty() {
                true => self.swarm.select_next_some().await,
                false => match self.swarm.select_next_some().now_or_never() {
                    Some(event) => event,
                    None => return Ok(addresses),
                },
            };
            match event {
                SwarmEvent::NewListenAddr { address, .. } => {
                    addresses.push(address.with(multiaddr::Protocol::P2p(self.peer())));
                }
                SwarmEvent::ListenerClosed { reason, .. } => {
                    reason?;
                    return Err("the listener has closed".into());
                }
                _ => {}
            }
        }
    }

    /// Until nobody can ask for anything any more.
    pub async fn run(mut self, mut requests: mpsc::UnboundedReceiver<Request>) {
        loop {
            tokio::select! {
                event = self.swarm.select_next_some() => self.handle(event),
                request = requests.recv() => match request {
                    Some(request) => self.answer(request),
                    None => return,
                },
            }
        }
    }

    fn answer(&mut self, request: Request) {
        match request {
            Request::Dial(address, reply) => match self.dial(address) {
                Ok(connection) => drop(self.dials.insert(connection, reply)),
                Err(error) => drop(reply.send(Err(error))),
            },
            Request::Open(peer, protocol, reply) => {
                let streams = &mut self.swarm.behaviour_mut().streams;
                streams.open(peer, protocol, reply);
            }
            // whether there was one shows in the registry
            Request::Close(peer) => drop(self.swarm.disconnect_peer_id(peer)),
        }
    }

    fn dial(&mut self, address: Multiaddr) -> io::Result<ConnectionId> {
        let host = match address.iter().next() {
            Some(multiaddr::Protocol::Ip4(host)) => IpAddr::from(host),
            Some(multiaddr::Protocol::Ip6(host)) => IpAddr::from(host),
            _ => return Err(io::Error::other("the address has no IP address")),
        };
        // the transport dials from the socket of a listener
        if !self.listening.contains(&host.is_ipv6()) {
            self.listen_on(SocketAddr::new(any_host(host), 0))?;
        }

        let options = match address.iter().last() {
            Some(multiaddr::Protocol::P2p(peer)) => DialOpts::peer_id(peer)
                .condition(PeerCondition::Always)
                .addresses(vec![address])
                .build(),
            _ => DialOpts::unknown_peer_id().address(address).build(),
        };
        let connection = options.connection_id();
        self.swarm
            .dial(options)
            .map_err(|error| io::Error::other(with_sources(&error)))?;
        Ok(connection)
    }

    fn listen_on(&mut self, address: SocketAddr) -> io::Result<()> {
        let multiaddr = Multiaddr::from(address.ip())
            .with(multiaddr::Protocol::Udp(address.port()))
            .with(multiaddr::Protocol::WebRTCDirect);
        self.swarm
            .listen_on(multiaddr)
            .map_err(|error| io::Error::other(with_sources(&error)))?;
        self.listening.insert(address.is_ipv6());
        Ok(())
    }

    fn handle(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            } => {
                let direction = match endpoint.is_dialer() {
                    true => Direction::Outbound,
                    false => Direction::Inbound,
                };
                let address = endpoint.get_remote_address().to_string();
                self.registry
                    .connected(&peer_id.to_string(), &address, direction);
                if let Some(reply) = self.dials.remove(&connection_id) {
                    let _ = reply.send(Ok(peer_id));
                }
            }
            SwarmEvent::ConnectionClosed { peer_id, cause, .. } => {
                tracing::info!(%peer_id, ?cause, "connection closed");
                self.registry.disconnected(&peer_id.to_string());
            }
            SwarmEvent::OutgoingConnectionError {
                connection_id,
                error,
                ..
            } => {
                if let Some(reply) = self.dials.remove(&connection_id) {
                    let _ = reply.send(Err(io::Error::other(with_sources(&error))));
                }
            }
            SwarmEvent::IncomingConnectionError { error, .. } => {
                tracing::warn!("inbound connection failed: {}", with_sources(&error));
            }
            SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received {
                peer_id,
                info,
                ..
            })) => {
                let protocols = info.protocols.iter().map(ToString::to_string).collect();
                identified(&peer_id.to_string(), &info.agent_version, protocols);
            }
            _ => {}
        }
    }
}

/// What a socket binds to that is to reach the host.
fn any_host(host: IpAddr) -> IpAddr {
    match (host.is_loopback(), host.is_ipv6()) {
        (true, false) => Ipv4Addr::LOCALHOST.into(),
        (true, true) => Ipv6Addr::LOCALHOST.into(),
        (false, false) => Ipv4Addr::UNSPECIFIED.into(),
        (false, true) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// The whole story: libp2p's errors leave out what caused them.
fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
