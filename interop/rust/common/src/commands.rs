//! Commands on standard input.

use std::{io, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    time::{Instant, timeout_at},
};

use crate::{
    client::Client,
    control::{print, stream_ended},
    exchange::Exchange,
    initiators::{self, EXCHANGES},
    node::{Node, cannot},
    protocol::Protocol,
    registry::Direction,
    transfer::{read_to_end, write_pattern},
    watched::Watched,
};

/// In seconds.
const DEFAULT_TIMEOUT: f64 = 60.0;

/// Carries out commands until standard input ends.
pub async fn serve<N: Node>(client: Arc<Client<N>>) {
    let mut lines = BufReader::new(tokio::io::stdin());
    let mut line = Vec::new();

    while matches!(lines.read_until(b'\n', &mut line).await, Ok(length) if length > 0) {
        let line = std::mem::take(&mut line);
        if !line.trim_ascii().is_empty() {
            let client = client.clone();
            tokio::spawn(async move { print(answer(&client, &line).await) });
        }
    }
}

/// The reply to one command line.
async fn answer<N: Node>(client: &Client<N>, line: &[u8]) -> Value {
    let command: Value = match serde_json::from_slice(line) {
        Ok(command) => command,
        Err(error) => return json!({ "id": null, "ok": false, "error": error.to_string() }),
    };

    let started = Instant::now();
    let mut reply = execute(client, &command, started)
        .await
        .unwrap_or_else(|error| json!({ "error": error.to_string() }));
    reply["ok"] = json!(reply.get("error").is_none());
    reply["id"] = command["id"].clone();
    reply["ms"] = json!(started.elapsed().as_millis() as u64);
    reply
}

async fn execute<N: Node>(
    client: &Client<N>,
    command: &Value,
    started: Instant,
) -> io::Result<Value> {
    let name = text(command, "cmd")?;
    if let Some(reason) = cannot::<N>(name) {
        return Err(io::Error::new(io::ErrorKind::Unsupported, reason));
    }

    let seconds = match &command["timeout"] {
        Value::Null => DEFAULT_TIMEOUT,
        value => value.as_f64().ok_or_else(|| invalid("timeout"))?,
    };
    let limit = Duration::try_from_secs_f64(seconds).map_err(|_| invalid("timeout"))?;
    let deadline = started + limit;
    let expired = || io::Error::other(format!("not done within {seconds} s"));

    if name == "exchange" {
        let mut reply = exchange(command)?.run(client, deadline).await;
        if Instant::now() >= deadline {
            reply["error"] = json!(expired().to_string());
        }
        return Ok(reply);
    }
    timeout_at(deadline, perform(client, name, command))
        .await
        .unwrap_or_else(|_| Err(expired()))
}

async fn perform<N: Node>(client: &Client<N>, name: &str, command: &Value) -> io::Result<Value> {
    let peer = || text(command, "peer");

    match name {
        "dial" => {
            let peer = client.dial(text(command, "address")?).await?;
            return Ok(json!({ "peer": peer }));
        }
        "ping" => {
            let count = number(command, "count", Some(1))?;
            let mut stream = client.open(peer()?, Protocol::Ping).await?;
            let rtts = initiators::ping(&mut stream, count).await?;
            let rtts: Vec<_> = rtts.into_iter().map(milliseconds).collect();
            return Ok(json!({ "rtts": rtts }));
        }
        "write-until-stopped" => {
            let mut stream = client.open(peer()?, Protocol::StopReading).await?;
            initiators::write_until_stopped(&mut stream).await?;
        }
        "stop-reading" => {
            let mut stream = client.open(peer()?, Protocol::WriteUntilStopped).await?;
            initiators::stop_reading(&mut stream).await?;
        }
        "expect-reset" => {
            let unread = flag(command, "unread")?;
            let mut stream = client.open(peer()?, Protocol::Reset).await?;
            initiators::expect_reset(&mut stream, unread).await?;
        }
        "reset" => {
            let unread = flag(command, "unread")?;
            let mut stream = client.open(peer()?, Protocol::ExpectReset).await?;
            initiators::reset(&mut stream, unread).await?;
        }
        "hold" => {
            let mut stream = client.open(peer()?, Protocol::Echo).await?;
            initiators::hold(&mut stream).await?;
            tokio::spawn(watch_held(peer()?.to_string(), stream));
        }
        "write-and-close" => {
            let bytes = number(command, "bytes", None)?;
            let mut stream = client.open(peer()?, Protocol::Sink).await?;
            write_pattern(&mut stream, bytes).await?;
            client.close(peer()?).await?;
        }
        "close" => client.close(peer()?).await?,
        "perf" => {
            let upload = number(command, "upload", None)?;
            let download = number(command, "download", None)?;
            let mut stream = client.open(peer()?, Protocol::Perf).await?;
            let (up, down) = initiators::perf(&mut stream, upload, download).await?;
            return Ok(json!({
                "uploadMs": milliseconds(up),
                "downloadMs": milliseconds(down),
            }));
        }
        "status" => {
            return Ok(json!({
                "connections": client.registry.connections(),
                "streams": client.registry.streams(),
                "resources": {},
            }));
        }
        _ => return Err(io::Error::other(format!("there is no command {name}"))),
    }
    Ok(json!({}))
}

/// Tells when a stream ends that the remote has no reason to end.
async fn watch_held<S: AsyncRead + Unpin>(peer: String, mut stream: Watched<S>) {
    let outcome = match read_to_end(&mut stream).await {
        Ok(_) => Err(io::Error::other("the remote has ended the stream")),
        Err(error) => Err(error),
    };
    let received = stream.received();
    drop(stream);
    stream_ended(
        &peer,
        Protocol::Echo,
        Direction::Outbound,
        received,
        outcome,
    );
}

fn exchange(command: &Value) -> io::Result<Exchange> {
    let name = text(command, "protocol")?;
    let protocol = EXCHANGES
        .into_iter()
        .find(|protocol| protocol.name() == name)
        .ok_or_else(|| invalid("protocol"))?;

    Ok(Exchange {
        peer: text(command, "peer")?.to_string(),
        protocol,
        bytes: number(command, "bytes", None)?,
        count: number(command, "count", Some(1))?,
        parallel: number(command, "parallel", Some(1))?.max(1) as usize,
        redial: flag(command, "redial")?,
    })
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn invalid(key: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("no valid {key}"))
}

fn text<'a>(command: &'a Value, key: &str) -> io::Result<&'a str> {
    command[key].as_str().ok_or_else(|| invalid(key))
}

fn number(command: &Value, key: &str, default: Option<u64>) -> io::Result<u64> {
    match (&command[key], default) {
        (Value::Null, Some(default)) => Ok(default),
        (value, _) => value.as_u64().ok_or_else(|| invalid(key)),
    }
}

fn flag(command: &Value, key: &str) -> io::Result<bool> {
    match &command[key] {
        Value::Null => Ok(false),
        value => value.as_bool().ok_or_else(|| invalid(key)),
    }
}
