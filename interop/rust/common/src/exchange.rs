//! The command `exchange`: streams that move bytes, many times over.

use std::{
    collections::BTreeMap,
    io,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use futures::StreamExt;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::{client::Client, initiators, node::Node, protocol::Protocol};

pub struct Exchange {
    pub peer: String,
    pub protocol: Protocol,
    pub bytes: u64,
    pub count: u64,
    pub parallel: usize,
    pub redial: bool,
}

impl Exchange {
    /// What has not been done by the deadline has failed.
    pub async fn run<N: Node>(&self, client: &Client<N>, deadline: Instant) -> Value {
        let repeated = AtomicU64::new(0);
        let mut longest = Duration::ZERO;
        let mut succeeded = 0;
        let mut errors = BTreeMap::<String, u64>::new();

        let mut outcomes = futures::stream::iter(0..self.count)
            .map(|_| timeout_at(deadline, self.once_or_again(client, &repeated)))
            .buffer_unordered(self.parallel);

        while let Some(outcome) = outcomes.next().await {
            match outcome.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
                Ok(duration) => {
                    succeeded += 1;
                    longest = longest.max(duration);
                }
                Err(error) => *errors.entry(error.to_string()).or_default() += 1,
            }
        }

        json!({
            "succeeded": succeeded,
            "failed": self.count - succeeded,
            "errors": errors,
            "longest": longest.as_millis() as u64,
            "repeated": repeated.load(Relaxed),
        })
    }

    async fn once_or_again<N: Node>(
        &self,
        client: &Client<N>,
        repeated: &AtomicU64,
    ) -> io::Result<Duration> {
        loop {
            let contact = client.registry.contact(&self.peer);
            let error = match self.once(client).await {
                Ok(duration) => return Ok(duration),
                Err(error) => error,
            };
            if !self.redial || !client.redial(&self.peer, contact).await? {
                return Err(error);
            }
            repeated.fetch_add(1, Relaxed);
        }
    }

    async fn once<N: Node>(&self, client: &Client<N>) -> io::Result<Duration> {
        let started = Instant::now();
        let mut stream = client.open(&self.peer, self.protocol).await?;
        initiators::exchange(self.protocol, &mut stream, self.bytes, N::ECHO_READS_AHEAD).await?;
        Ok(started.elapsed())
    }
}
