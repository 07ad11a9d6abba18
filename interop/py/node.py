"""A py-libp2p host with WebRTC Direct, and what commands do with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aioice.ice import get_host_addresses
from libp2p import new_host
from libp2p.abc import INetConn
from libp2p.crypto.ed25519 import create_new_key_pair
from libp2p.identity.identify.identify import ID as IDENTIFY
from libp2p.identity.identify.pb.identify_pb2 import Identify
from libp2p.network.config import ConnectionConfig
from libp2p.network.stream.net_stream import NetStream
from libp2p.peer.id import ID
from libp2p.peer.peerinfo import info_from_p2p_addr
from libp2p.transport.webrtc.config import WebRTCTransportConfig
from libp2p.transport.webrtc.transport import WebRTCDirectTransport
from libp2p.utils.varint import read_length_prefixed_protobuf
from multiaddr import Multiaddr
import trio

from connections import Connections
from control import emit
from peer_stream import PeerStream
from protocols import PROTOCOLS
from responders import serve_protocols

# It connects to nobody by itself, and closes nothing
_CONNECTION_CONFIG = ConnectionConfig(min_connections=0, low_watermark=0)

# Where a remote has not told who it is, in seconds
_IDENTIFY_TIMEOUT = 10


class Node:
    def __init__(self, dialer_version: int, nursery: trio.Nursery) -> None:
        keys = create_new_key_pair()
        config = WebRTCTransportConfig(webrtc_direct_dial_version=dialer_version)

        self._nursery = nursery
        self._addresses: dict[str, str] = {}
        self._redial = trio.Lock()
        self.host = new_host(
            key_pair=keys,
            transports=[WebRTCDirectTransport(keys.private_key, config)],
            connection_config=_CONNECTION_CONFIG,
            disable_identify_address_discovery=True,
        )
        self.connections = Connections(lambda connection: nursery.start_soon(self._identify, connection))
        self.host.get_network().register_notifee(self.connections)
        serve_protocols(self.host, nursery)

    async def dial(self, address: str) -> str:
        """Connects, and returns the id of the peer."""
        peer = info_from_p2p_addr(Multiaddr(address))
        peerstore = self.host.get_peerstore()

        # it tries those of earlier dials too
        if peer.peer_id in peerstore.peer_ids():
            peerstore.clear_addrs(peer.peer_id)

        await self.host.connect(peer)
        self._addresses[str(peer.peer_id)] = address

        return str(peer.peer_id)

    async def redial(self, peer: str) -> None:
        """Connects anew, unless somebody else just has."""
        async with self._redial:
            if not self._open_connections(peer):
                await self.dial(self._addresses[peer])

    def connection(self, peer: str) -> INetConn:
        """The newest connection with a peer."""
        connections = self._open_connections(peer)

        if not connections:
            raise ConnectionError(f"There is no connection with {peer}")

        return connections[-1]

    def _open_connections(self, peer: str) -> list[INetConn]:
        connections = self.host.get_network().get_connections(ID.from_string(peer))

        return [connection for connection in connections if not connection.is_closed]

    @asynccontextmanager
    async def opened(self, peer: str, protocol: str) -> AsyncIterator[PeerStream]:
        """A stream, which is closed afterwards, or reset if something goes wrong."""
        stream = await self.open(peer, protocol)

        try:
            yield stream
            await stream.close()
        except BaseException:
            await stream.reset()
            raise

    async def open(self, peer: str, protocol: str) -> PeerStream:
        # without a connection the host would dial
        self.connection(peer)
        stream = await self.host.new_stream(ID.from_string(peer), [PROTOCOLS[protocol]])
        assert isinstance(stream, NetStream)

        return PeerStream(stream, self._nursery)

    async def close(self, peer: str) -> None:
        await self.host.disconnect(ID.from_string(peer))

    async def _identify(self, connection: INetConn) -> None:
        """
        Asks the remote who it is: py-libp2p does so too, but does not tell what
        the agent is.
        """
        peer = connection.muxed_conn.peer_id

        try:
            with trio.fail_after(_IDENTIFY_TIMEOUT):
                stream = await self.host.new_stream(peer, [IDENTIFY])
                message = Identify()
                message.ParseFromString(await read_length_prefixed_protobuf(stream, use_varint_format=True))
                await stream.close()
        except Exception:
            # the connection may have ended
            return

        emit("identified", peer=str(peer), agent=message.agent_version, protocols=list(message.protocols))


def lacks_of_machine() -> dict[str, str]:
    """What py-libp2p can't do on this machine, and why."""
    reason = "aioice dials from no loopback address, and this machine has no other"

    return {
        name: f"{reason} of IPv{version}"
        for name, version in (("dial", 4), ("ip6", 6))
        if not get_host_addresses(use_ipv4=version == 4, use_ipv6=version == 6)
    }
