// Package unlimited has what a node needs that refuses nothing, closes nothing
// by itself, and uses connections for nothing but what it is told to.
package unlimited

import (
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
)

// Options are those of all nodes here
var Options = libp2p.ChainOptions(
	// The defaults are for the internet: 1,000 streams to one peer, or
	// more than 8 connections from one address that is not this machine,
	// would be refused, and connections trimmed.
	libp2p.ResourceManager(&network.NullResourceManager{}),
	libp2p.ConnectionManager(connmgr.NullConnMgr{}),

	// A dial is over when its command is: not after the 5 seconds that are
	// allowed for private addresses, and not before it has begun because
	// earlier ones have failed.
	libp2p.WithDialTimeout(time.Hour),
	libp2p.SwarmOpts(swarm.WithDialTimeoutLocal(time.Hour)),
	libp2p.UDPBlackHoleSuccessCounter(nil),
	libp2p.IPv6BlackHoleSuccessCounter(nil),

	// Nothing but what is asked for uses the connections: a reachability that
	// is given is not probed, an address that is not observed does not change,
	// and so is not pushed.
	libp2p.DisableRelay(),
	libp2p.ForceReachabilityPublic(),
	libp2p.DisableIdentifyAddressDiscovery(),
	libp2p.DisableMetrics(),
)
