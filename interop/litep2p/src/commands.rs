//! Commands on stdin, which make litep2p the end that acts.

use std::{collections::BTreeMap, io, sync::Arc, time::Duration};

use futures::StreamExt;
use litep2p::{substream::Substream, PeerId};
use serde_json::{json, Value};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    sync::{mpsc, oneshot},
    time::{timeout, Instant},
};

use crate::{
    pattern,
    protocols::{write_pattern, Request, Service},
    report::{print, Direction, Report},
    stream::{expect_no_reset, leave_unread, shut_down, FRAME_SIZE},
};

/// After that long a stream counts as hung.
const STREAM_TIMEOUT: Duration = Duration::from_secs(60);

/// More than 256 full frames, so that the echo of it is more frames than
/// litep2p lets wait unread, however the remote cuts it.
const RESET_BYTES: u64 = 260 * FRAME_SIZE as u64;

/// Reads commands until stdin ends.
pub async fn run(requests: mpsc::Sender<Request>, report: Arc<Report>) {
    let client = Client { requests, report };
    let mut lines = BufReader::new(tokio::io::stdin());
    let mut line = Vec::new();

    while matches!(lines.read_until(b'\n', &mut line).await, Ok(length) if length > 0) {
        if !line.trim_ascii().is_empty() {
            let (client, line) = (client.clone(), line.clone());
            tokio::spawn(async move { print(client.answer(&line).await) });
        }
        line.clear();
    }
}

#[derive(Clone)]
struct Client {
    requests: mpsc::Sender<Request>,
    report: Arc<Report>,
}

impl Client {
    /// The reply to one command line.
    async fn answer(&self, line: &[u8]) -> Value {
        let command: Value = match serde_json::from_slice(line) {
            Ok(command) => command,
            Err(error) => return json!({ "id": null, "ok": false, "error": error.to_string() }),
        };

        let started = Instant::now();
        let mut reply = match self.execute(&command).await {
            Ok(mut reply) => {
                if reply.get("ok").is_none() {
                    reply["ok"] = json!(true);
                }
                reply
            }
            Err(error) => json!({ "ok": false, "error": error.to_string() }),
        };
        reply["id"] = command["id"].clone();
        reply["ms"] = json!(started.elapsed().as_millis() as u64);
        reply
    }

    async fn execute(&self, command: &Value) -> io::Result<Value> {
        match command["cmd"].as_str() {
            Some("status") => Ok(self.report.status()),
            Some("disconnect") => self.disconnect(peer(command)?).await,
            Some("echo") => {
                let chunk_size = number(command, "chunk", FRAME_SIZE as u64)?.max(1) as usize;
                self.echo(peer(command)?, number(command, "bytes", 0)?, chunk_size)
                    .await
                    .map(|bytes| json!({ "bytes": bytes }))
            }
            Some("streams") => self.streams(command).await,
            Some("reset") => self.reset(peer(command)?).await,
            Some("drop") => {
                self.drop_stream(peer(command)?, number(command, "bytes", 1)?)
                    .await
            }
            _ => Err(io::Error::other("unknown command")),
        }
    }

    async fn disconnect(&self, peer: PeerId) -> io::Result<Value> {
        let (sender, reply) = oneshot::channel();
        self.request(Request::Disconnect(peer, sender), reply)
            .await?;
        Ok(json!({}))
    }

    /// Many echo streams, `parallel` of them at a time.
    async fn streams(&self, command: &Value) -> io::Result<Value> {
        let peer = peer(command)?;
        let count = number(command, "count", 1)?;
        let parallel = number(command, "parallel", 1)?.max(1) as usize;
        let bytes = number(command, "bytes", 0)?;

        let outcomes: Vec<_> = futures::stream::iter(0..count)
            .map(|_| self.echo(peer, bytes, FRAME_SIZE))
            .buffer_unordered(parallel)
            .collect()
            .await;

        let mut errors = BTreeMap::<String, u64>::new();
        for error in outcomes.into_iter().filter_map(Result::err) {
            *errors.entry(error.to_string()).or_default() += 1;
        }
        let failed: u64 = errors.values().sum();
        Ok(json!({
            "ok": failed == 0,
            "succeeded": count - failed,
            "failed": failed,
            "errors": errors,
        }))
    }

    /// Writes `bytes` bytes to an echo stream and compares what comes back.
    async fn echo(&self, peer: PeerId, bytes: u64, chunk_size: usize) -> io::Result<u64> {
        self.on_stream(peer, |stream| async move {
            let (mut reader, mut writer) = tokio::io::split(stream);

            let write = async {
                write_pattern(&mut writer, bytes, chunk_size).await?;
                shut_down(&mut writer).await
            };
            let read = async {
                let mut buffer = vec![0; FRAME_SIZE];
                let mut received = 0;
                loop {
                    let length = reader.read(&mut buffer).await?;
                    if length == 0 {
                        return Ok(received);
                    }
                    if let Some(index) = pattern::first_difference(received, &buffer[..length]) {
                        return Err(io::Error::other(format!("byte {index} is wrong")));
                    }
                    received += length as u64;
                }
            };

            let (written, read): (io::Result<()>, io::Result<u64>) = tokio::join!(write, read);
            // Only the reader learns of a reset, the writer's error is a broken pipe.
            let received = read?;
            written?;
            expect_no_reset(&mut reader).await?;

            if received != bytes {
                return Err(io::Error::other(format!(
                    "{received} of {bytes} bytes came back"
                )));
            }
            Ok(received)
        })
        .await
    }

    /// Makes litep2p reset an echo stream, by not reading what comes back.
    async fn reset(&self, peer: PeerId) -> io::Result<Value> {
        self.on_stream(peer, |mut stream| async move {
            // The reset may come while this writes, and is a broken pipe then.
            let _ = write_pattern(&mut stream, RESET_BYTES, FRAME_SIZE).await;
            leave_unread(&mut stream).await?;
            Ok(json!({}))
        })
        .await
    }

    /// Writes `bytes` bytes to an echo stream and drops it.
    async fn drop_stream(&self, peer: PeerId, bytes: u64) -> io::Result<Value> {
        self.on_stream(peer, |mut stream| async move {
            write_pattern(&mut stream, bytes, FRAME_SIZE).await?;
            Ok(json!({ "bytes": bytes }))
        })
        .await
    }

    /// Opens an echo stream, uses it and counts how that went.
    async fn on_stream<T, F>(
        &self,
        peer: PeerId,
        usage: impl FnOnce(Substream) -> F,
    ) -> io::Result<T>
    where
        F: std::future::Future<Output = io::Result<T>>,
    {
        let used = timeout(STREAM_TIMEOUT, async {
            let (sender, reply) = oneshot::channel();
            let stream = self.request(Request::Open(peer, sender), reply).await?;
            usage(stream).await
        })
        .await
        .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "the stream hangs")));

        match &used {
            Ok(_) => self.report.stream_ended(Direction::Outbound),
            Err(error) => {
                self.report
                    .stream_failed(Direction::Outbound, peer, Service::Echo.name(), error)
            }
        }
        used
    }

    async fn request<T>(
        &self,
        request: Request,
        reply: oneshot::Receiver<io::Result<T>>,
    ) -> io::Result<T> {
        let ended = || io::Error::other("litep2p has ended");
        self.requests.send(request).await.map_err(|_| ended())?;
        reply.await.map_err(|_| ended())?
    }
}

fn peer(command: &Value) -> io::Result<PeerId> {
    command["peer"]
        .as_str()
        .and_then(|peer| peer.parse().ok())
        .ok_or_else(|| io::Error::other("no valid peer"))
}

fn number(command: &Value, key: &str, default: u64) -> io::Result<u64> {
    match &command[key] {
        Value::Null => Ok(default),
        value => value
            .as_u64()
            .ok_or_else(|| io::Error::other(format!("no valid {key}"))),
    }
}
