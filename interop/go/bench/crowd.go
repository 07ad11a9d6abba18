package main

import (
	"io"
	"time"
)

// gather makes many connections, which stay open: each node dials one at a time
func (e *end) gather(address string, count, nodes int) fields {
	connected, refused := 0, 0
	result := fields{}
	start := time.Now()

	share(count, nodes, func(node int) {
		c, err := e.dial(address, node)
		e.mutex.Lock()
		defer e.mutex.Unlock()
		if err == nil {
			connected++
			e.crowd = append(e.crowd, c)
			return
		}
		if refused++; refused == 1 {
			result["reason"] = err.Error()
		}
	})

	result["connected"] = connected
	result["refused"] = refused
	result["ms"] = since(start)
	return result
}

// holdStreams opens so many streams on each connection of the crowd, on each of
// which one byte has come back.
func (e *end) holdStreams(count int) error {
	for _, c := range e.crowd {
		for range count {
			s, err := c.open("hold", patience)
			if err != nil {
				return err
			}
			if _, err = s.Write([]byte{1}); err == nil {
				_, err = io.ReadFull(s, make([]byte, 1))
			}
			if err != nil {
				return s.finish(err)
			}
			s.timer.Stop()
		}
	}
	return nil
}
