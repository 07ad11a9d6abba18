"""
The initiator's end of the protocols that move bytes, many times over, see
interop/README.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import trio

from control import Command, describe
from node import Node
from peer_stream import PeerStream, at_once

Initiator = Callable[[PeerStream, int], Awaitable[None]]


async def _echo(stream: PeerStream, count: int) -> None:
    await at_once(lambda: stream.write_to_end(count), lambda: stream.read_pattern_to_end(count))


async def _echo_back(stream: PeerStream, count: int) -> None:
    await stream.write_number(count)
    await stream.read_pattern_to_end(count, stream.write)
    await stream.end()


async def _both(stream: PeerStream, count: int) -> None:
    await stream.write_number(count)
    await _echo(stream, count)


async def _sink(stream: PeerStream, count: int) -> None:
    await stream.write_to_end(count)
    received = await stream.read_number()

    if received != count:
        raise ValueError(f"The remote received {received} of {count} bytes")

    await stream.read_pattern_to_end(0)


async def _source(stream: PeerStream, count: int) -> None:
    await stream.write_number(count)
    await at_once(stream.end, lambda: stream.read_pattern_to_end(count))


_INITIATORS: dict[str, Initiator] = {
    "echo": _echo,
    "echo-back": _echo_back,
    "both": _both,
    "sink": _sink,
    "source": _source,
}


async def exchange(node: Node, command: Command) -> dict[str, Any]:
    """Is the initiator of many streams."""
    peer, protocol = command["peer"], command["protocol"]
    count, redial = command.get("count", 1), command.get("redial", False)
    errors: Counter[str] = Counter()
    started = succeeded = repeated = 0
    longest = 0.0

    async def once() -> None:
        nonlocal longest
        start = trio.current_time()

        async with node.opened(peer, protocol) as stream:
            await _INITIATORS[protocol](stream, command["bytes"])

        longest = max(longest, trio.current_time() - start)

    async def once_or_repeated() -> None:
        nonlocal repeated

        while True:
            connection = node.connection(peer)

            try:
                return await once()
            except Exception:
                if not redial or not await node.connections.has_ended(connection):
                    raise

            repeated += 1
            await node.redial(peer)

    async def work() -> None:
        nonlocal started, succeeded

        while started < count:
            started += 1

            try:
                await once_or_repeated()
                succeeded += 1
            except Exception as error:
                errors[describe(error)] += 1

    async with trio.open_nursery() as nursery:
        for _ in range(command.get("parallel", 1)):
            nursery.start_soon(work)

    return {
        "ok": not errors,
        "succeeded": succeeded,
        "failed": errors.total(),
        "errors": errors,
        "longest": round(longest * 1000),
        "repeated": repeated,
    }
