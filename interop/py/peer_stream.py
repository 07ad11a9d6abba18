"""
A stream of py-libp2p as the tests need it: numbers, the pattern, and the
difference between an end and a reset.

It is the stream of the transport, below libp2p's `NetStream`: that one takes the
end of what the remote has sent for a failure, and can't be written to from then
on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
import math
from typing import cast

from libp2p.network.stream.net_stream import NetStream
from libp2p.transport.webrtc.exceptions import WebRTCStreamError
from libp2p.transport.webrtc.stream import WebRTCStream
import trio

from pattern import MAX_PIECE, is_pattern, pattern_piece

_NUMBER_LENGTH = 8

# How long to try to tell the remote of a reset, in seconds: a channel that is
# not open yet keeps it waiting
_RESET_TIMEOUT = 1


class StreamReset(Exception):
    """The remote has reset the stream."""


class StreamStopped(Exception):
    """The remote does not want to read more."""


class PeerStream:
    def __init__(self, stream: NetStream, nursery: trio.Nursery, on_progress: Callable[[], None] = lambda: None) -> None:
        # in bytes
        self.received = 0

        self._net_stream = stream
        self._stream = cast(WebRTCStream, stream.muxed_stream)
        self._on_progress = on_progress
        self._was_reset = False
        self._unread = bytearray()
        self._arriving, self._arrived = trio.open_memory_channel[bytes](math.inf)

        nursery.start_soon(self._receive)

    async def _receive(self) -> None:
        """
        Reads all there is, whoever wants it: py-libp2p keeps 64 messages that
        were not read, and throws away what comes then.
        """
        with self._arriving:
            while True:
                try:
                    data = await self._stream.read()
                except trio.ClosedResourceError:
                    # at this end
                    return
                except WebRTCStreamError:
                    break

                self.received += len(data)
                self._on_progress()
                self._arriving.send_nowait(data)

            # the first error is the same for an end and a reset
            try:
                await self._stream.read()
            except WebRTCStreamError as error:
                self._was_reset = "reset" in str(error)
            except trio.ClosedResourceError:
                pass

    async def read(self) -> bytes:
        """What arrives next, or nothing at the end."""
        if self._unread:
            data = bytes(self._unread)
            self._unread.clear()

            return data

        try:
            return await self._arrived.receive()
        except trio.EndOfChannel:
            if self._was_reset:
                raise StreamReset("The remote has reset the stream") from None

            return b""

    async def read_bytes(self, count: int) -> bytes:
        """Some bytes, which must be there before the end."""
        data = bytearray()

        while len(data) < count:
            arrived = await self.read()

            if not arrived:
                raise EOFError(f"The end came after {len(data)} of {count} bytes")

            data += arrived

        self._unread[:0] = data[count:]

        return bytes(data[:count])

    async def read_number(self) -> int:
        return int.from_bytes(await self.read_bytes(_NUMBER_LENGTH), "big")

    async def read_byte(self) -> int:
        return (await self.read_bytes(1))[0]

    async def read_pattern(self, count: int) -> None:
        if not is_pattern(await self.read_bytes(count), 0):
            raise ValueError(f"Other bytes than those of the pattern arrived among the first {count}")

    async def read_pattern_to_end(self, count: int, on_data: Callable[[bytes], Awaitable[None]] | None = None) -> None:
        """
        Reads to the end, which must come after that many bytes of the pattern.
        `on_data` is told of what comes.
        """
        offset = 0

        while data := await self.read():
            if not is_pattern(data, offset):
                raise ValueError(f"Other bytes than those of the pattern arrived after {offset}")

            offset += len(data)

            if offset > count:
                raise ValueError(f"More than {count} bytes arrived")

            if on_data is not None:
                await on_data(data)

        if offset != count:
            raise EOFError(f"The end came after {offset} of {count} bytes")

    async def read_to_end(self) -> int:
        """Reads to the end, and returns how many bytes came."""
        count = 0

        while data := await self.read():
            count += len(data)

        return count

    async def expect_reset(self, before: Callable[[], Awaitable[None]]) -> None:
        """Does something, then reads, until the remote resets the stream."""
        try:
            await before()
            await self.read_to_end()
        except StreamReset:
            return

        raise ValueError("The stream ended without a reset")

    async def write(self, data: bytes) -> None:
        try:
            await self._stream.write(data)
        except WebRTCStreamError as error:
            if "reset" in str(error):
                raise StreamReset("The remote has reset the stream") from error

            raise StreamStopped("The remote does not read any more") from error

        self._on_progress()

    async def write_number(self, value: int) -> None:
        await self.write(value.to_bytes(_NUMBER_LENGTH, "big"))

    async def write_pattern(self, count: int) -> None:
        for offset in range(0, count, MAX_PIECE):
            await self.write(pattern_piece(offset, count - offset))

    async def write_to_end(self, count: int) -> None:
        await self.write_pattern(count)
        await self.end()

    async def write_pattern_until_stopped(self, limit: int) -> None:
        """Writes the pattern until the remote does not want more."""
        try:
            await self.write_pattern(limit)
        except StreamStopped:
            return

        raise ValueError(f"{limit} bytes could be written")

    async def end(self) -> None:
        """
        Half-closes, and waits for the acknowledgement. What is public,
        `NetStream.close_write`, ends reading too.
        """
        await self._stream._close_write()

        if not self._stream._fin_ack_received.is_set():
            raise TimeoutError("No FIN_ACK came within 5 s")

    def stop_reading(self) -> None:
        """
        Tells the remote to stop writing. What is public, `NetStream.close_read`,
        tells it nothing.
        """
        self._stream._close_read_side()

    async def close(self) -> None:
        await self._net_stream.close()

    async def reset(self) -> None:
        with trio.move_on_after(_RESET_TIMEOUT, shield=True):
            await self._net_stream.reset()


async def at_once(*tasks: Callable[[], Awaitable[None]]) -> None:
    """Does things at the same time. If one fails the others can't go on."""
    failures: list[Exception] = []

    async with trio.open_nursery() as nursery:

        async def run(task: Callable[[], Awaitable[None]]) -> None:
            try:
                await task()
            except Exception as error:
                failures.append(error)
                nursery.cancel_scope.cancel()

        for task in tasks:
            nursery.start_soon(run, task)

    if failures:
        raise failures[0]
