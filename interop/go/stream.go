package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

var errCommandEnded = errors.New("the command has ended")

// stream counts what is read, and is reset when nobody may wait for it longer
type stream struct {
	network.Stream
	received atomic.Uint64

	progressed func()
	// stopWatching returns false if what watches the stream has reset it,
	// for the reason given
	stopWatching func() bool
	resetBecause error
}

func (s *stream) Read(b []byte) (int, error) {
	n, err := s.Stream.Read(b)
	s.received.Add(uint64(n))
	s.progressed()
	if byRemote(err) {
		wakeWriter(s.Stream)
	}
	return n, err
}

func (s *stream) Write(b []byte) (int, error) {
	n, err := s.Stream.Write(b)
	s.progressed()
	return n, err
}

// wakeWriter wakes a writer that waits for room in the send buffer: go-libp2p
// does not when RESET_STREAM comes, after which there will be no room either,
// nor when a stream is reset that the remote has reset before.
func wakeWriter(s network.Stream) {
	s.SetWriteDeadline(time.Now())
}

// abort resets a stream that is in use
func abort(s network.Stream) {
	s.Reset()
	wakeWriter(s)
}

// resetWhenDone watches a stream that this peer has opened: it is reset when
// ctx ends.
func resetWhenDone(ctx context.Context, s network.Stream) *stream {
	return &stream{
		Stream:       s,
		progressed:   func() {},
		stopWatching: context.AfterFunc(ctx, func() { abort(s) }),
		resetBecause: errCommandEnded,
	}
}

// resetWhenIdle watches a stream that the remote has opened: it is reset once
// no read or write has come to an end for `limit`.
func resetWhenIdle(limit time.Duration, s network.Stream) *stream {
	timer := time.AfterFunc(limit, func() { abort(s) })
	return &stream{
		Stream: s,
		progressed: func() {
			// a timer that has fired stays so: the reset has woken the reader
			if timer.Stop() {
				timer.Reset(limit)
			}
		},
		stopWatching: timer.Stop,
		resetBecause: fmt.Errorf("nothing has come or gone for %s", limit),
	}
}

// unwatch leaves the stream to itself
func (s *stream) unwatch() error {
	if !s.stopWatching() {
		return s.resetBecause
	}
	s.stopWatching = func() bool { return true }
	return nil
}

// finish closes the stream, or resets it if something went wrong
func (s *stream) finish(err error) error {
	if watchErr := s.unwatch(); watchErr != nil {
		err = watchErr
	}
	if err == nil {
		if err = s.Close(); err == nil {
			return nil
		}
		err = fmt.Errorf("closing: %w", err)
	}
	s.Reset()
	return err
}

// atOnce writes and reads at the same time. As soon as one of them fails the
// stream is reset, which ends the other too.
//
// Where a remote may stop a writer, or may not read before it is read from,
// this is needed for more than speed: go-libp2p handles the flags of the
// remote (STOP_SENDING, RESET_STREAM, FIN) inside Read only, so that a writer
// whose stream nobody reads does not hear of them.
func (s *stream) atOnce(write, read func() error) error {
	var first sync.Once
	var failure error
	fail := func(err error) {
		if err != nil {
			first.Do(func() { failure = err })
			abort(s.Stream)
		}
	}

	written := make(chan struct{})
	go func() {
		defer close(written)
		fail(write())
	}()
	fail(read())
	<-written
	return failure
}

func (s *stream) halfClose() error {
	if err := s.CloseWrite(); err != nil {
		return fmt.Errorf("half-closing: %w", err)
	}
	return nil
}

// writeToEnd writes count bytes of the pattern, then half-closes
func (s *stream) writeToEnd(count uint64) error {
	if err := writePattern(s, count); err != nil {
		return err
	}
	return s.halfClose()
}

// exchangePatterns writes and reads count bytes of the pattern at once, and
// half-closes when they are written.
func (s *stream) exchangePatterns(count uint64) error {
	return s.atOnce(
		func() error { return s.writeToEnd(count) },
		func() error { return readPattern(s, count, nil) },
	)
}

// byRemote says whether the remote has reset the stream or, of a write, stopped
// it: go-libp2p gives both the same error. Resetting a stream oneself gives one
// that differs in `Remote` only.
func byRemote(err error) bool {
	var reset *network.StreamError
	return errors.As(err, &reset) && reset.Remote
}

// readUntilReset reads, and throws away, until there is an error, which must
// be a reset.
func (s *stream) readUntilReset() error {
	buffer := make([]byte, patternChunk)
	for {
		if _, err := s.Read(buffer); byRemote(err) {
			return nil
		} else if err != nil {
			return fmt.Errorf("instead of a reset: %w", err)
		}
	}
}

// writeUntilStopped writes the pattern until the remote does not want more of
// it, then half-closes.
func (s *stream) writeUntilStopped() error {
	const enough = 64 << 20
	for offset := uint64(0); offset < enough; offset += patternChunk {
		if _, err := s.Write(patternAt(offset, patternChunk)); byRemote(err) {
			return s.halfClose()
		} else if err != nil {
			return fmt.Errorf("writing until stopped: %w", err)
		}
	}
	return fmt.Errorf("%d bytes could be written", enough)
}

// open opens a stream on a connection that exists: NewStream would dial by
// itself, and hide that the connection had ended.
//
// The protocol is not negotiated yet when the remote's identify message has
// named it, go-libp2p is lazy about it: that the remote refuses it, or does
// not answer, shows when the stream is read.
func (n *node) open(ctx context.Context, remote peer.ID, id protocol.ID) (*stream, error) {
	s, err := n.host.NewStream(network.WithNoDial(ctx, "only commands dial"), remote, id)
	if err != nil {
		return nil, fmt.Errorf("opening a stream: %w", err)
	}
	return resetWhenDone(ctx, s), nil
}

// streamEnded reports how a stream has ended
func (n *node) streamEnded(s *stream, err error) {
	event := fields{
		"peer":      s.Conn().RemotePeer().String(),
		"protocol":  s.Protocol(),
		"direction": directionOf(s.Stat().Direction),
		"ok":        err == nil,
		"received":  s.received.Load(),
	}
	if err != nil {
		event["error"] = describe(err)
	}
	n.out.event("stream", event)
}
