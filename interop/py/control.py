"""
The control protocol: one JSON object per line, commands on standard input,
events and replies on standard output.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
import json
import os
import sys
from typing import Any

import trio

Command = dict[str, Any]
Handler = Callable[[Command], Awaitable[dict[str, Any]]]

# In seconds
DEFAULT_TIMEOUT = 60

_CHUNK = 64 * 1024


def _write(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def emit(event: str, **fields: Any) -> None:
    _write({"event": event, **fields})


def describe(error: BaseException) -> str:
    """The name and the message of an error, and of what caused it."""
    parts = [f"{type(error).__name__}: {error}"]

    if isinstance(error, BaseExceptionGroup):
        parts += [describe(part) for part in error.exceptions]

    if error.__cause__ is not None:
        parts.append(describe(error.__cause__))

    return "; ".join(parts)


async def serve_commands(handlers: dict[str, Handler]) -> None:
    """Runs commands as they come, many at the same time, until the input ends."""
    async with trio.open_nursery() as nursery:
        async for line in _lines():
            nursery.start_soon(_run, json.loads(line), handlers)

        nursery.cancel_scope.cancel()


async def _lines() -> AsyncIterator[bytes]:
    # a thread that reads could not be cancelled
    stdin = trio.lowlevel.FdStream(os.dup(sys.stdin.fileno()))
    rest = b""

    while chunk := await stdin.receive_some(_CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")

        for line in lines:
            yield line


async def _run(command: Command, handlers: dict[str, Handler]) -> None:
    start = trio.current_time()
    timeout = command.get("timeout", DEFAULT_TIMEOUT)

    try:
        with trio.fail_after(timeout):
            result = {"ok": True, **await handlers[command["cmd"]](command)}
    except trio.TooSlowError:
        result = {"ok": False, "error": f"not done within {timeout} s"}
    except Exception as error:
        result = {"ok": False, "error": describe(error)}

    _write({"id": command["id"], "ms": round((trio.current_time() - start) * 1000), **result})
