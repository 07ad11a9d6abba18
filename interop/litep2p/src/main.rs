//! A litep2p node that listens over WebRTC Direct: the foreign end of the
//! interoperability tests. README.md describes what it serves and answers.

mod commands;
mod pattern;
mod protocols;
mod report;
mod stream;

use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use futures::StreamExt;
use litep2p::{
    config::ConfigBuilder,
    protocol::libp2p::{identify, ping},
    transport::webrtc::config::Config as WebRtcConfig,
    Litep2p, Litep2pEvent,
};
use serde_json::json;
use tokio::signal::unix::{signal, SignalKind};

use crate::{
    protocols::{Protocol, Service},
    report::{print, Report},
};

const USAGE: &str =
    "usage: interop-litep2p listen [--host ADDRESS] [--port PORT] [--keep-alive SECONDS]";

struct Options {
    host: IpAddr,
    port: u16,
    keep_alive: Duration,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        if arguments.next()? != "listen" {
            return None;
        }

        let mut options = Options {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            keep_alive: Duration::from_secs(60 * 60),
        };
        while let Some(option) = arguments.next() {
            let value = arguments.next()?;
            match option.as_str() {
                "--host" => options.host = value.parse().ok()?,
                "--port" => options.port = value.parse().ok()?,
                "--keep-alive" => options.keep_alive = Duration::from_secs(value.parse().ok()?),
                _ => return None,
            }
        }
        Some(options)
    }
}

fn main() -> ExitCode {
    let Some(options) = Options::parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };

    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "warn,litep2p=warn".into()),
        )
        .init();

    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failure(&error),
    };
    let ended = runtime.block_on(listen(options));
    // The thread that reads stdin is not waited for. And litep2p outlives the
    // tasks of its protocols, which would warn that it has ended.
    runtime.shutdown_background();

    match ended {
        Ok(_litep2p) => ExitCode::SUCCESS,
        Err(error) => failure(error.as_ref()),
    }
}

fn failure(error: &dyn Error) -> ExitCode {
    eprintln!("{error}");
    ExitCode::FAILURE
}

/// Listens until stdin ends or a signal comes, and returns what was listening.
async fn listen(options: Options) -> Result<Litep2p, Box<dyn Error>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let report = Arc::new(Report::default());

    let family = if options.host.is_ipv4() { "ip4" } else { "ip6" };
    let address = format!(
        "/{family}/{}/udp/{}/webrtc-direct",
        options.host, options.port
    );
    let (ping_config, pings) = ping::Config::default();
    let (identify_config, identified) =
        identify::Config::new("interop/1.0.0".into(), Some("interop-litep2p".into()));

    let mut config = ConfigBuilder::new()
        .with_webrtc(WebRtcConfig {
            listen_addresses: vec![address.parse()?],
            ..Default::default()
        })
        .with_keep_alive_timeout(options.keep_alive)
        .with_libp2p_ping(ping_config)
        .with_libp2p_identify(identify_config);

    let mut requests = None;
    for service in Service::ALL {
        let (protocol, sender) = Protocol::new(service, report.clone());
        config = config.with_user_protocol(Box::new(protocol));
        if matches!(service, Service::Echo) {
            requests = Some(sender);
        }
    }
    let requests = requests.ok_or("nothing to open streams with")?;

    let mut litep2p = Litep2p::new(config.build())?;
    let addresses: Vec<_> = litep2p
        .listen_addresses()
        .map(ToString::to_string)
        .collect();
    print(json!({ "event": "listening", "addrs": addresses }));

    tokio::spawn(pings.for_each({
        let report = report.clone();
        move |_| {
            report.pong();
            futures::future::ready(())
        }
    }));
    tokio::spawn(identified.for_each(|event| {
        let identify::IdentifyEvent::PeerIdentified {
            peer,
            user_agent,
            observed_address,
            ..
        } = event;
        print(json!({
            "event": "identified",
            "peer": peer.to_string(),
            "agent": user_agent,
            "observed": observed_address.to_string(),
        }));
        futures::future::ready(())
    }));
    let mut commands = tokio::spawn(commands::run(requests, report.clone()));

    loop {
        tokio::select! {
            event = litep2p.next_event() => match event {
                Some(Litep2pEvent::ConnectionEstablished { peer, endpoint }) => {
                    report.connected(peer, endpoint.address().to_string());
                }
                Some(Litep2pEvent::ConnectionClosed { peer, .. }) => report.disconnected(peer),
                Some(_) => {}
                None => return Err("litep2p has ended".into()),
            },
            _ = &mut commands => return Ok(litep2p),
            _ = interrupt.recv() => return Ok(litep2p),
            _ = terminate.recv() => return Ok(litep2p),
        }
    }
}
