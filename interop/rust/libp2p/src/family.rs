//! A transport for addresses of one IP version.
//!
//! rust-libp2p's dials from the socket of its first listener, whatever that is
//! bound to, so each version needs a transport of its own.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, Transport,
    core::transport::{DialOpts, ListenerId, TransportError, TransportEvent},
    multiaddr::Protocol,
};

pub struct Family<T> {
    transport: T,
    ipv6: bool,
}

impl<T> Family<T> {
    pub fn ipv4(transport: T) -> Self {
        Family {
            transport,
            ipv6: false,
        }
    }

    pub fn ipv6(transport: T) -> Self {
        Family {
            transport,
            ipv6: true,
        }
    }

    fn check<E>(&self, address: &Multiaddr) -> Result<(), TransportError<E>> {
        let ipv6 = matches!(address.iter().next(), Some(Protocol::Ip6(_)));
        if ipv6 == self.ipv6 {
            Ok(())
        } else {
            Err(TransportError::MultiaddrNotSupported(address.clone()))
        }
    }
}

impl<T: Transport + Unpin> Transport for Family<T> {
    type Output = T::Output;
    type Error = T::Error;
    type ListenerUpgrade = T::ListenerUpgrade;
    type Dial = T::Dial;

    fn listen_on(
        &mut self,
        id: ListenerId,
        address: Multiaddr,
    ) -> Result<(), TransportError<Self::Error>> {
        self.check(&address)?;
        self.transport.listen_on(id, address)
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        self.transport.remove_listener(id)
    }

    fn dial(
        &mut self,
        address: Multiaddr,
        options: DialOpts,
    ) -> Result<Self::Dial, TransportError<Self::Error>> {
        self.check(&address)?;
        self.transport.dial(address, options)
    }

    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, Self::Error>> {
        Pin::new(&mut self.transport).poll(context)
    }
}
