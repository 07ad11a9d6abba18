package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
)

type command struct {
	Name    string  `json:"cmd"`
	Timeout float64 `json:"timeout"`

	Address  string  `json:"address"`
	Peer     peer.ID `json:"peer"`
	Protocol string  `json:"protocol"`
	Bytes    uint64  `json:"bytes"`
	Count    int     `json:"count"`
	Parallel int     `json:"parallel"`
	Redial   bool    `json:"redial"`
	Unread   bool    `json:"unread"`
	Upload   uint64  `json:"upload"`
	Download uint64  `json:"download"`
}

var commands = map[string]func(*node, context.Context, command) (fields, error){
	"dial":                (*node).commandDial,
	"ping":                (*node).commandPing,
	"exchange":            (*node).commandExchange,
	"write-until-stopped": (*node).commandWriteUntilStopped,
	"stop-reading":        (*node).commandStopReading,
	"expect-reset":        (*node).commandExpectReset,
	"reset":               (*node).commandReset,
	"hold":                (*node).commandHold,
	"write-and-close":     (*node).commandWriteAndClose,
	"close":               (*node).commandClose,
	"perf":                (*node).commandPerf,
	"status":              (*node).commandStatus,
}

// obey runs the commands that are read, all at the same time, until there are no more
func (n *node) obey(ctx context.Context, in io.Reader) {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			go n.execute(ctx, line)
		}
		if err != nil {
			return
		}
	}
}

func (n *node) execute(ctx context.Context, line []byte) {
	start := time.Now()
	// the id comes first, so that what is wrong with the rest can be replied
	var id struct{ ID json.RawMessage }
	c := command{Timeout: 60, Count: 1, Parallel: 1}
	var result fields
	err := json.Unmarshal(line, &id)
	if err == nil {
		err = json.Unmarshal(line, &c)
	}
	if err == nil {
		result, err = n.executeCommand(ctx, c)
	}
	if result == nil {
		result = fields{}
	}
	result["id"] = id.ID
	result["ok"] = err == nil
	result["ms"] = milliseconds(time.Since(start))
	if err != nil {
		result["error"] = describe(err)
	}
	n.out.write(result)
}

func (n *node) executeCommand(ctx context.Context, c command) (fields, error) {
	run, known := commands[c.Name]
	if !known {
		return nil, fmt.Errorf("unknown command %q", c.Name)
	}
	timeout := time.Duration(c.Timeout * float64(time.Second))
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result, err := run(n, ctx, c)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("timed out after %s: %w", timeout, err)
	}
	return result, err
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000
}

func (n *node) commandDial(ctx context.Context, c command) (fields, error) {
	remote, err := n.dial(ctx, c.Address)
	if err != nil {
		return nil, err
	}
	return fields{"peer": remote.String()}, nil
}

// initiate opens a stream for a command, and closes it when that is done
func (n *node) initiate(ctx context.Context, remote peer.ID, id protocol.ID, command func(*stream) error) error {
	s, err := n.open(ctx, remote, id)
	if err != nil {
		return err
	}
	return s.finish(command(s))
}

func (n *node) commandPing(ctx context.Context, c command) (fields, error) {
	rtts := make([]float64, 0, c.Count)
	err := n.initiate(ctx, c.Peer, ping.ID, func(s *stream) error {
		var sent, received [ping.PingSize]byte
		for range c.Count {
			rand.Read(sent[:])
			start := time.Now()
			if _, err := s.Write(sent[:]); err != nil {
				return err
			}
			if _, err := io.ReadFull(s, received[:]); err != nil {
				return err
			}
			if received != sent {
				return errors.New("other bytes than those of the ping have come back")
			}
			rtts = append(rtts, milliseconds(time.Since(start)))
		}
		return nil
	})
	return fields{"rtts": rtts}, err
}

func (n *node) commandExchange(ctx context.Context, c command) (fields, error) {
	initiator, known := initiators[c.Protocol]
	if !known {
		return nil, fmt.Errorf("no protocol of exchanges: %q", c.Protocol)
	}
	if c.Count < 1 || c.Parallel < 1 {
		return nil, errors.New("count and parallel must be positive")
	}
	e := exchanges{
		node:      n,
		remote:    c.Peer,
		initiator: initiator,
		bytes:     c.Bytes,
		redial:    c.Redial,
		errors:    make(map[string]int),
	}
	e.run(ctx, c.Count, c.Parallel)
	result := fields{
		"succeeded": e.succeeded,
		"failed":    e.failed,
		"errors":    e.errors,
		"longest":   milliseconds(e.longest),
		"repeated":  e.repeated,
	}
	if e.failed > 0 {
		return result, fmt.Errorf("%d of %d exchanges failed", e.failed, c.Count)
	}
	return result, nil
}

func (n *node) commandWriteUntilStopped(ctx context.Context, c command) (fields, error) {
	return nil, n.initiate(ctx, c.Peer, stopReadingProtocol, func(s *stream) error {
		if err := writeByte(s, 1); err != nil {
			return err
		}
		return s.atOnce(
			s.writeUntilStopped,
			func() error { return expectLastNumber(s, 1) },
		)
	})
}

func (n *node) commandStopReading(ctx context.Context, c command) (fields, error) {
	return nil, n.initiate(ctx, c.Peer, writeUntilStoppedProtocol, func(s *stream) error {
		if err := writeByte(s, 1); err != nil {
			return err
		}
		var first [unreadBytes]byte
		if _, err := io.ReadFull(s, first[:]); err != nil {
			return err
		}
		if err := comparePattern(0, first[:]); err != nil {
			return err
		}
		if err := s.CloseRead(); err != nil {
			return err
		}
		return s.halfClose()
	})
}

func (n *node) commandExpectReset(ctx context.Context, c command) (fields, error) {
	return nil, n.initiate(ctx, c.Peer, resetProtocol, func(s *stream) error {
		if err := writeUnread(s, c.Unread); err != nil {
			return err
		}
		if !c.Unread {
			return s.readUntilReset()
		}
		return s.atOnce(
			func() error {
				if err := writePattern(s, unreadBytes); !byRemote(err) {
					return err
				}
				return nil
			},
			s.readUntilReset,
		)
	})
}

func (n *node) commandReset(ctx context.Context, c command) (fields, error) {
	return nil, n.initiate(ctx, c.Peer, expectResetProtocol, func(s *stream) error {
		if err := writeUnread(s, c.Unread); err != nil {
			return err
		}
		if _, err := readByte(s); err != nil {
			return err
		}
		return s.Reset()
	})
}

// writeUnread writes the byte that says whether there is to be something
// unread when the stream is reset.
func writeUnread(s *stream, unread bool) error {
	if unread {
		return writeByte(s, 1)
	}
	return writeByte(s, 0)
}

func (n *node) commandHold(ctx context.Context, c command) (fields, error) {
	s, err := n.open(ctx, c.Peer, echoProtocol)
	if err != nil {
		return nil, err
	}
	if err := writeByte(s, 1); err != nil {
		return nil, s.finish(err)
	}
	if _, err := readByte(s); err != nil {
		return nil, s.finish(err)
	}
	if err := s.unwatch(); err != nil {
		return nil, s.finish(err)
	}
	go func() {
		err := s.finish(readToEnd(s))
		if err == nil {
			err = errors.New("the remote has closed its end first")
		}
		n.streamEnded(s, err)
	}()
	return nil, nil
}

// commandWriteAndClose does all that go-libp2p offers to close a connection
// gracefully, which is not much: see the README.
func (n *node) commandWriteAndClose(ctx context.Context, c command) (fields, error) {
	s, err := n.open(ctx, c.Peer, sinkProtocol)
	if err != nil {
		return nil, err
	}
	if err := writePattern(s, c.Bytes); err != nil {
		return nil, s.finish(err)
	}
	if err := s.unwatch(); err != nil {
		return nil, s.finish(err)
	}
	return nil, s.Conn().Close()
}

func (n *node) commandClose(_ context.Context, c command) (fields, error) {
	if _, err := n.connectionTo(c.Peer); err != nil {
		return nil, err
	}
	return nil, n.host.Network().ClosePeer(c.Peer)
}

func (n *node) commandPerf(ctx context.Context, c command) (fields, error) {
	var upload, download time.Duration
	err := n.initiate(ctx, c.Peer, perfProtocol, func(s *stream) (err error) {
		upload, download, err = perf(s, c.Upload, c.Download)
		return err
	})
	if err != nil {
		return nil, err
	}
	return fields{"uploadMs": milliseconds(upload), "downloadMs": milliseconds(download)}, nil
}

func (n *node) commandStatus(context.Context, command) (fields, error) {
	connections := n.host.Network().Conns()
	streams := 0
	for _, connection := range connections {
		streams += len(connection.GetStreams())
	}
	return fields{
		"connections": len(connections),
		"streams":     streams,
		"resources":   fields{},
	}, nil
}
