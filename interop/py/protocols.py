"""The protocols of the tests, by the names that commands and events have for them."""

from libp2p.custom_types import TProtocol

PROTOCOLS = {
    "echo": TProtocol("/echo/1.0.0"),
    "echo-back": TProtocol("/interop/echo-back/1.0.0"),
    "both": TProtocol("/interop/both/1.0.0"),
    "sink": TProtocol("/interop/sink/1.0.0"),
    "source": TProtocol("/interop/source/1.0.0"),
    "write-until-stopped": TProtocol("/interop/write-until-stopped/1.0.0"),
    "stop-reading": TProtocol("/interop/stop-reading/1.0.0"),
    "expect-reset": TProtocol("/interop/expect-reset/1.0.0"),
    "reset": TProtocol("/interop/reset/1.0.0"),
    "perf": TProtocol("/perf/1.0.0"),
    # which py-libp2p serves itself
    "ping": TProtocol("/ipfs/ping/1.0.0"),
}

# How much there is to read for an end that is about to reset, in bytes
UNREAD = 64 * 1024

# A writer that could write so much was not stopped, in bytes
NOT_STOPPED = 64 * 1024 * 1024
