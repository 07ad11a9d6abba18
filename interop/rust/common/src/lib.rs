//! What the Rust peers of the interoperability tests share: the control
//! protocol, and both ends of every stream protocol. The README of the tests
//! describes them. What differs between the implementations is a [`Node`].

mod arguments;
mod client;
mod commands;
mod control;
mod exchange;
mod initiators;
mod node;
mod pattern;
mod protocol;
mod registry;
mod responders;
mod run;
mod transfer;
mod version;
mod watched;

pub use crate::{
    arguments::Role,
    control::identified,
    node::{Identity, Node, served},
    protocol::Protocol,
    registry::{Direction, Registry},
    responders::respond,
    run::run,
    version::locked_version,
};
