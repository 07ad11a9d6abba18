package main

import (
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// responderPatience is how long a responder waits for what comes next
const responderPatience = 30 * time.Second

const (
	echoProtocol              protocol.ID = "/echo/1.0.0"
	echoBackProtocol          protocol.ID = "/interop/echo-back/1.0.0"
	bothProtocol              protocol.ID = "/interop/both/1.0.0"
	sinkProtocol              protocol.ID = "/interop/sink/1.0.0"
	sourceProtocol            protocol.ID = "/interop/source/1.0.0"
	writeUntilStoppedProtocol protocol.ID = "/interop/write-until-stopped/1.0.0"
	stopReadingProtocol       protocol.ID = "/interop/stop-reading/1.0.0"
	expectResetProtocol       protocol.ID = "/interop/expect-reset/1.0.0"
	resetProtocol             protocol.ID = "/interop/reset/1.0.0"
	perfProtocol              protocol.ID = "/perf/1.0.0"
)

// unreadBytes is how much is sent that is not read before a stream is reset
const unreadBytes = 64 << 10

// respond serves the protocols of the control protocol, and reports how their
// streams end. go-libp2p serves ping and identify itself.
func (n *node) respond() {
	for id, responder := range map[protocol.ID]func(*stream) error{
		echoProtocol:              respondEcho,
		echoBackProtocol:          respondPatternBothWays,
		bothProtocol:              respondPatternBothWays,
		sinkProtocol:              respondSink,
		sourceProtocol:            respondSource,
		writeUntilStoppedProtocol: respondWriteUntilStopped,
		stopReadingProtocol:       respondStopReading,
		expectResetProtocol:       respondExpectReset,
		resetProtocol:             respondReset,
		perfProtocol:              respondPerf,
	} {
		n.host.SetStreamHandler(id, func(inbound network.Stream) {
			s := resetWhenIdle(responderPatience, inbound)
			n.streamEnded(s, s.finish(responder(s)))
		})
	}
}

func respondEcho(s *stream) error {
	if _, err := io.Copy(s, s); err != nil {
		return err
	}
	return s.halfClose()
}

// respondPatternBothWays is the responder of echo-back and of both: that the
// bytes which it reads are its own makes no difference to it. It reads while
// it writes also where it might read later, because go-libp2p holds 2.57 MB
// that nobody has read yet for a whole connection; beyond that all streams of
// the connection would wait for this one.
func respondPatternBothWays(s *stream) error {
	count, err := readNumber(s)
	if err != nil {
		return err
	}
	return s.exchangePatterns(count)
}

func respondSink(s *stream) error {
	count, err := io.Copy(io.Discard, s)
	if err != nil {
		return err
	}
	if err := writeNumber(s, uint64(count)); err != nil {
		return err
	}
	return s.halfClose()
}

func respondSource(s *stream) error {
	count, err := readNumber(s)
	if err != nil {
		return err
	}
	return s.atOnce(
		func() error { return s.writeToEnd(count) },
		func() error { return readToEnd(s) },
	)
}

func respondWriteUntilStopped(s *stream) error {
	if _, err := readByte(s); err != nil {
		return err
	}
	return s.atOnce(
		s.writeUntilStopped,
		// a reset would stop the writer too, but the end comes after STOP_SENDING only
		func() error { return readToEnd(s) },
	)
}

func respondStopReading(s *stream) error {
	if _, err := readByte(s); err != nil {
		return err
	}
	if err := s.CloseRead(); err != nil {
		return err
	}
	if err := writeNumber(s, 1); err != nil {
		return err
	}
	return s.halfClose()
}

func respondExpectReset(s *stream) error {
	unread, err := readByte(s)
	if err != nil {
		return err
	}
	answer := uint64(1)
	if unread == 1 {
		answer = unreadBytes
	}
	return s.atOnce(
		func() error {
			if err := writePattern(s, answer); !byRemote(err) {
				return err
			}
			return nil
		},
		s.readUntilReset,
	)
}

func respondReset(s *stream) error {
	unread, err := readByte(s)
	if err != nil {
		return err
	}
	if unread == 1 {
		if err := writePattern(s, unreadBytes); err != nil {
			return err
		}
	}
	return s.Reset()
}
