package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// multiplexed are idle subscribers over HTTP/2, as a proxy in front of the servers holds them: many on one connection.
type multiplexed struct {
	transport *http.Transport
	bodies    []io.Closer
}

// multiplex opens n subscriptions, some at a time, and returns when each has had its first bytes.
func multiplex(ctx context.Context, addr string, n int) (*multiplexed, error) {
	only := new(http.Protocols)
	only.SetUnencryptedHTTP2(true)
	m := &multiplexed{transport: &http.Transport{Protocols: only}, bodies: make([]io.Closer, n)}
	errs := make([]error, 32)
	var opening sync.WaitGroup
	for w := range errs {
		opening.Go(func() {
			for i := w; i < n && errs[w] == nil; i += len(errs) {
				m.bodies[i], errs[w] = m.open(ctx, fmt.Sprintf("http://%s/v1/streams/idle%d/events", addr, i))
			}
		})
	}
	opening.Wait()
	for _, err := range errs {
		if err != nil {
			m.close()
			return nil, err
		}
	}
	return m, nil
}

func (m *multiplexed) open(ctx context.Context, url string) (io.Closer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := m.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	_, err = io.ReadFull(res.Body, make([]byte, 16))
	return res.Body, err
}

func (m *multiplexed) close() {
	for _, b := range m.bodies {
		if b != nil {
			_ = b.Close()
		}
	}
	m.transport.CloseIdleConnections()
}
