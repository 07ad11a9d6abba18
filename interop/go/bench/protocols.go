package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/libp2p/go-libp2p/core/protocol"
)

// protocols are those of bench/ends/end.ts
var protocols = map[string]protocol.ID{
	"echo":   "/bench/echo/1.0.0",
	"answer": "/bench/answer/1.0.0",
	"sink":   "/bench/sink/1.0.0",
	"source": "/bench/source/1.0.0",
	"hold":   "/bench/hold/1.0.0",
}

// answerLength is how long a request is, and its answer
const answerLength = 1024

// piece is written at once
var piece = bytes.Repeat([]byte("libp2p. "), 64*1024/8)

// writeNumber gives a count of bytes as bench/ends/number.ts does
func writeNumber(value int) []byte {
	return binary.BigEndian.AppendUint64(nil, math.Float64bits(float64(value)))
}

// readNumber reads one, after which there must be nothing more
func readNumber(r io.Reader) (int, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return 0, err
	}
	if len(data) != 8 {
		return 0, fmt.Errorf("a number has 8 bytes, and not %d", len(data))
	}
	return int(math.Float64frombits(binary.BigEndian.Uint64(data))), nil
}
