package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// lost is how long an exchange may take
const lost = 5 * time.Second

const pingLength = 32

// share has workers do something so many times, each of them one thing at a
// time, and each once where there is enough for all.
func share(count, workers int, do func(worker int)) {
	var all sync.WaitGroup
	var begun atomic.Int64
	begun.Store(int64(workers))
	for worker := range min(count, workers) {
		all.Go(func() {
			do(worker)
			for begun.Add(1) <= int64(count) {
				do(worker)
			}
		})
	}
	all.Wait()
}

// exchange opens streams, and on each sends some bytes, half-closes and reads
// the answer to its end.
func exchange(c *connection, r request) fields {
	var mutex sync.Mutex
	var took, wasted float64
	var succeeded, failed int
	result := fields{}
	data := piece[:r.Bytes]
	start := time.Now()

	share(r.Count, r.Parallel, func(int) {
		begin := time.Now()
		err := exchangeOne(c, r.Protocol, data)
		mutex.Lock()
		defer mutex.Unlock()
		if err == nil {
			succeeded++
			took = since(start)
			return
		}
		if failed++; failed == 1 {
			result["reason"] = err.Error()
		}
		wasted += since(begin)
	})

	if r.Parallel == 1 {
		took -= wasted
	}
	result["succeeded"] = succeeded
	result["lost"] = failed
	result["ms"] = took
	return result
}

func exchangeOne(c *connection, protocol string, data []byte) error {
	s, err := c.open(protocol, lost)
	if err != nil {
		return err
	}
	s.isOnce = true
	if err = s.writeAll(data); err == nil {
		err = s.readBytes(len(data))
	}
	return s.finish(err)
}

// answers returns how long it takes from opening a stream to the whole answer,
// one after another, in ms.
func answers(c *connection, count int) ([]float64, error) {
	times := make([]float64, count)
	for i := range times {
		start := time.Now()
		s, err := c.open("answer", patience)
		if err != nil {
			return nil, err
		}
		if err = s.writeAll(make([]byte, answerLength)); err == nil {
			_, err = io.ReadFull(s, make([]byte, answerLength))
			times[i] = since(start)
		}
		if err == nil {
			err = s.readBytes(0)
		}
		if err := s.finish(err); err != nil {
			return nil, err
		}
	}
	return times, nil
}

var transfers = map[string]struct {
	protocol string
	run      func(s *stream, count int) error
}{
	"up": {"sink", func(s *stream, count int) error {
		return s.atOnce(
			func() error { return s.writeBytes(count) },
			func() error {
				received, err := readNumber(s)
				if err == nil && received != count {
					err = fmt.Errorf("%d of %d bytes arrived", received, count)
				}
				return err
			},
		)
	}},
	"down": {"source", func(s *stream, count int) error {
		if err := s.writeAll(writeNumber(count)); err != nil {
			return err
		}
		return s.readBytes(count)
	}},
	"echo": {"echo", func(s *stream, count int) error {
		return s.atOnce(
			func() error { return s.writeBytes(count) },
			func() error { return s.readBytes(count) },
		)
	}},
}

// transfer moves so many bytes on each of some streams at once, and returns how
// long each took, in ms.
func transfer(c *connection, r request) ([]float64, error) {
	way, exists := transfers[r.Way]
	if !exists {
		return nil, fmt.Errorf("no such way: %q", r.Way)
	}
	var all errgroup.Group
	times := make([]float64, r.Streams)
	start := time.Now()
	for i := range times {
		all.Go(func() error {
			s, err := c.open(way.protocol, patience)
			if err != nil {
				return err
			}
			err = way.run(s, r.Bytes)
			times[i] = since(start)
			return s.finish(err)
		})
	}
	return times, all.Wait()
}

// transferWithPings does the same, and returns how long pings take beside it
// too, one after another, in ms.
func transferWithPings(c *connection, r request) (fields, error) {
	s, err := c.open("hold", patience)
	if err != nil {
		return nil, err
	}
	var both errgroup.Group
	var done atomic.Bool
	var times []float64
	pings := []float64{}

	both.Go(func() (err error) {
		defer done.Store(true)
		times, err = transfer(c, r)
		return err
	})
	both.Go(func() error {
		ping := make([]byte, pingLength)
		for !done.Load() {
			start := time.Now()
			if _, err := s.Write(ping); err != nil {
				return err
			}
			if _, err := io.ReadFull(s, ping); err != nil {
				return err
			}
			pings = append(pings, since(start))
		}
		return nil
	})
	err = s.finish(both.Wait())
	return fields{"ms": times, "pings": pings}, err
}
