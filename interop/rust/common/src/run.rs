//! A peer from its start to its end.

use std::{error::Error, process::ExitCode, sync::Arc, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    time::timeout,
};
use tracing_subscriber::EnvFilter;

use crate::{
    arguments::Role,
    client::Client,
    commands, control,
    node::{Node, cannot},
    registry::Registry,
};

/// How long the end waits for connections that don't close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The whole program of a peer.
pub fn run<N: Node>() -> ExitCode {
    let dials = cannot::<N>("dial").is_none();
    let role = match Role::parse(std::env::args().skip(1)) {
        Some(Role::Dialer) if !dials => None,
        role => role,
    };
    let Some(role) = role else {
        let dial = if dials { " | dial" } else { "" };
        eprintln!(
            "usage: interop-{} listen [--host IP] [--port N]{dial}",
            N::NAME
        );
        return ExitCode::from(2);
    };

    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| N::LOG_FILTER.into()))
        .init();

    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failure(&error),
    };
    let ended = runtime.block_on(live::<N>(role));
    // The thread that reads standard input is not waited for.
    runtime.shutdown_background();

    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure(error.as_ref()),
    }
}

fn failure(error: &dyn Error) -> ExitCode {
    eprintln!("{error}");
    ExitCode::FAILURE
}

/// Until standard input ends or a signal comes.
async fn live<N: Node>(role: Role) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;

    let registry = Arc::new(Registry::default());
    let (node, identity) = N::start(role, registry.clone()).await?;
    control::ready::<N>(&identity);
    let client = Arc::new(Client::new(node, registry));

    tokio::select! {
        () = commands::serve(client.clone()) => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }

    let _ = timeout(CLOSE_TIMEOUT, client.close_all()).await;
    Ok(())
}
