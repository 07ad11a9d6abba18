"""Tells how connections begin and end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from libp2p.abc import INetConn, INetStream, INetwork, INotifee
from libp2p.rcmgr import Direction
from multiaddr import Multiaddr
import trio

from control import emit

# How long after the end of a stream the end of its connection may show, in
# seconds
_END_DELAY = 2


class Connections(INotifee):
    def __init__(self, on_connected: Callable[[INetConn], None]) -> None:
        self._on_connected = on_connected
        self._ends: dict[INetConn, trio.Event] = {}

    def __iter__(self):
        return iter(self._ends)

    async def has_ended(self, connection: INetConn) -> bool:
        """Whether a connection has ended, or is about to."""
        if connection in self._ends:
            with trio.move_on_after(_END_DELAY):
                await self._ends[connection].wait()

        return connection not in self._ends

    async def connected(self, network: INetwork, conn: INetConn) -> None:
        self._ends[conn] = trio.Event()

        emit(
            "connected",
            peer=str(conn.muxed_conn.peer_id),
            # where an inbound one comes from is not told
            address=str(next(iter(conn.get_transport_addresses()), "")),
            direction="outbound" if conn.direction == Direction.OUTBOUND else "inbound",
        )
        self._on_connected(conn)

    async def disconnected(self, network: INetwork, conn: INetConn) -> None:
        peer = conn.muxed_conn.peer_id
        self._ends.pop(conn).set()

        if all(other.muxed_conn.peer_id != peer for other in self._ends):
            emit("disconnected", peer=str(peer))

    async def opened_stream(self, network: INetwork, stream: INetStream) -> None:
        pass

    async def closed_stream(self, network: INetwork, stream: INetStream) -> None:
        pass

    async def listen(self, network: INetwork, multiaddr: Multiaddr) -> None:
        pass

    async def listen_close(self, network: INetwork, multiaddr: Multiaddr) -> None:
        pass
