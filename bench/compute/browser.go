package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// connections is how many a browser opens to one server.
const connections = 6

// browser asks a server for the page's widgets, as many at a time as a browser would.
type browser struct {
	client *http.Client
	header http.Header
}

func newBrowser() *browser {
	return &browser{
		client: &http.Client{Transport: &http.Transport{MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections}, Timeout: 2 * time.Minute},
		header: http.Header{"Content-Type": {"application/json"}},
	}
}

// call sends one request, with a body where there is one, and returns what comes.
func (b *browser) call(ctx context.Context, method, url string, body any) ([]byte, error) {
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, in)
	if err != nil {
		return nil, err
	}
	req.Header = b.header
	res, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %.300s", method, url, res.Status, raw)
	}
	return raw, err
}

// await waits until a server that was started a moment ago answers.
func (b *browser) await(ctx context.Context, url string) error {
	var err error
	for range 240 {
		if _, err = b.call(ctx, http.MethodGet, url, nil); err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(250 * time.Millisecond)
	}
	return fmt.Errorf("does not answer: %w", err)
}

// page asks for all widgets, and has each body read as rows when the clock no longer runs.
func (b *browser) page(ctx context.Context, ask func(ctx context.Context, widget string) ([]byte, error), rows func(widget string, body []byte) ([]row, error)) (*visit, error) {
	bodies := make(map[string][]byte)
	var mu sync.Mutex
	v := new(visit)
	begin := time.Now()
	asked, ctx := errgroup.WithContext(ctx)
	asked.SetLimit(connections)
	for _, w := range widgets {
		asked.Go(func() error {
			body, err := ask(ctx, w)
			mu.Lock()
			defer mu.Unlock()
			if bodies[w] = body; len(bodies) == 1 {
				v.first = time.Since(begin)
			}
			return err
		})
	}
	err := asked.Wait()
	v.page = time.Since(begin)
	v.answers = func() (answers, error) {
		all := make(answers)
		for w, body := range bodies {
			var err error
			if all[w], err = rows(w, body); err != nil {
				return nil, fmt.Errorf("%s: %w", w, err)
			}
		}
		return all, nil
	}
	return v, err
}
