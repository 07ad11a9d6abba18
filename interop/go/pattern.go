package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

const (
	// patternPeriod is after how many bytes the pattern begins again
	patternPeriod = 251

	// patternChunk is how much of the pattern is written or compared at a time
	patternChunk = 64 << 10
)

// pattern is so long that a chunk can be cut from it whatever its offset is
var pattern = func() []byte {
	b := make([]byte, patternChunk+patternPeriod)
	for i := range b {
		b[i] = byte((31*i + 7) % patternPeriod)
	}
	return b
}()

// patternAt returns `length` bytes of the pattern, at most patternChunk of
// them, from `offset` on. They must not be changed.
func patternAt(offset uint64, length int) []byte {
	start := int(offset % patternPeriod)
	return pattern[start : start+length]
}

func writePattern(w io.Writer, count uint64) error {
	for offset := uint64(0); offset < count; {
		length := int(min(patternChunk, count-offset))
		if _, err := w.Write(patternAt(offset, length)); err != nil {
			return fmt.Errorf("writing after %d of %d bytes: %w", offset, count, err)
		}
		offset += uint64(length)
	}
	return nil
}

func comparePattern(offset uint64, got []byte) error {
	want := patternAt(offset, len(got))
	if bytes.Equal(got, want) {
		return nil
	}
	for i := range got {
		if got[i] != want[i] {
			return fmt.Errorf("byte %d is %d instead of %d", offset+uint64(i), got[i], want[i])
		}
	}
	return nil
}

// readPattern reads to the end, which must come after `count` bytes of the
// pattern. What has been compared is handed to `use`, unless that is nil.
func readPattern(r io.Reader, count uint64, use func([]byte) error) error {
	buffer := make([]byte, patternChunk)
	for offset := uint64(0); ; {
		n, err := r.Read(buffer)
		if uint64(n) > count-offset {
			return fmt.Errorf("more than %d bytes have come", count)
		}
		if differs := comparePattern(offset, buffer[:n]); differs != nil {
			return differs
		}
		offset += uint64(n)
		if use != nil && n > 0 {
			if err := use(buffer[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF && offset < count:
			return fmt.Errorf("the end came after %d of %d bytes", offset, count)
		case err == io.EOF:
			return nil
		case err != nil && count == 0:
			return fmt.Errorf("waiting for the end: %w", err)
		case err != nil:
			return fmt.Errorf("reading after %d of %d bytes: %w", offset, count, err)
		}
	}
}

// readToEnd reads to the end, where nothing is expected to come before it
func readToEnd(r io.Reader) error {
	return readPattern(r, 0, nil)
}

func writeNumber(w io.Writer, number uint64) error {
	_, err := w.Write(binary.BigEndian.AppendUint64(nil, number))
	if err != nil {
		return fmt.Errorf("writing a number: %w", err)
	}
	return nil
}

func readNumber(r io.Reader) (uint64, error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, fmt.Errorf("reading a number: %w", err)
	}
	return binary.BigEndian.Uint64(b[:]), nil
}

func writeByte(w io.Writer, value byte) error {
	if _, err := w.Write([]byte{value}); err != nil {
		return fmt.Errorf("writing a byte: %w", err)
	}
	return nil
}

func readByte(r io.Reader) (byte, error) {
	var b [1]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, fmt.Errorf("reading a byte: %w", err)
	}
	return b[0], nil
}
