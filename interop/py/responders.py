"""The responder's end of every protocol, see interop/README.md."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from libp2p.abc import IHost, INetStream
from libp2p.network.stream.net_stream import NetStream
import trio

from control import describe, emit
from peer_stream import PeerStream, at_once
from protocols import NOT_STOPPED, PROTOCOLS, UNREAD

# How long a responder waits for what comes next, in seconds
_PATIENCE = 30

Responder = Callable[[PeerStream], Awaitable[None]]


async def _echo(stream: PeerStream) -> None:
    while data := await stream.read():
        await stream.write(data)

    await stream.end()


async def _pattern_both_ways(stream: PeerStream) -> None:
    count = await stream.read_number()
    await at_once(lambda: stream.write_to_end(count), lambda: stream.read_pattern_to_end(count))


async def _sink(stream: PeerStream) -> None:
    await stream.write_number(await stream.read_to_end())
    await stream.end()


async def _source(stream: PeerStream) -> None:
    await stream.write_to_end(await stream.read_number())
    await stream.read_to_end()


async def _write_until_stopped(stream: PeerStream) -> None:
    await stream.read_byte()
    await stream.write_pattern_until_stopped(NOT_STOPPED)
    await stream.end()


async def _stop_reading(stream: PeerStream) -> None:
    await stream.read_byte()
    stream.stop_reading()
    await stream.write_number(1)
    await stream.end()


async def _expect_reset(stream: PeerStream) -> None:
    unread = await stream.read_byte()
    await stream.expect_reset(lambda: stream.write_pattern(UNREAD if unread == 1 else 1))


async def _reset(stream: PeerStream) -> None:
    if await stream.read_byte() == 1:
        await stream.write_pattern(UNREAD)

    await stream.reset()


async def _perf(stream: PeerStream) -> None:
    count = await stream.read_number()
    await stream.read_to_end()
    await stream.write_to_end(count)


_RESPONDERS: dict[str, Responder] = {
    "echo": _echo,
    "echo-back": _pattern_both_ways,
    "both": _pattern_both_ways,
    "sink": _sink,
    "source": _source,
    "write-until-stopped": _write_until_stopped,
    "stop-reading": _stop_reading,
    "expect-reset": _expect_reset,
    "reset": _reset,
    "perf": _perf,
}


def serve_protocols(host: IHost, nursery: trio.Nursery) -> None:
    """Makes a host the responder of every protocol, and tells how each stream ended."""
    for name, responder in _RESPONDERS.items():
        host.set_stream_handler(PROTOCOLS[name], _handler(name, responder, nursery))


def _handler(name: str, responder: Responder, nursery: trio.Nursery) -> Callable[[INetStream], Awaitable[None]]:
    async def handle(net_stream: INetStream) -> None:
        assert isinstance(net_stream, NetStream)

        with trio.CancelScope() as patience:

            def on_progress() -> None:
                patience.deadline = trio.current_time() + _PATIENCE

            on_progress()
            stream = PeerStream(net_stream, nursery, on_progress)
            failure = None

            try:
                await responder(stream)
                await stream.close()
            except Exception as error:
                failure = describe(error)
                await stream.reset()
            except trio.Cancelled:
                await stream.reset()
                raise

        if patience.cancelled_caught:
            failure = f"Waited for {_PATIENCE} s for the other end"

        emit(
            "stream",
            peer=str(net_stream.muxed_conn.peer_id),
            protocol=name,
            direction="inbound",
            ok=failure is None,
            received=stream.received,
            **({} if failure is None else {"error": failure}),
        )

    return handle
