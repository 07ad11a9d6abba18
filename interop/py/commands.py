"""What the peer can be told to do, see interop/README.md."""

from __future__ import annotations

import secrets
from typing import Any

import trio

from control import Command, Handler, describe, emit
from initiators import exchange
from node import Node
from protocols import NOT_STOPPED, UNREAD
from peer_stream import PeerStream

_PING_LENGTH = 32


def create_commands(node: Node, nursery: trio.Nursery) -> dict[str, Handler]:
    async def dial(command: Command) -> dict[str, Any]:
        return {"peer": await node.dial(command["address"])}

    async def ping(command: Command) -> dict[str, Any]:
        rtts: list[float] = []

        async with node.opened(command["peer"], "ping") as stream:
            for _ in range(command["count"]):
                data = secrets.token_bytes(_PING_LENGTH)
                start = trio.current_time()
                await stream.write(data)

                if await stream.read_bytes(_PING_LENGTH) != data:
                    raise ValueError("The answer to a ping holds other bytes than were sent")

                rtts.append((trio.current_time() - start) * 1000)

            await stream.end()

        return {"rtts": rtts}

    async def write_until_stopped(command: Command) -> dict[str, Any]:
        async with node.opened(command["peer"], "stop-reading") as stream:
            await stream.write(b"\0")
            await stream.write_pattern_until_stopped(NOT_STOPPED)
            await stream.end()

            if await stream.read_number() != 1:
                raise ValueError("Another number than 1 came back")

            await stream.read_pattern_to_end(0)

        return {}

    async def stop_reading(command: Command) -> dict[str, Any]:
        async with node.opened(command["peer"], "write-until-stopped") as stream:
            await stream.write(b"\0")
            await stream.read_pattern(UNREAD)
            stream.stop_reading()
            await stream.end()

        return {}

    async def expect_reset(command: Command) -> dict[str, Any]:
        async with node.opened(command["peer"], "reset") as stream:

            async def write() -> None:
                await stream.write(b"\1" if command["unread"] else b"\0")
                await stream.write_pattern(UNREAD if command["unread"] else 0)

            await stream.expect_reset(write)

        return {}

    async def reset(command: Command) -> dict[str, Any]:
        async with node.opened(command["peer"], "expect-reset") as stream:
            await stream.write(b"\1" if command["unread"] else b"\0")
            await stream.read_byte()
            await stream.reset()

        return {}

    async def hold(command: Command) -> dict[str, Any]:
        peer = command["peer"]
        stream = await node.open(peer, "echo")

        try:
            await stream.write(b"\0")
            await stream.read_byte()
        except BaseException:
            await stream.reset()
            raise

        # it outlives the command
        nursery.start_soon(_watch, stream, peer)

        return {}

    async def write_and_close(command: Command) -> dict[str, Any]:
        stream = await node.open(command["peer"], "sink")
        await stream.write_pattern(command["bytes"])
        await node.close(command["peer"])

        return {}

    async def close(command: Command) -> dict[str, Any]:
        await node.close(command["peer"])

        return {}

    async def perf(command: Command) -> dict[str, Any]:
        async with node.opened(command["peer"], "perf") as stream:
            await stream.write_number(command["download"])
            start = trio.current_time()
            await stream.write_to_end(command["upload"])
            uploaded = trio.current_time()
            await stream.read_pattern_to_end(command["download"])

            return {
                "uploadMs": round((uploaded - start) * 1000),
                "downloadMs": round((trio.current_time() - uploaded) * 1000),
            }

    async def status(command: Command) -> dict[str, Any]:
        connections = list(node.connections)

        return {
            "connections": len(connections),
            "streams": sum(len(connection.get_streams()) for connection in connections),
            "resources": {},
        }

    return {
        "dial": dial,
        "ping": ping,
        "exchange": lambda command: exchange(node, command),
        "write-until-stopped": write_until_stopped,
        "stop-reading": stop_reading,
        "expect-reset": expect_reset,
        "reset": reset,
        "hold": hold,
        "write-and-close": write_and_close,
        "close": close,
        "perf": perf,
        "status": status,
    }


async def _watch(stream: PeerStream, peer: str) -> None:
    """Reads a stream to its end, and tells how that was."""
    outcome: dict[str, Any] = {"ok": True}

    try:
        await stream.read_to_end()
    except Exception as error:
        outcome = {"ok": False, "error": describe(error)}

    emit("stream", peer=peer, protocol="echo", direction="outbound", received=stream.received, **outcome)
