package events

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func trusted() *caller.Caller { return &caller.Caller{Trusted: true} }

func names(frames []frame) string {
	var out []string
	for _, f := range frames {
		out = append(out, f.event)
	}
	return strings.Join(out, " ")
}

func TestStreamOfEvents(t *testing.T) {
	t.Parallel()
	s := newSite(t, trusted())
	r := s.open("/v1/streams/a%2Fb/events")
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no", "Vary": "Accept",
	} {
		if got := r.res.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if line, _ := r.lines.ReadString('\n'); !regexp.MustCompile(`^retry: [1-4]\d\d\d\n$`).MatchString(line) {
		t.Errorf("begins with %q", line)
	}
	hello := r.next()
	mark, ok := feed.ParseMark(hello.id)
	if hello.event != "hello" || !ok || hello.data != `{"epoch":"`+mark.Epoch+`","resumed":false}` {
		t.Errorf("hello is %+v", hello)
	}
	s.send("a/b", "P__W", "{\n\"n\":1}")
	if f := r.next(); f.event != "widget" || f.data != `{"eventName":"P__W","eventData":{ "n":1},"request_id":"r1"}` {
		t.Errorf("got %+v", f)
	}
	s.send("a/b", "P__Complete", `{"status":"complete"}`)
	last := r.next()
	if last.event != "complete" {
		t.Errorf("got %+v", last)
	}
	s.send("a/b", "P__W", `2`)
	r.close()
	for _, resumed := range []*reader{s.open("/v1/streams/a%2Fb/events", "Last-Event-ID", last.id), s.open("/v1/streams/a%2Fb/events?last_event_id=" + last.id)} {
		hello, next := resumed.next(), resumed.next()
		if hello.id != last.id || !strings.Contains(hello.data, `"resumed":true`) || !strings.Contains(next.data, `"eventData":2`) {
			t.Errorf("resumed with %+v, %+v", hello, next)
		}
	}
}

func TestStreamOfLines(t *testing.T) {
	t.Parallel()
	s := newSite(t, trusted())
	s.send("k", "P__W", "{\r\n\"n\":1}")
	r := s.open("/v1/streams/k/events?start=all", "Accept", "application/x-ndjson")
	if got := r.res.Header.Get("Content-Type"); got != "application/x-ndjson" {
		t.Error(got)
	}
	for _, want := range []string{"hello", "widget"} {
		line, err := r.lines.ReadBytes('\n')
		var f struct {
			Event, ID string
			Data      map[string]any
		}
		if err != nil || json.Unmarshal(line, &f) != nil || f.Event != want || f.ID == "" || f.Data == nil {
			t.Errorf("got %s, %v", line, err)
		}
	}
}

func TestOfARequest(t *testing.T) {
	t.Parallel()
	s := newSite(t, trusted())
	s.send("shared", "P__A", `1`)
	s.send("shared", "P__B", `2`, "r2")
	s.send("shared", "P__Complete", `{"status":"complete"}`, "r2")
	r := s.open("/one")
	if got := names([]frame{r.next(), r.next()}); got != "hello widget" {
		t.Error(got)
	}
	// A round of a live dashboard does not end it, the last one does.
	s.send("shared", "P__Complete", `{"status":"complete","live":{"round":0,"ended":""}}`)
	s.send("shared", "P__A", `3`)
	s.send("shared", "P__Complete", `{"status":"complete","live":{"round":1,"ended":"time_is_up"}}`)
	s.send("shared", "P__A", `4`)
	if got := names(r.events("")); got != "complete widget complete " {
		t.Error(got)
	}
}

func TestNewestOfEach(t *testing.T) {
	t.Parallel()
	s := newSite(t, trusted())
	for range 3 {
		s.send("k", "P__A", `1`)
		s.send("k", "P__B", `2`)
	}
	s.send("k", "P__Complete", `{}`)
	for path, want := range map[string]string{
		"?start=newest":        "hello widget widget complete",
		"?start=all":           "hello widget widget widget widget widget widget complete",
		"?last_event_id=x":     "hello reset widget widget complete",
		"?last_event_id=x.1-1": "hello reset widget widget complete",
	} {
		frames := s.open("/v1/streams/k/events" + path).events("complete")
		if got := names(frames); got != want {
			t.Errorf("%s: %s", path, got)
		}
		if !strings.HasSuffix(frames[0].id, ".0-0") {
			t.Errorf("%s: who is cut off now would go on from %s", path, frames[0].id)
		}
		for i := 2; i < len(frames); i++ {
			before, _ := feed.ParseMark(frames[i-1].id)
			if at, ok := feed.ParseMark(frames[i].id); !ok || !before.ID.Before(at.ID) {
				t.Errorf("%s: %v after %v", path, frames[i], frames[i-1])
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t, &caller.Caller{Tenant: "7"})
	for path, want := range map[string]string{
		"/v1/streams/web:8:x/events":            `"status":403`,
		"/v1/streams/other/events":              `"status":403`,
		"/v1/streams/web:7:x%20y/events":        `"code":"bad_routing_key"`,
		"/v1/streams/web:7:x/events?start=then": `"pointer":"?start"`,
	} {
		r := s.open(path)
		if body, _ := io.ReadAll(r.res.Body); r.res.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(string(body), want) {
			t.Errorf("%s: %s", path, body)
		}
	}
	if got := s.open("/v1/streams/web:7:x/events").next(); got.event != "hello" {
		t.Errorf("its own: %+v", got)
	}
}

func TestExpiryEndsAStream(t *testing.T) {
	t.Parallel()
	s := newSite(t, &caller.Caller{Tenant: "7"})
	if got := s.open("/v1/streams/web:7:x/events").next(); got.event != "hello" { // Redis is read before the token's time begins
		t.Errorf("got %+v", got)
	}
	var frames []frame
	for lasts := 500 * time.Millisecond; len(frames) < 3 && lasts < time.Minute; lasts *= 2 { // a busy machine may not have begun by then
		s.who = &caller.Caller{Tenant: "7", Expires: time.Now().Add(lasts)}
		frames = s.open("/v1/streams/web:7:x/events").events("")
	}
	if got := names(frames); got != "hello error " || !strings.Contains(frames[1].data, `"status":401`) || frames[1].id != "" {
		t.Errorf("got %+v", frames)
	}
}

func TestAStopEndsStreams(t *testing.T) {
	t.Parallel()
	s := newSite(t, trusted())
	r := s.open("/v1/streams/k/events")
	r.next()
	s.server.Stop()
	if got := r.next(); got.event != "" {
		t.Errorf("got %+v", got)
	}
}

func TestHTTP2(t *testing.T) {
	t.Parallel()
	s := newSite(t, trusted())
	only := new(http.Protocols)
	only.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: only}
	t.Cleanup(transport.CloseIdleConnections)
	a, b := s.openBy(transport, "/v1/streams/a/events"), s.openBy(transport, "/v1/streams/b/events")
	a.next()
	b.next()
	s.send("a", "P__A", `1`)
	s.send("b", "P__B", `1`)
	if x, y := a.next(), b.next(); a.res.ProtoMajor != 2 || !strings.Contains(x.data, "P__A") || !strings.Contains(y.data, "P__B") {
		t.Errorf("over %s: %+v, %+v", a.res.Proto, x, y)
	}
}

// TestOldClients know no chunks: what they get is the events alone, and the connection's end.
func TestOldClients(t *testing.T) {
	t.Parallel()
	s := newSite(t, trusted())
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, "GET /one HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	from := bufio.NewReader(c)
	var begin strings.Builder
	for !strings.HasSuffix(begin.String(), "}\n\n") { // hello has come
		line, err := from.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		begin.WriteString(line)
	}
	s.send("shared", "P__A", `1`)
	s.send("shared", "P__Complete", `{"status":"complete"}`)
	rest, err := io.ReadAll(from)
	head, body, _ := strings.Cut(begin.String()+string(rest), "\r\n\r\n")
	if err != nil || !strings.Contains(head, "Connection: close") || strings.Contains(head, "chunked") || !strings.HasPrefix(body, "retry: ") || strings.Contains(body, "\r") ||
		strings.Count(body, "\nevent: ")+strings.Count(body, "\n\nid: ") != 5 || !strings.HasSuffix(body, "\n\n") {
		t.Errorf("got %q and %q, %v", head, body, err)
	}
}

// flushes is an answer that keeps what had been written when it was flushed.
type flushes struct {
	*httptest.ResponseRecorder
	flushed func(text string)
}

func (f *flushes) Flush() { f.flushed(f.Body.String()) }

// TestAResetComesWithItsHello: who gets one without the other, and comes back, would never be told to forget what it has.
func TestAResetComesWithItsHello(t *testing.T) {
	t.Parallel()
	s := newSite(t, trusted())
	s.send("k", "P__A", `1`)
	ctx, cancel := context.WithCancel(caller.With(t.Context(), trusted()))
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/?last_event_id=x", nil)
	r.SetPathValue("routing_key", "k")
	s.events.Stream(&flushes{httptest.NewRecorder(), func(text string) {
		switch hello, reset := strings.Contains(text, "event: hello"), strings.Contains(text, "event: reset"); {
		case hello != reset:
			t.Errorf("apart: %q", text)
			fallthrough
		case reset:
			cancel()
		}
	}}, r)
	<-ctx.Done()
}

// TestAPlaceIsTakenUpByAnOpenStream, after its handler has returned, and given back where the client goes, whatever it was served over.
func TestAPlaceIsTakenUpByAnOpenStream(t *testing.T) {
	t.Parallel()
	s := newSite(t, trusted())
	only := new(http.Protocols)
	only.SetUnencryptedHTTP2(true)
	multiplexed := &http.Transport{Protocols: only}
	t.Cleanup(multiplexed.CloseIdleConnections)
	open := []*reader{s.open("/v1/streams/a/events"), s.open("/v1/streams/a/events", "Accept", "application/x-ndjson"), s.openBy(multiplexed, "/v1/streams/a/events")}
	if n := s.places.Load(); n != int64(len(open)) {
		t.Errorf("%d places for %d streams", n, len(open))
	}
	for i, r := range open {
		r.close()
		testenv.Eventually(t, time.Minute, "its place is given back", func() (bool, string) {
			n := s.places.Load()
			return n == int64(len(open)-1-i), fmt.Sprint(n)
		})
	}
}

func TestHeadHasNoEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t, trusted())
	res, err := http.Head("http://" + s.server.Addr() + "/v1/streams/k/events")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.Header.Get("Content-Type") != "text/event-stream" {
		t.Error(res.Header)
	}
}

// revoking are revocations of a subject, from one moment on.
type revoking struct {
	subject string
	at      chan struct{}
}

func (g *revoking) Changed() <-chan struct{} { return g.at }

func (g *revoking) Revoked(who *caller.Caller) bool {
	select {
	case <-g.at:
		return who.Subject == g.subject
	default:
		return false
	}
}

// TestARevocationEndsStreams that are silent, whatever connection they have, and those of its subject alone.
func TestARevocationEndsStreams(t *testing.T) {
	t.Parallel()
	only := new(http.Protocols)
	only.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: only}
	t.Cleanup(transport.CloseIdleConnections)
	g := &revoking{subject: "ann", at: make(chan struct{})}
	s := newSite(t, &caller.Caller{Tenant: "7", Subject: "ann"}, func(e *Events) { e.Revocations, e.Silence = g, time.Hour })
	readers := []*reader{s.open("/v1/streams/web:7:x/events"), s.openBy(transport, "/v1/streams/web:7:x/events")}
	for _, r := range readers {
		if f := r.next(); f.event != "hello" {
			t.Errorf("got %+v", f)
		}
	}
	other := newSite(t, &caller.Caller{Tenant: "7", Subject: "bob"}, func(e *Events) { e.Revocations = g })
	stays := other.open("/v1/streams/web:7:x/events")
	stays.next()
	close(g.at)
	for _, r := range readers {
		if f := r.next(); f.event != "error" || !strings.Contains(f.data, `"code":"token_revoked"`) || !strings.Contains(f.data, `"status":401`) {
			t.Errorf("got %+v", f)
		}
		if f := r.next(); f.event != "" {
			t.Errorf("goes on with %+v", f)
		}
	}
	other.send("web:7:x", "P__W", `1`)
	if f := stays.next(); f.event != "widget" {
		t.Errorf("another's: %+v", f)
	}
}
