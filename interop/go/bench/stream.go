package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"golang.org/x/sync/errgroup"
)

// stream is reset once it was silent for `limit`
type stream struct {
	network.Stream
	limit time.Duration
	timer *time.Timer
	// isOnce says that what comes and goes does not prolong the time
	isOnce bool
}

func watch(s network.Stream, limit time.Duration) *stream {
	return &stream{Stream: s, limit: limit, timer: time.AfterFunc(limit, func() { abort(s) })}
}

// open opens a stream on this connection, not on another one to the same peer.
// It does not wait for the remote where identify has named the protocol.
func (c *connection) open(protocol string, limit time.Duration) (*stream, error) {
	id, exists := protocols[protocol]
	if !exists {
		return nil, fmt.Errorf("no such protocol: %q", protocol)
	}
	ctx, cancel := context.WithTimeout(network.WithNoDial(context.Background(), "only requests dial"), limit)
	defer cancel()
	s, err := c.node.NewStream(ctx, c.RemotePeer(), id)
	if err != nil {
		return nil, err
	}
	if s.Conn() != c.Conn {
		s.Reset()
		return nil, errors.New("the stream was opened on another connection")
	}
	return watch(s, limit), nil
}

// abort resets a stream that is in use, and wakes who waits to write, which
// go-libp2p does not where the remote has reset it before.
func abort(s network.Stream) {
	s.Reset()
	s.SetWriteDeadline(time.Now())
}

func (s *stream) Read(b []byte) (int, error) {
	n, err := s.Stream.Read(b)
	s.prolong()
	return n, err
}

func (s *stream) Write(b []byte) (int, error) {
	n, err := s.Stream.Write(b)
	s.prolong()
	return n, err
}

func (s *stream) prolong() {
	// one that has fired stays so
	if !s.isOnce && s.timer.Stop() {
		s.timer.Reset(s.limit)
	}
}

// finish closes the stream, or resets it if something went wrong
func (s *stream) finish(err error) error {
	if err == nil {
		err = s.Close()
	}
	if !s.timer.Stop() {
		err = fmt.Errorf("the stream was silent for %s", s.limit)
	}
	if err != nil {
		abort(s.Stream)
	}
	return err
}

// atOnce writes and reads at the same time: go-libp2p hears of a remote that
// resets a stream only in Read. The first error ends both.
func (s *stream) atOnce(write, read func() error) error {
	var both errgroup.Group
	for _, do := range []func() error{write, read} {
		both.Go(func() error {
			err := do()
			if err != nil {
				abort(s.Stream)
			}
			return err
		})
	}
	return both.Wait()
}

// writeAll writes all there is to write, and half-closes
func (s *stream) writeAll(data []byte) error {
	if _, err := s.Write(data); err != nil {
		return err
	}
	return s.CloseWrite()
}

// writeBytes writes so many bytes, as a file is read, and half-closes
func (s *stream) writeBytes(count int) error {
	for left := count; left > 0; left -= len(piece) {
		if _, err := s.Write(piece[:min(left, len(piece))]); err != nil {
			return err
		}
	}
	return s.CloseWrite()
}

// readBytes reads to the end, which must come after so many bytes
func (s *stream) readBytes(count int) error {
	received, err := io.Copy(io.Discard, s)
	if err == nil && received != int64(count) {
		err = fmt.Errorf("%d of %d bytes arrived", received, count)
	}
	return err
}
