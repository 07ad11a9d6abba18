//! A litep2p node for the interoperability tests.

mod node;
mod protocol;

use std::process::ExitCode;

fn main() -> ExitCode {
    interop_common::run::<node::Node>()
}
