package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// mark stands once in each publication, before the time at which it was sent, in nanoseconds and nineteen digits.
const mark = '~'

// subscribers are connections that count what comes, with as little work as possible: the machine is the servers', too.
type subscribers struct {
	conns    []net.Conn
	all      sync.WaitGroup
	received atomic.Int64
	mu       sync.Mutex
	took     []time.Duration // of every sampleth connection
	sample   int
}

// sampled is of how many connections of a busy server one is measured.
const sampled = 20

// dial connects; a receive buffer of few bytes makes one that takes nothing be noticed.
func dial(addr string, buffer int) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	if buffer > 0 {
		d.Control = func(_, _ string, c syscall.RawConn) error {
			return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, buffer) })
		}
	}
	return d.Dial("tcp", addr)
}

// open connects one subscriber, and returns when its hello has come.
func open(addr, key string, buffer int) (net.Conn, error) {
	c, err := dial(addr, buffer)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(c, "GET /v1/streams/%s/events HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n", key, addr); err != nil {
		return nil, err
	}
	var head []byte
	for part := make([]byte, 1024); !bytes.Contains(head, []byte("event: hello")); {
		_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
		n, err := c.Read(part)
		if head = append(head, part[:n]...); err != nil {
			return nil, fmt.Errorf("a subscriber got %q: %w", head, err)
		}
	}
	return c, c.SetReadDeadline(time.Time{})
}

// subscribe connects n subscribers, some at a time.
func subscribe(ctx context.Context, addr string, n int, key func(i int) string) (*subscribers, error) {
	s := &subscribers{conns: make([]net.Conn, n), sample: sampled}
	errs := make([]error, 32)
	var opening sync.WaitGroup
	for w := range errs {
		opening.Go(func() {
			for i := w; i < n && errs[w] == nil && ctx.Err() == nil; i += len(errs) {
				s.conns[i], errs[w] = open(addr, key(i), 0)
			}
		})
	}
	opening.Wait()
	for _, err := range append(errs, ctx.Err()) {
		if err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// listen counts what comes.
func (s *subscribers) listen() {
	for i, c := range s.conns {
		s.all.Go(func() {
			var took []time.Duration
			part := make([]byte, 8<<10)
			for {
				n, err := c.Read(part)
				if err != nil {
					s.mu.Lock()
					s.took = append(s.took, took...)
					s.mu.Unlock()
					return
				}
				s.received.Add(int64(bytes.Count(part[:n], []byte{mark})))
				if i%s.sample == 0 {
					took = appendTook(took, part[:n])
				}
			}
		})
	}
}

func appendTook(took []time.Duration, part []byte) []time.Duration {
	now := time.Now().UnixNano()
	for {
		i := bytes.IndexByte(part, mark)
		if i < 0 || len(part) < i+20 {
			return took
		}
		if sent, err := strconv.ParseInt(string(part[i+1:i+20]), 10, 64); err == nil {
			took = append(took, time.Duration(now-sent))
		}
		part = part[i+20:]
	}
}

func (s *subscribers) close() {
	for _, c := range s.conns {
		if c != nil {
			_ = c.Close()
		}
	}
	s.all.Wait()
}

// p99 is of what was sampled, after close.
func (s *subscribers) p99() time.Duration {
	if len(s.took) == 0 {
		return 0
	}
	slices.Sort(s.took)
	return s.took[len(s.took)*99/100]
}
