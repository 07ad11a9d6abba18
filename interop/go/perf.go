package main

import (
	"fmt"
	"io"
	"time"
)

// respondPerf is the server of /perf/1.0.0. The bytes are of no importance to
// the protocol.
func respondPerf(s *stream) error {
	download, err := readNumber(s)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, s); err != nil {
		return err
	}
	if err := writePattern(s, download); err != nil {
		return err
	}
	return s.halfClose()
}

// perf is the client of /perf/1.0.0. The upload lasts until the half-close has
// returned: by then all but the last 32 KiB, and what SCTP has in flight, has
// been acknowledged.
func perf(s *stream, upload, download uint64) (uploading, downloading time.Duration, err error) {
	start := time.Now()
	uploaded := start
	err = s.atOnce(
		func() error {
			if err := writeNumber(s, download); err != nil {
				return err
			}
			if err := writePattern(s, upload); err != nil {
				return err
			}
			err := s.halfClose()
			uploaded = time.Now()
			return err
		},
		func() error {
			received, err := io.Copy(io.Discard, s)
			if err == nil && uint64(received) != download {
				return fmt.Errorf("%d bytes have come instead of %d", received, download)
			}
			return err
		},
	)
	return uploaded.Sub(start), time.Since(uploaded), err
}
