//! A rust-libp2p node for the interoperability tests.

mod family;
mod node;
mod stream;
mod streams;
mod swarm;

use std::process::ExitCode;

fn main() -> ExitCode {
    interop_common::run::<node::Libp2p>()
}
