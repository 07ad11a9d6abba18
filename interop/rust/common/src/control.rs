//! The lines on standard output.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::{
    node::{Identity, Node},
    protocol::Protocol,
    registry::Direction,
};

/// Writes one JSON line. A test that has closed its end of the pipe is about
/// to close standard input too, which ends the program.
pub fn print(line: Value) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

pub fn ready<N: Node>(identity: &Identity) {
    let cannot: serde_json::Map<_, _> = N::CANNOT
        .iter()
        .map(|(name, reason)| (name.to_string(), json!(reason)))
        .collect();
    print(json!({
        "event": "ready",
        "implementation": N::NAME,
        "version": N::version(),
        "peer": identity.peer,
        "addrs": identity.addresses,
        "cannot": cannot,
    }));
}

pub fn connected(peer: &str, address: &str, direction: Direction) {
    print(json!({
        "event": "connected",
        "peer": peer,
        "address": address,
        "direction": direction.name(),
    }));
}

pub fn disconnected(peer: &str) {
    print(json!({ "event": "disconnected", "peer": peer }));
}

pub fn identified(peer: &str, agent: &str, mut protocols: Vec<String>) {
    protocols.sort();
    print(json!({
        "event": "identified",
        "peer": peer,
        "agent": agent,
        "protocols": protocols,
    }));
}

pub fn stream_ended(
    peer: &str,
    protocol: Protocol,
    direction: Direction,
    received: u64,
    outcome: io::Result<()>,
) {
    let mut event = json!({
        "event": "stream",
        "peer": peer,
        "protocol": protocol.name(),
        "direction": direction.name(),
        "ok": outcome.is_ok(),
        "received": received,
    });
    if let Err(error) = outcome {
        event["error"] = json!(error.to_string());
    }
    print(event);
}
