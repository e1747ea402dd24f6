package chaos

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// liveService stands for the service that live events are posted to. It writes every post down.
type liveService struct {
	*httptest.Server

	mu    sync.Mutex
	posts []post
	// answer says what a post gets; nil is 204. It may hold the post, or end its connection by panicking with http.ErrAbortHandler.
	answer func(p *post, w http.ResponseWriter, r *http.Request)
}

// post is one attempt.
type post struct {
	id, payload, routingKey string
	path                    string
	at                      time.Time
	// sent is when the poster says it was sent, in seconds since 1970: this process may have taken it later.
	sent int64
	// status is what it was told; 0 while it has not been told anything.
	status int
	// attempt counts the posts of this id from 1.
	attempt int
}

func newLiveService(t testing.TB) *liveService {
	t.Helper()
	l := &liveService{}
	l.Server = httptest.NewServer(l)
	t.Cleanup(func() { l.CloseClientConnections(); l.Close() })
	return l
}

func (l *liveService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p := post{id: r.Header.Get("Webhook-Id"), payload: string(body), path: r.URL.Path, at: time.Now()}
	p.sent, _ = strconv.ParseInt(r.Header.Get("Webhook-Timestamp"), 10, 64)
	_, after, _ := strings.Cut(p.payload, `"routing_key":"`)
	p.routingKey, _, _ = strings.Cut(after, `"`)
	l.mu.Lock()
	p.attempt = 1
	for i := range l.posts {
		if l.posts[i].id == p.id {
			p.attempt++
		}
	}
	at := len(l.posts)
	l.posts = append(l.posts, p)
	answer := l.answer
	l.mu.Unlock()
	told := &statusWriter{ResponseWriter: w}
	defer func() {
		l.mu.Lock()
		l.posts[at].status = told.status
		l.mu.Unlock()
	}()
	if answer == nil {
		told.WriteHeader(http.StatusNoContent)
		return
	}
	answer(&p, told, r)
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets a handler flush.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// received are the messages that the service took, once for each id: a receiver drops what it has had.
func (l *liveService) received(s *site) map[int][]message {
	l.mu.Lock()
	defer l.mu.Unlock()
	got := map[int][]message{}
	taken := map[string]string{}
	repeated := 0
	for _, p := range l.posts {
		if p.status < 200 || p.status > 299 {
			continue
		}
		before, again := taken[p.id]
		switch {
		case !again:
			taken[p.id] = p.payload
			s.take(got, p.routingKey, p.payload)
		case before != p.payload:
			s.verdict.wrong++
			s.verdict.sample("%s came with two payloads", p.id)
		default:
			repeated++
		}
	}
	s.verdict.note("%d posts, %d repeated under their id", len(l.posts), repeated)
	return got
}

// alsoLive adds what a live service has received to what the output streams hold.
func alsoLive(s *site) map[int][]message {
	got := s.streams()
	for n, list := range s.live.received(s) {
		got[n] = append(got[n], list...)
	}
	return got
}
