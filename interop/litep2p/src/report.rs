//! What the test is told: JSON lines on stdout, and the counters behind them.

use std::{
    io::{self, Write},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use litep2p::PeerId;
use serde_json::{json, Value};

/// Which end opened a stream.
#[derive(Clone, Copy)]
pub enum Direction {
    Inbound,
    Outbound,
}

impl Direction {
    fn name(self) -> &'static str {
        match self {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound",
        }
    }
}

#[derive(Default)]
pub struct Report {
    connections: AtomicU64,
    pongs: AtomicU64,
    served: AtomicU64,
    opened: AtomicU64,
    failed: AtomicU64,
    reset: AtomicU64,
}

impl Report {
    pub fn connected(&self, peer: PeerId, address: String) {
        self.connections.fetch_add(1, Relaxed);
        print(json!({ "event": "connected", "peer": peer.to_string(), "address": address }));
    }

    pub fn disconnected(&self, peer: PeerId) {
        self.connections.fetch_sub(1, Relaxed);
        print(json!({ "event": "disconnected", "peer": peer.to_string() }));
    }

    pub fn pong(&self) {
        self.pongs.fetch_add(1, Relaxed);
    }

    /// A stream has ended as its protocol says it should.
    pub fn stream_ended(&self, direction: Direction) {
        match direction {
            Direction::Inbound => &self.served,
            Direction::Outbound => &self.opened,
        }
        .fetch_add(1, Relaxed);
    }

    pub fn stream_failed(
        &self,
        direction: Direction,
        peer: PeerId,
        protocol: &str,
        error: &io::Error,
    ) {
        match error.kind() {
            io::ErrorKind::ConnectionReset => &self.reset,
            _ => &self.failed,
        }
        .fetch_add(1, Relaxed);
        print(json!({
            "event": "stream-failed",
            "peer": peer.to_string(),
            "protocol": protocol,
            "direction": direction.name(),
            "error": error.to_string(),
        }));
    }

    pub fn status(&self) -> Value {
        json!({
            "connections": self.connections.load(Relaxed),
            "pongs": self.pongs.load(Relaxed),
            "streams": {
                "served": self.served.load(Relaxed),
                "opened": self.opened.load(Relaxed),
                "failed": self.failed.load(Relaxed),
                "reset": self.reset.load(Relaxed),
            },
        })
    }
}

/// Writes one JSON line. A test that has closed its end of the pipe is about
/// to close stdin too, which ends the program.
pub fn print(line: Value) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}
