package main

import (
	"io"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
)

// respond serves all protocols
func respond(node host.Host) {
	for name, responder := range map[string]func(*stream) error{
		"echo":   respondEcho,
		"answer": respondAnswer,
		"sink":   respondSink,
		"source": respondSource,
		"hold":   respondHold,
	} {
		node.SetStreamHandler(protocols[name], func(s network.Stream) {
			inbound := watch(s, patience)
			// the remote tells what went wrong
			_ = inbound.finish(responder(inbound))
		})
	}
}

func respondEcho(s *stream) error {
	if _, err := io.Copy(s, s); err != nil {
		return err
	}
	return s.CloseWrite()
}

func respondAnswer(s *stream) error {
	if _, err := io.ReadFull(s, make([]byte, answerLength)); err != nil {
		return err
	}
	if err := s.writeAll(make([]byte, answerLength)); err != nil {
		return err
	}
	return s.readBytes(0)
}

func respondSink(s *stream) error {
	received, err := io.Copy(io.Discard, s)
	if err != nil {
		return err
	}
	return s.writeAll(writeNumber(int(received)))
}

func respondSource(s *stream) error {
	count, err := readNumber(s)
	if err != nil {
		return err
	}
	return s.writeBytes(count)
}

// respondHold is silent as long as the remote is
func respondHold(s *stream) error {
	s.timer.Stop()
	_, err := io.Copy(s.Stream, s.Stream)
	s.timer.Reset(s.limit)
	return err
}
