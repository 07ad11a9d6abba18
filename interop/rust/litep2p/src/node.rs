//! What the tests see of litep2p.

use std::{collections::HashMap, error::Error, io, sync::Arc, time::Duration};

use futures::StreamExt;
use interop_common::{Direction, Identity, Protocol, Registry, Role, identified, locked_version};
use litep2p::{
    Litep2p, Litep2pEvent, PeerId,
    config::ConfigBuilder,
    protocol::libp2p::identify::{self, IdentifyEvent},
    substream::Substream,
    transport::webrtc::config::Config as WebRtcConfig,
};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::protocol::{Handler, Request};

/// Idle connections are not closed.
const KEEP_ALIVE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

pub struct Node {
    handlers: HashMap<Protocol, mpsc::UnboundedSender<Request>>,
}

impl interop_common::Node for Node {
    type Stream = Substream;

    const NAME: &'static str = "litep2p";

    /// str0m warns when a channel closes.
    const LOG_FILTER: &'static str = "warn,str0m=error";

    const CANNOT: &'static [(&'static str, &'static str)] = &[
        ("dial", "litep2p's WebRTC transport only listens"),
        (
            "reset",
            "a substream can only be read, written, flushed, shut down and dropped, and when it \
             is dropped litep2p sends STOP_SENDING and FIN",
        ),
    ];

    /// litep2p resets a stream that has 256 unread frames, so reading may not
    /// wait for a remote that writes everything before it reads.
    const ECHO_READS_AHEAD: usize = Semaphore::MAX_PERMITS;

    fn version() -> String {
        locked_version("litep2p")
    }

    async fn start(
        role: Role,
        registry: Arc<Registry>,
    ) -> Result<(Self, Identity), Box<dyn Error + Send + Sync>> {
        let Role::Listener(address) = role else {
            return Err("litep2p does not dial".into());
        };
        let family = if address.is_ipv4() { "ip4" } else { "ip6" };
        let address = format!(
            "/{family}/{}/udp/{}/webrtc-direct",
            address.ip(),
            address.port()
        );
        let (identify_config, identities) =
            identify::Config::new("interop/1.0.0".into(), Some("interop-litep2p".into()));

        let mut config = ConfigBuilder::new()
            .with_webrtc(WebRtcConfig {
                listen_addresses: vec![address.parse()?],
                ..Default::default()
            })
            .with_keep_alive_timeout(KEEP_ALIVE)
            .with_libp2p_identify(identify_config);

        let mut handlers = HashMap::new();
        // what it does not accept it can't open either
        for protocol in Protocol::ALL {
            let (handler, requests) = Handler::new(protocol, registry.clone());
            handlers.insert(protocol, requests);
            config = config.with_user_protocol(Box::new(handler));
        }

        let litep2p = Litep2p::new(config.build())?;
        let identity = Identity {
            peer: litep2p.local_peer_id().to_string(),
            addresses: litep2p
                .listen_addresses()
                .map(ToString::to_string)
                .collect(),
        };

        tokio::spawn(report_connections(litep2p, registry));
        tokio::spawn(identities.for_each(|event| {
            let IdentifyEvent::PeerIdentified {
                peer,
                user_agent,
                supported_protocols,
                ..
            } = event;
            let protocols = supported_protocols
                .iter()
                .map(ToString::to_string)
                .collect();
            identified(
                &peer.to_string(),
                &user_agent.unwrap_or_default(),
                protocols,
            );
            std::future::ready(())
        }));
        Ok((Node { handlers }, identity))
    }

    async fn dial(&self, _: &str) -> io::Result<String> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn open(&self, peer: &str, protocol: Protocol) -> io::Result<Substream> {
        let peer = parse(peer)?;
        self.request(protocol, |reply| Request::Open(peer, reply))
            .await
    }

    async fn close(&self, peer: &str) -> io::Result<()> {
        let peer = parse(peer)?;
        // any of them can do it
        self.request(Protocol::Echo, |reply| Request::Close(peer, reply))
            .await
    }
}

impl Node {
    async fn request<T>(
        &self,
        protocol: Protocol,
        request: impl FnOnce(oneshot::Sender<io::Result<T>>) -> Request,
    ) -> io::Result<T> {
        let (sender, reply) = oneshot::channel();
        self.handlers[&protocol]
            .send(request(sender))
            .map_err(io::Error::other)?;
        reply.await.map_err(io::Error::other)?
    }
}

fn parse(peer: &str) -> io::Result<PeerId> {
    peer.parse().map_err(io::Error::other)
}

async fn report_connections(mut litep2p: Litep2p, registry: Arc<Registry>) {
    while let Some(event) = litep2p.next_event().await {
        match event {
            Litep2pEvent::ConnectionEstablished { peer, endpoint } => {
                let direction = match endpoint.is_listener() {
                    true => Direction::Inbound,
                    false => Direction::Outbound,
                };
                let address = endpoint.address().to_string();
                registry.connected(&peer.to_string(), &address, direction);
            }
            Litep2pEvent::ConnectionClosed { peer, .. } => {
                registry.disconnected(&peer.to_string());
            }
            _ => {}
        }
    }
}
