//! The protocols that streams are opened for.

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Protocol {
    Ping,
    Echo,
    EchoBack,
    Both,
    Sink,
    Source,
    WriteUntilStopped,
    StopReading,
    ExpectReset,
    Reset,
    Perf,
}

impl Protocol {
    pub const ALL: [Protocol; 11] = [
        Protocol::Ping,
        Protocol::Echo,
        Protocol::EchoBack,
        Protocol::Both,
        Protocol::Sink,
        Protocol::Source,
        Protocol::WriteUntilStopped,
        Protocol::StopReading,
        Protocol::ExpectReset,
        Protocol::Reset,
        Protocol::Perf,
    ];

    /// What is negotiated.
    pub fn id(self) -> &'static str {
        match self {
            Protocol::Ping => "/ipfs/ping/1.0.0",
            Protocol::Echo => "/echo/1.0.0",
            Protocol::EchoBack => "/interop/echo-back/1.0.0",
            Protocol::Both => "/interop/both/1.0.0",
            Protocol::Sink => "/interop/sink/1.0.0",
            Protocol::Source => "/interop/source/1.0.0",
            Protocol::WriteUntilStopped => "/interop/write-until-stopped/1.0.0",
            Protocol::StopReading => "/interop/stop-reading/1.0.0",
            Protocol::ExpectReset => "/interop/expect-reset/1.0.0",
            Protocol::Reset => "/interop/reset/1.0.0",
            Protocol::Perf => "/perf/1.0.0",
        }
    }

    /// What commands and events call it: the last part but one of its id.
    pub fn name(self) -> &'static str {
        self.id().rsplit('/').nth(1).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_short_names() {
        assert_eq!(Protocol::Ping.name(), "ping");
        assert_eq!(Protocol::Echo.name(), "echo");
        assert_eq!(Protocol::WriteUntilStopped.name(), "write-until-stopped");
    }
}
