package trino

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	driver "github.com/trinodb/trino-go-client/trino"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// ending bounds the request that ends a query on the cluster.
const ending = 5 * time.Second

// watcher reads along what the coordinator answers to the driver: what each query costs, and whether it is over. The driver does not tell
// the former reliably, and does not end a query whose context ends between two rows.
type watcher struct {
	next     *http.Transport
	base     string
	user     *url.Userinfo
	token    string
	maxBytes int64
	ends     sync.WaitGroup
}

func newWatcher(next *http.Transport, conf *driver.Config, maxBytes int64) *watcher {
	w := &watcher{next: next, token: conf.AccessToken, maxBytes: maxBytes}
	if u, err := url.Parse(conf.ServerURI); err == nil { // it has been parsed before
		w.base, w.user = u.Scheme+"://"+u.Host, u.User
	}
	return w
}

// running is one query, as its answers tell of it.
type running struct {
	watch   *watcher
	maxRead int64 // bytes; 0 is no bound
	mu      sync.Mutex
	id      string
	over    bool
	bytes   int64
	stats   progress
	err     error
}

// progress is what an answer says of the query's cost.
type progress struct {
	ProcessedRows      int64 `json:"processedRows"`
	ProcessedBytes     int64 `json:"processedBytes"`
	PhysicalInputBytes int64 `json:"physicalInputBytes"`
}

type runningKey struct{}

// begin returns a context whose requests belong to one query, which may read so many bytes.
func (w *watcher) begin(ctx context.Context, maxRead int64) (context.Context, *running) {
	run := &running{watch: w, maxRead: maxRead}
	return context.WithValue(ctx, runningKey{}, run), run
}

// close waits for the queries that are being ended, and ends the connections.
func (w *watcher) close() {
	w.ends.Wait()
	w.next.CloseIdleConnections()
}

// RoundTrip sends a request and reads its answer along. A query is not ended here but when its owner has done with it, so that no
// caller waits for a coordinator that does not answer.
func (w *watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	run, ok := r.Context().Value(runningKey{}).(*running)
	if !ok {
		return w.next.RoundTrip(r)
	}
	if r.Method == http.MethodDelete {
		return &http.Response{StatusCode: http.StatusNoContent, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, Request: r}, nil
	}
	resp, err := w.next.RoundTrip(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	page, err := run.page(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(page))
	return resp, nil
}

// page reads one answer within the query's bound, and what it says of the query.
func (r *running) page(body io.Reader) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	page, err := io.ReadAll(io.LimitReader(body, r.watch.maxBytes-r.bytes+1))
	if err != nil {
		return nil, err
	}
	if r.bytes += int64(len(page)); r.bytes > r.watch.maxBytes {
		r.err = fault.New(fault.Permanent, "source_limit", "the answer is larger than the data source may send",
			fmt.Errorf("trino: more than %d bytes", r.watch.maxBytes))
		return nil, r.err
	}
	var told struct {
		ID    string   `json:"id"`
		Next  string   `json:"nextUri"`
		Stats progress `json:"stats"`
	}
	if err := json.Unmarshal(page, &told); err != nil {
		return page, nil //nolint:nilerr // the driver says what is wrong with it
	}
	r.id, r.stats, r.over = told.ID, told.Stats, told.Next == ""
	if r.maxRead > 0 && r.stats.bytes() > r.maxRead {
		r.err = fault.New(fault.Permanent, "source_limit", fmt.Sprintf("the query reads more than %d bytes", r.maxRead),
			fmt.Errorf("trino: %d bytes read so far", r.stats.bytes()))
		return nil, r.err
	}
	return page, nil
}

// fault returns what was found wrong with an answer: the driver does not hand such an error on as it is.
func (r *running) fault() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// cost is what the query has cost so far.
func (r *running) cost() source.Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return source.Stats{Scanned: r.stats.ProcessedRows, Bytes: r.stats.bytes()}
}

// bytes are those that connectors have read, or handed on where they do not say.
func (p *progress) bytes() int64 {
	if p.PhysicalInputBytes == 0 {
		return p.ProcessedBytes
	}
	return p.PhysicalInputBytes
}

// end ends the query on the cluster where it may still run, without waiting for it.
func (r *running) end(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over || r.id == "" {
		return
	}
	r.over = true
	r.watch.ends.Go(func() { r.watch.kill(context.WithoutCancel(ctx), r.id) })
}

// kill tries twice: a query that goes on costs others, and ends at its own limit at the latest.
func (w *watcher) kill(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, ending)
	defer cancel()
	for range 2 {
		r, err := http.NewRequestWithContext(ctx, http.MethodDelete, w.base+"/v1/query/"+url.PathEscape(id), nil)
		if err != nil {
			return
		}
		r.Header.Set("X-Trino-User", w.user.Username())
		if password, ok := w.user.Password(); ok {
			r.SetBasicAuth(w.user.Username(), password)
		}
		if w.token != "" {
			r.Header.Set("Authorization", "Bearer "+w.token)
		}
		resp, err := w.next.RoundTrip(r)
		if err == nil {
			_ = resp.Body.Close()
			return
		}
	}
}
