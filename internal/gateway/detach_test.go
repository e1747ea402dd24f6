package gateway

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// detaching serves /stream by run, on a connection of its own, and tells by inline where that was not possible.
func detaching(t *testing.T, opts Options, run func(ctx context.Context, c *Conn)) (s *Server, inline chan struct{}) {
	t.Helper()
	inline = make(chan struct{}, 1)
	opts.Routes = append(opts.Routes, Route{Pattern: "GET /stream", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		w.Header().Set("X-Head", "kept")
		w.WriteHeader(http.StatusOK)
		if !Detach(w, r, run) {
			inline <- struct{}{}
		}
	})})
	return start(t, opts), inline
}

// dial sends something to the server, and returns the connection with what comes back.
func dial(t *testing.T, s *Server, text string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewReader(c)
}

const (
	oneOne = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"
	oneNil = "GET /stream HTTP/1.0\r\n\r\n"
)

// TestADetachedAnswerIsWhole: its body has an end of its own for clients that know chunks, and ends with the connection for the others.
func TestADetachedAnswerIsWhole(t *testing.T) {
	t.Parallel()
	s, _ := detaching(t, Options{}, func(_ context.Context, c *Conn) {
		text := "hello"
		if c.Chunked {
			text = fmt.Sprintf("%x\r\n%s\r\n", len(text), text)
		}
		if _, err := io.WriteString(c, text); err != nil {
			t.Error(err)
		}
	})
	for request, chunked := range map[string]bool{oneOne: true, oneNil: false} {
		_, from := dial(t, s, request)
		res, err := http.ReadResponse(from, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if string(body) != "hello" || err != nil || !res.Close || res.Header.Get("X-Head") != "kept" || (len(res.TransferEncoding) == 1) != chunked {
			t.Errorf("%q: %q, %v, %+v", request, body, err, res)
		}
		if rest, err := io.ReadAll(from); len(rest) > 0 || err != nil {
			t.Errorf("%q: %q, %v behind the body", request, rest, err)
		}
	}
}

// TestADetachedAnswerEndsWithItsClient, who is waited for and not written to.
func TestADetachedAnswerEndsWithItsClient(t *testing.T) {
	t.Parallel()
	began, ended := make(chan struct{}), make(chan struct{})
	s, _ := detaching(t, Options{}, func(ctx context.Context, _ *Conn) {
		close(began)
		<-ctx.Done()
		close(ended)
	})
	c, _ := dial(t, s, oneOne)
	<-began
	_ = c.Close()
	<-ended
}

// TestARequestBehindADetachedAnswer is not answered, and costs the answer nothing of its end: neither where it comes with the request, nor where it comes later.
func TestARequestBehindADetachedAnswer(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	again := make(chan struct{})
	s, _ := detaching(t, Options{}, func(_ context.Context, c *Conn) {
		<-again
		if _, err := fmt.Fprintf(c, "%x\r\n%s\r\n", size, bytes.Repeat([]byte("x"), size)); err != nil {
			t.Error(err)
		}
	})
	long := strings.Repeat("GET /health HTTP/1.1\r\nHost: x\r\n\r\n", 1000)
	_, together := dial(t, s, oneOne+long)
	later, apart := dial(t, s, oneOne)
	var heads [2]*http.Response
	for i, from := range []*bufio.Reader{together, apart} {
		var err error
		if heads[i], err = http.ReadResponse(from, nil); err != nil { //nolint:bodyclose // closed below
			t.Fatal(err)
		}
	}
	if _, err := io.WriteString(later, long); err != nil {
		t.Fatal(err)
	}
	close(again)
	for i, from := range []*bufio.Reader{together, apart} {
		body, err := io.ReadAll(heads[i].Body)
		if _ = heads[i].Body.Close(); len(body) != size || err != nil {
			t.Errorf("%d: %d bytes, %v", i, len(body), err)
		}
		if rest, err := io.ReadAll(from); len(rest) > 0 || err != nil {
			t.Errorf("%d: %.100q, %v behind the body", i, rest, err)
		}
	}
}

// TestAStopWaitsForDetachedAnswers, and cuts off those that do not end.
func TestAStopWaitsForDetachedAnswers(t *testing.T) {
	t.Parallel()
	for name, grace := range map[string]time.Duration{"they end": time.Hour, "they do not": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began, stopped := make(chan struct{}, 2), make(chan struct{})
			s, inline := detaching(t, Options{Grace: grace, OnStop: func() { close(stopped) }}, func(ctx context.Context, c *Conn) {
				began <- struct{}{}
				if grace == time.Hour {
					<-stopped
					return
				}
				<-ctx.Done()
				if _, err := c.Write([]byte("x")); err == nil {
					t.Error("the connection is still open")
				}
			})
			_, one := dial(t, s, oneOne)
			_, two := dial(t, s, oneNil)
			<-began
			<-began
			s.Stop()
			for _, from := range []*bufio.Reader{one, two} {
				text, err := io.ReadAll(from)
				if whole := strings.HasSuffix(string(text), "0\r\n\r\n") || strings.HasPrefix(string(text), "HTTP/1.0"); grace == time.Hour && (!whole || err != nil) {
					t.Errorf("%q, %v", text, err)
				}
			}
			if len(inline) > 0 {
				t.Error("an answer was not detached")
			}
		})
	}
}

// TestAPanicOfADetachedAnswer is that answer's alone.
func TestAPanicOfADetachedAnswer(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var log bytes.Buffer
	s, _ := detaching(t, Options{Log: slog.New(slog.NewTextHandler(locked{&mu, &log}, nil))}, func(context.Context, *Conn) { panic("of this answer") })
	_, from := dial(t, s, oneOne)
	if text, _ := io.ReadAll(from); strings.HasSuffix(string(text), "0\r\n\r\n") {
		t.Errorf("it looks whole: %q", text)
	}
	if status, _, _ := ask(t, s, "GET", "/health"); status != http.StatusOK {
		t.Errorf("/health: %d", status)
	}
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(log.String(), "of this answer") || !strings.Contains(log.String(), "detach_test.go") {
		t.Errorf("the log says %q", log.String())
	}
}

// locked is a log that is read while it is written.
type locked struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// TestWhatCannotBeDetached goes on in its handler: over HTTP/2, and without such a server.
func TestWhatCannotBeDetached(t *testing.T) {
	t.Parallel()
	s, inline := detaching(t, Options{}, func(context.Context, *Conn) { t.Error("it was detached") })
	only := new(http.Protocols)
	only.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: only}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Addr()+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	<-inline
}
