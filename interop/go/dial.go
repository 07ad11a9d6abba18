package main

import (
	"context"
	"fmt"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
)

// dial connects to the peer at the address, which is remembered for the redial
// of an exchange.
func (n *node) dial(ctx context.Context, address string) (peer.ID, error) {
	info, err := peer.AddrInfoFromString(address)
	if err != nil {
		return "", err
	}
	// forget the address of an earlier dial, which may have been a wrong one
	n.host.Peerstore().ClearAddrs(info.ID)
	n.host.Peerstore().AddAddrs(info.ID, info.Addrs, peerstore.PermanentAddrTTL)
	return info.ID, n.connect(ctx, info.ID)
}

// connect dials a peer whose address is known, if it is not connected. It
// returns when the remote has been identified too.
func (n *node) connect(ctx context.Context, remote peer.ID) error {
	// a dial that failed must not keep the next from being tried
	if network, ok := n.host.Network().(*swarm.Swarm); ok {
		network.Backoff().Clear(remote)
	}
	return n.host.Connect(ctx, peer.AddrInfo{ID: remote})
}

func (n *node) connectionTo(remote peer.ID) (network.Conn, error) {
	for _, connection := range n.host.Network().ConnsToPeer(remote) {
		if !connection.IsClosed() {
			return connection, nil
		}
	}
	return nil, fmt.Errorf("not connected to %s", remote)
}
