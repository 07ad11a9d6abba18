//! Which connections and how many streams there are.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use tokio::sync::watch;

use crate::control;

/// Which end has opened a connection or a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Direction {
    Inbound,
    Outbound,
}

impl Direction {
    pub fn name(self) -> &'static str {
        match self {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound",
        }
    }
}

/// The time from the first connection to a peer to the end of the last one.
#[derive(Clone, Copy)]
struct Contact {
    number: u64,
    connections: u64,
}

#[derive(Default)]
struct Contacts {
    open: HashMap<String, Contact>,
    /// How many there have been.
    count: u64,
}

#[derive(Default)]
pub struct Registry {
    contacts: Mutex<Contacts>,
    changed: watch::Sender<()>,
    streams: AtomicU64,
}

impl Registry {
    pub fn connected(&self, peer: &str, address: &str, direction: Direction) {
        {
            let mut contacts = self.contacts();
            let number = contacts.count;
            let contact = contacts.open.entry(peer.to_string()).or_insert(Contact {
                number,
                connections: 0,
            });
            contact.connections += 1;
            if contact.number == number {
                contacts.count += 1;
            }
        }
        control::connected(peer, address, direction);
        self.changed.send_replace(());
    }

    /// A connection has ended.
    pub fn disconnected(&self, peer: &str) {
        {
            let mut contacts = self.contacts();
            let Some(contact) = contacts.open.get_mut(peer) else {
                return;
            };
            contact.connections -= 1;
            if contact.connections > 0 {
                return;
            }
            contacts.open.remove(peer);
        }
        control::disconnected(peer);
        self.changed.send_replace(());
    }

    pub fn connections(&self) -> u64 {
        let contacts = self.contacts();
        contacts.open.values().map(|open| open.connections).sum()
    }

    pub fn peers(&self) -> Vec<String> {
        self.contacts().open.keys().cloned().collect()
    }

    pub fn streams(&self) -> u64 {
        self.streams.load(Relaxed)
    }

    /// Counts a stream as open for as long as what it returns exists.
    pub fn count_stream(self: &Arc<Self>) -> OpenStream {
        self.streams.fetch_add(1, Relaxed);
        OpenStream(self.clone())
    }

    /// The number of the contact to a peer, if there is a connection.
    pub fn contact(&self, peer: &str) -> Option<u64> {
        self.contacts().open.get(peer).map(|open| open.number)
    }

    /// Waits until a contact has ended.
    pub async fn ended(&self, peer: &str, contact: Option<u64>) {
        let mut changes = self.changed.subscribe();
        while contact.is_some() && self.contact(peer) == contact {
            // the sender lives as long as the registry
            let _ = changes.changed().await;
        }
    }

    fn contacts(&self) -> MutexGuard<'_, Contacts> {
        self.contacts.lock().unwrap()
    }
}

pub struct OpenStream(Arc<Registry>);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_connections() {
        let registry = Registry::default();
        registry.connected("a", "", Direction::Inbound);
        registry.connected("a", "", Direction::Outbound);
        registry.connected("b", "", Direction::Inbound);
        assert_eq!(registry.connections(), 3);
        registry.disconnected("a");
        registry.disconnected("c");
        assert_eq!(registry.connections(), 2);
    }

    #[test]
    fn tells_one_contact_from_the_next() {
        let registry = Registry::default();
        assert_eq!(registry.contact("a"), None);
        registry.connected("a", "", Direction::Inbound);
        registry.connected("b", "", Direction::Inbound);
        let first = registry.contact("a");
        assert_ne!(first, registry.contact("b"));
        registry.connected("a", "", Direction::Inbound);
        registry.disconnected("a");
        assert_eq!(registry.contact("a"), first);
        registry.disconnected("a");
        assert_eq!(registry.contact("a"), None);
        registry.connected("a", "", Direction::Inbound);
        assert_ne!(registry.contact("a"), first);
    }

    #[tokio::test]
    async fn waits_for_the_end_of_a_contact() {
        let registry = Registry::default();
        registry.ended("a", None).await;
        registry.connected("a", "", Direction::Inbound);
        let contact = registry.contact("a");
        tokio::join!(registry.ended("a", contact), async {
            registry.disconnected("a");
        });
        registry.connected("a", "", Direction::Inbound);
        registry.ended("a", contact).await;
    }

    #[test]
    fn counts_streams() {
        let registry = Arc::new(Registry::default());
        let stream = registry.count_stream();
        assert_eq!(registry.streams(), 1);
        drop(stream);
        assert_eq!(registry.streams(), 0);
    }
}
