package main

import (
	"context"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
)

// connections reports how connections begin and end
type connections struct {
	out *output

	mutex sync.Mutex
	// ends has a channel for each connection there is, closed when it ends
	ends map[network.Conn]chan struct{}
}

func newConnections(out *output) *connections {
	return &connections{out: out, ends: make(map[network.Conn]chan struct{})}
}

func (c *connections) observe(h host.Host) error {
	identified, err := h.EventBus().Subscribe(new(event.EvtPeerIdentificationCompleted), eventbus.BufSize(256))
	if err != nil {
		return err
	}
	go func() {
		for e := range identified.Out() {
			identity := e.(event.EvtPeerIdentificationCompleted)
			c.out.event("identified", fields{
				"peer":      identity.Peer.String(),
				"agent":     identity.AgentVersion,
				"protocols": identity.Protocols,
			})
		}
	}()
	h.Network().Notify(&network.NotifyBundle{ConnectedF: c.connected, DisconnectedF: c.disconnected})
	return nil
}

func (c *connections) connected(_ network.Network, connection network.Conn) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.ends[connection] = make(chan struct{})
	c.out.event("connected", fields{
		"peer":      connection.RemotePeer().String(),
		"address":   connection.RemoteMultiaddr().String(),
		"direction": directionOf(connection.Stat().Direction),
	})
}

func directionOf(direction network.Direction) string {
	if direction == network.DirOutbound {
		return "outbound"
	}
	return "inbound"
}

func (c *connections) disconnected(_ network.Network, connection network.Conn) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	close(c.ends[connection])
	delete(c.ends, connection)
	for other := range c.ends {
		if other.RemotePeer() == connection.RemotePeer() {
			return
		}
	}
	c.out.event("disconnected", fields{"peer": connection.RemotePeer().String()})
}

// endsWithin waits for the end of a connection. When a remote closes one its
// streams may end some time before it does.
func (c *connections) endsWithin(ctx context.Context, limit time.Duration, connection network.Conn) bool {
	c.mutex.Lock()
	end, exists := c.ends[connection]
	c.mutex.Unlock()
	if !exists {
		return true
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-end:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}
