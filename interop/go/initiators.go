package main

import (
	"fmt"

	"github.com/libp2p/go-libp2p/core/protocol"
)

// initiator is the opener of an exchange's stream
type initiator struct {
	protocol protocol.ID
	initiate func(s *stream, count uint64) error
}

// initiators are those of the protocols of the command exchange
var initiators = map[string]initiator{
	"echo":      {echoProtocol, initiateEcho},
	"echo-back": {echoBackProtocol, initiateEchoBack},
	"both":      {bothProtocol, initiateBoth},
	"sink":      {sinkProtocol, initiateSink},
	"source":    {sourceProtocol, initiateSource},
}

func initiateEcho(s *stream, count uint64) error {
	return s.exchangePatterns(count)
}

func initiateEchoBack(s *stream, count uint64) error {
	if err := writeNumber(s, count); err != nil {
		return err
	}
	err := readPattern(s, count, func(read []byte) error {
		_, err := s.Write(read)
		return err
	})
	if err != nil {
		return err
	}
	return s.halfClose()
}

func initiateBoth(s *stream, count uint64) error {
	if err := writeNumber(s, count); err != nil {
		return err
	}
	return initiateEcho(s, count)
}

func initiateSink(s *stream, count uint64) error {
	return s.atOnce(
		func() error { return s.writeToEnd(count) },
		func() error { return expectLastNumber(s, count) },
	)
}

func initiateSource(s *stream, count uint64) error {
	if err := writeNumber(s, count); err != nil {
		return err
	}
	if err := s.halfClose(); err != nil {
		return err
	}
	return readPattern(s, count, nil)
}

// expectLastNumber reads a number, after which the stream must end
func expectLastNumber(s *stream, want uint64) error {
	number, err := readNumber(s)
	if err != nil {
		return err
	}
	if number != want {
		return fmt.Errorf("the number is %d instead of %d", number, want)
	}
	return readToEnd(s)
}
