package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strings"

	"interop-go-libp2p/unlimited"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	libp2pwebrtc "github.com/libp2p/go-libp2p/p2p/transport/webrtc"
)

const modulePath = "github.com/libp2p/go-libp2p"

type nodeConfig struct {
	listen        bool
	host          string
	port          int
	keyFile       string
	dialerVersion int
}

// node is this peer
type node struct {
	host        host.Host
	out         *output
	connections *connections
}

func startNode(config nodeConfig, out *output) (*node, error) {
	listen := libp2p.NoListenAddrs
	if config.listen {
		address, err := listenAddress(config.host, config.port)
		if err != nil {
			return nil, err
		}
		listen = libp2p.ListenAddrStrings(address)
	}

	identity := libp2p.RandomIdentity
	if config.keyFile != "" {
		key, err := readKey(config.keyFile)
		if err != nil {
			return nil, err
		}
		identity = libp2p.Identity(key)
	}

	h, err := libp2p.New(
		listen,
		identity,
		libp2p.Transport(libp2pwebrtc.New, libp2pwebrtc.WithDialerVersion(config.dialerVersion)),
		libp2p.UserAgent("go-libp2p/"+strings.TrimPrefix(versionOf(modulePath), "v")),
		unlimited.Options,
	)
	if err != nil {
		return nil, err
	}

	n := &node{host: h, out: out, connections: newConnections(out)}
	n.respond()
	if err := n.connections.observe(h); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return n, nil
}

// readKey reads a private key in the protobuf encoding of libp2p
func readKey(path string) (crypto.PrivKey, error) {
	encoded, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := crypto.UnmarshalPrivateKey(encoded)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

func listenAddress(host string, port int) (string, error) {
	ip := net.ParseIP(host)
	if ip == nil {
		return "", fmt.Errorf("not an IP address: %q", host)
	}
	family := "ip6"
	if ip.To4() != nil {
		family = "ip4"
	}
	return fmt.Sprintf("/%s/%s/udp/%d/webrtc-direct", family, ip, port), nil
}

// announce writes the event that says that this peer is ready
func (n *node) announce() {
	listening := []string{}
	for _, address := range n.host.Addrs() {
		listening = append(listening, fmt.Sprintf("%s/p2p/%s", address, n.host.ID()))
	}
	n.out.event("ready", fields{
		"implementation": "go-libp2p",
		"version": fmt.Sprintf("%s (pion/webrtc %s, pion/sctp %s)", versionOf(modulePath),
			versionOf("github.com/pion/webrtc/v4"), versionOf("github.com/pion/sctp")),
		"peer":   n.host.ID().String(),
		"addrs":  listening,
		"cannot": fields{},
	})
}

func versionOf(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return dependency.Version
			}
		}
	}
	return "unknown"
}
