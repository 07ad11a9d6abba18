package main

import (
	"context"

	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/pnet"
	tpt "github.com/libp2p/go-libp2p/core/transport"
	libp2pwebrtc "github.com/libp2p/go-libp2p/p2p/transport/webrtc"
	ma "github.com/multiformats/go-multiaddr"
)

// transport is that of go-libp2p, but that its connections claim to go through
// a proxy. With a connection that does, a peer is dialed once more if a direct
// one is asked for (bestAcceptableConnToPeer in p2p/net/swarm/swarm.go): this
// is the only way to have several connections to a peer.
type transport struct {
	*libp2pwebrtc.WebRTCTransport
}

func newTransport(key crypto.PrivKey, psk pnet.PSK, gater connmgr.ConnectionGater, resources network.ResourceManager, listen libp2pwebrtc.ListenUDPFn) (*transport, error) {
	t, err := libp2pwebrtc.New(key, psk, gater, resources, listen)
	if err != nil {
		return nil, err
	}
	return &transport{t}, nil
}

func (t *transport) Dial(ctx context.Context, address ma.Multiaddr, remote peer.ID) (tpt.CapableConn, error) {
	c, err := t.WebRTCTransport.Dial(ctx, address, remote)
	if err != nil {
		return nil, err
	}
	return proxiedConn{c}, nil
}

type proxiedConn struct {
	tpt.CapableConn
}

func (c proxiedConn) Transport() tpt.Transport {
	return proxy{c.CapableConn.Transport()}
}

type proxy struct {
	tpt.Transport
}

func (proxy) Proxy() bool {
	return true
}
