package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"interop-go-libp2p/unlimited"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
)

// patience is how long anything may be silent
const patience = 30 * time.Second

// end is this end of the pair
type end struct {
	mutex sync.Mutex
	// nodes are those that dial, with a peer id each
	nodes map[int]host.Host
	// current is the connection that is used for what is asked
	current *connection
	crowd   []*connection
}

// connection is one of a node
type connection struct {
	network.Conn
	node host.Host
}

func newEnd() *end {
	return &end{nodes: make(map[int]host.Host)}
}

func newNode(listen libp2p.Option) (host.Host, error) {
	return libp2p.New(listen, libp2p.Transport(newTransport), unlimited.Options)
}

func (e *end) listen() (string, error) {
	node, err := newNode(libp2p.ListenAddrStrings("/ip4/127.0.0.1/udp/0/webrtc-direct"))
	if err != nil {
		return "", err
	}
	respond(node)
	return fmt.Sprintf("%s/p2p/%s", node.Addrs()[0], node.ID()), nil
}

func (e *end) node(index int) (host.Host, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if node, exists := e.nodes[index]; exists {
		return node, nil
	}
	node, err := newNode(libp2p.NoListenAddrs)
	if err == nil {
		e.nodes[index] = node
	}
	return node, err
}

// dial makes another connection each time, see transport
func (e *end) dial(address string, index int) (*connection, error) {
	node, err := e.node(index)
	if err != nil {
		return nil, err
	}
	info, err := peer.AddrInfoFromString(address)
	if err != nil {
		return nil, err
	}
	// forget where an earlier dial went, and where the listener really is
	node.Peerstore().ClearAddrs(info.ID)
	node.Peerstore().AddAddrs(info.ID, info.Addrs, peerstore.PermanentAddrTTL)

	ctx, cancel := context.WithTimeout(network.WithForceDirectDial(context.Background(), "another each time"), patience)
	defer cancel()
	c, err := node.Network().DialPeer(ctx, info.ID)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: c, node: node}, nil
}

// connect dials, and returns how long it took, in ms
func (e *end) connect(address string) (float64, error) {
	start := time.Now()
	c, err := e.dial(address, 0)
	if err != nil {
		return 0, err
	}
	took := since(start)
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.current = c
	return took, nil
}

func (e *end) connected() (*connection, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.current == nil {
		return nil, errors.New("there is no connection")
	}
	return e.current, nil
}

// settle waits for identify, which tells go-libp2p what protocols need not be
// negotiated.
func (c *connection) settle() error {
	node, ok := c.node.(interface{ IDService() identify.IDService })
	if !ok {
		return fmt.Errorf("a node without identify: %T", c.node)
	}
	select {
	case <-node.IDService().IdentifyWait(c.Conn):
	case <-time.After(patience):
	}
	known, err := c.node.Peerstore().SupportsProtocols(c.RemotePeer(), protocols["echo"])
	if err == nil && len(known) == 0 {
		err = errors.New("identify has failed")
	}
	return err
}

// end closes the connection. What pion waits for then has no deadline.
func (c *connection) end() error {
	closed := make(chan error, 1)
	go func() { closed <- c.Close() }()
	select {
	case err := <-closed:
		return err
	case <-time.After(patience):
		return fmt.Errorf("the connection was not closed within %s", patience)
	}
}

// since returns how long ago something was, in ms
func since(start time.Time) float64 {
	return float64(time.Since(start)) / float64(time.Millisecond)
}
