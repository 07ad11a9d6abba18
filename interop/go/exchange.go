package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// endOfConnection is how long an exchange that has failed may have to wait
// until its connection is seen to have ended
const endOfConnection = 2 * time.Second

// exchanges are those of one command
type exchanges struct {
	node      *node
	remote    peer.ID
	initiator initiator
	bytes     uint64
	redial    bool

	// dialing is held by the one of the exchanges that dials anew
	dialing sync.Mutex

	mutex     sync.Mutex
	succeeded int
	failed    int
	repeated  int
	errors    map[string]int
	longest   time.Duration
}

// run makes `count` exchanges, `parallel` at a time
func (e *exchanges) run(ctx context.Context, count, parallel int) {
	turns := make(chan struct{})
	var workers sync.WaitGroup
	for range min(count, parallel) {
		workers.Go(func() {
			for range turns {
				e.count(e.exchange(ctx))
			}
		})
	}
	for range count {
		turns <- struct{}{}
	}
	close(turns)
	workers.Wait()
}

func (e *exchanges) count(duration time.Duration, err error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if err != nil {
		e.failed++
		e.errors[describe(err)]++
		return
	}
	e.succeeded++
	e.longest = max(e.longest, duration)
}

// exchange makes one exchange, with `redial` as often as it takes, and returns
// how long the last one lasted.
func (e *exchanges) exchange(ctx context.Context) (time.Duration, error) {
	for {
		if ctx.Err() != nil {
			return 0, errCommandEnded
		}
		connection, err := e.connection(ctx)
		if err != nil {
			return 0, err
		}
		start := time.Now()
		s, err := e.node.open(ctx, e.remote, e.initiator.protocol)
		if err == nil {
			connection = s.Conn()
			err = s.finish(e.initiator.initiate(s, e.bytes))
		}
		if err == nil {
			return time.Since(start), nil
		}
		if !e.redial || !e.node.connections.endsWithin(ctx, endOfConnection, connection) {
			return 0, err
		}
		e.mutex.Lock()
		e.repeated++
		e.mutex.Unlock()
	}
}

// connection returns the connection to the remote. If there is none any more,
// one of the exchanges dials, for which the others wait.
func (e *exchanges) connection(ctx context.Context) (network.Conn, error) {
	e.dialing.Lock()
	defer e.dialing.Unlock()
	connection, err := e.node.connectionTo(e.remote)
	if err == nil || !e.redial {
		return connection, err
	}
	if err := e.node.connect(ctx, e.remote); err != nil {
		return nil, fmt.Errorf("dialing anew: %w", err)
	}
	return e.node.connectionTo(e.remote)
}
