"""
A py-libp2p host that is driven over its standard input and output, see
interop/README.md.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from importlib.metadata import version
import ipaddress
import signal

from multiaddr import Multiaddr
import trio

from commands import create_commands
from control import emit, serve_commands
from node import Node, lacks_of_machine


def _parse_arguments() -> Namespace:
    parser = ArgumentParser(prog="peer.py")
    commands = parser.add_subparsers(dest="role", required=True)

    listen = commands.add_parser("listen")
    listen.add_argument("--host", default="127.0.0.1")
    listen.add_argument("--port", type=int, default=0)

    dial = commands.add_parser("dial")
    dial.add_argument("--dialer-version", type=int, choices=(1, 2), default=1)

    return parser.parse_args()


def _listen_addresses(arguments: Namespace) -> list[Multiaddr]:
    if arguments.role == "dial":
        return []

    family = f"ip{ipaddress.ip_address(arguments.host).version}"

    return [Multiaddr(f"/{family}/{arguments.host}/udp/{arguments.port}/webrtc-direct")]


async def _main(arguments: Namespace) -> None:
    # streams outlive the commands and handlers that use them
    async with trio.open_nursery() as nursery:
        node = Node(getattr(arguments, "dialer_version", 1), nursery)

        async with node.host.run(_listen_addresses(arguments)):
            emit(
                "ready",
                implementation="py-libp2p",
                version=f"{version('libp2p')} (aiortc {version('aiortc')}, aioice {version('aioice')})",
                peer=str(node.host.get_id()),
                addrs=[str(address) for address in node.host.get_addrs()],
                cannot=lacks_of_machine(),
            )

            async with trio.open_nursery() as serving:
                serving.start_soon(_cancel_on_signal, serving.cancel_scope)
                await serve_commands(create_commands(node, nursery))
                serving.cancel_scope.cancel()

            await node.host.close()

        nursery.cancel_scope.cancel()


async def _cancel_on_signal(scope: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            scope.cancel()


if __name__ == "__main__":
    trio.run(_main, _parse_arguments())
