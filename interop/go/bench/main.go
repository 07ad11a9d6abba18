// Command bench is the go-libp2p end of the benchmark. It answers what
// bench/ends/end-process.ts does, as lines of JSON on standard input and output.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
)

// request is EndRequest of bench/ends/end-process.ts
type request struct {
	Do       string
	Address  string
	Protocol string
	Way      string
	Bytes    int
	Count    int
	Parallel int
	Streams  int
	Nodes    int
}

type fields map[string]any

func main() {
	var writing sync.Mutex
	requests := json.NewDecoder(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	e := newEnd()
	for {
		var line struct {
			ID      int
			Request request
		}
		if err := requests.Decode(&line); errors.Is(err, io.EOF) {
			// who asks has ended
			return
		} else if err != nil {
			fmt.Fprintln(os.Stderr, "reading requests:", err)
			os.Exit(1)
		}
		go func() {
			answer := fields{"id": line.ID}
			if result, err := e.answer(line.Request); err != nil {
				answer["error"] = err.Error()
			} else {
				answer["result"] = result
			}
			writing.Lock()
			defer writing.Unlock()
			if err := answers.Encode(answer); err != nil {
				fmt.Fprintln(os.Stderr, "answering:", err)
				os.Exit(1)
			}
		}()
	}
}

func (e *end) answer(r request) (any, error) {
	switch r.Do {
	case "load":
		return nil, nil
	case "listen":
		return e.listen()
	case "crowd":
		return e.gather(r.Address, r.Count, r.Nodes), nil
	case "hold":
		return nil, e.holdStreams(r.Count)
	case "dial":
		return e.connect(r.Address)
	case "collect garbage":
		// collects it too
		debug.FreeOSMemory()
		return nil, nil
	}

	c, err := e.connected()
	if err != nil {
		return nil, err
	}
	switch r.Do {
	case "settle":
		return nil, c.settle()
	case "close":
		return nil, c.end()
	case "exchange":
		return exchange(c, r), nil
	case "answers":
		return answers(c, r.Count)
	case "transfer":
		return transfer(c, r)
	case "transfer with pings":
		return transferWithPings(c, r)
	default:
		return nil, fmt.Errorf("go-libp2p can't do that: %s", r.Do)
	}
}
