package httpapi_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

const twoRows = `[{"n": 1}, {"n": 2}]`

// What passes is tried again; what does not is told at once, by its class and reason.
func TestFaults(t *testing.T) {
	t.Parallel()
	ok := jsonOf(twoRows)
	for name, test := range map[string]struct {
		steps    []http.HandlerFunc
		requests int
		class    fault.Class
		reason   string // empty: it is answered
	}{
		"500, then well":            {[]http.HandlerFunc{status(500), status(500), ok}, 3, 0, ""},
		"502, then well":            {[]http.HandlerFunc{status(502), ok}, 2, 0, ""},
		"503 all the time":          {[]http.HandlerFunc{status(503)}, 3, fault.Transient, "source_unavailable"},
		"504, then well":            {[]http.HandlerFunc{status(504), ok}, 2, 0, ""},
		"429, then well":            {[]http.HandlerFunc{status(429), ok}, 2, 0, ""},
		"429 all the time":          {[]http.HandlerFunc{status(429)}, 3, fault.Throttled, "source_throttled"},
		"reset, then well":          {[]http.HandlerFunc{reset, ok}, 2, 0, ""},
		"reset all the time":        {[]http.HandlerFunc{reset}, 3, fault.Transient, "source_unavailable"},
		"cut body, then well":       {[]http.HandlerFunc{cut, ok}, 2, 0, ""},
		"cut body all the time":     {[]http.HandlerFunc{cut}, 3, fault.Transient, "source_unavailable"},
		"no credentials":            {[]http.HandlerFunc{status(401)}, 1, fault.Permanent, "source_denied"},
		"forbidden":                 {[]http.HandlerFunc{status(403)}, 1, fault.Permanent, "source_denied"},
		"no such path":              {[]http.HandlerFunc{status(404)}, 1, fault.Permanent, "source_schema"},
		"bad request":               {[]http.HandlerFunc{status(400)}, 1, fault.Permanent, "source_error"},
		"not implemented":           {[]http.HandlerFunc{status(501)}, 1, fault.Permanent, "source_error"},
		"HTML":                      {[]http.HandlerFunc{text("text/html; charset=utf-8", "<html>we are down</html>")}, 1, fault.Permanent, "source_answer"},
		"HTML that says it is JSON": {[]http.HandlerFunc{jsonOf("\n <!doctype html>")}, 1, fault.Permanent, "source_answer"},
		"truncated JSON":            {[]http.HandlerFunc{jsonOf(`[{"n": 1}, {"n"`)}, 1, fault.Permanent, "source_answer"},
		"bad JSON":                  {[]http.HandlerFunc{jsonOf(`[{"n": 01}]`)}, 1, fault.Permanent, "source_answer"},
		"a key twice":               {[]http.HandlerFunc{jsonOf(`[{"n": 1, "n": 2}]`)}, 1, fault.Permanent, "source_answer"},
		"bad UTF-8":                 {[]http.HandlerFunc{jsonOf("[{\"n\": 1, \"t\": \"\xff\"}]")}, 1, fault.Permanent, "source_answer"},
		"two documents":             {[]http.HandlerFunc{jsonOf(`[] []`)}, 1, fault.Permanent, "source_answer"},
		"nothing":                   {[]http.HandlerFunc{jsonOf(``)}, 1, fault.Permanent, "source_answer"},
		"deep nesting":              {[]http.HandlerFunc{jsonOf(strings.Repeat("[", 1<<20))}, 1, fault.Permanent, "source_answer"},
		"a row that is none":        {[]http.HandlerFunc{jsonOf(`[{"n": 1}, 2]`)}, 1, fault.Permanent, "source_schema"},
		"another type":              {[]http.HandlerFunc{jsonOf(`[{"n": "one"}]`)}, 1, fault.Permanent, "source_schema"},
		"a part":                    {[]http.HandlerFunc{status(206)}, 1, fault.Permanent, "source_answer"},
		"packed otherwise":          {[]http.HandlerFunc{status(200, "Content-Encoding", "br")}, 1, fault.Permanent, "source_answer"},
		"too large":                 {[]http.HandlerFunc{jsonOf(`[{"t": "` + strings.Repeat("x", 1<<20) + `"}]`)}, 1, fault.Permanent, "source_limit"},
		"no end":                    {[]http.HandlerFunc{endless}, 1, fault.Permanent, "source_limit"},
		"a bomb":                    {[]http.HandlerFunc{bomb}, 1, fault.Permanent, "source_limit"},
		"a large header":            {[]http.HandlerFunc{status(200, "X", strings.Repeat("x", 1<<20))}, 3, fault.Transient, "source_unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := &script{steps: test.steps}
			s := opened(t, serve(t, steps.ServeHTTP), httpapi.Config{MaxBytes: 1 << 20})
			rows, _, err := ask(t.Context(), s, counting(get(t)))
			if n := len(steps.times()); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
			if test.reason == "" {
				if err != nil || rows != 2 {
					t.Errorf("%d rows, want 2: %v", rows, err)
				}
				return
			}
			if err == nil || fault.ClassOf(err) != test.class || fault.ReasonOf(err) != test.reason {
				t.Errorf("%v, want a %s %s", err, test.class, test.reason)
			}
			if passes := test.class == fault.Transient || test.class == fault.Throttled; passes {
				if e, ok := errors.AsType[*fault.Error](err); !ok || !e.Retried {
					t.Errorf("%v does not say that it was tried again", err)
				}
			}
			if text := fault.SafeText(err); strings.Contains(text, "127.0.0.1") || strings.Contains(text, "rows") {
				t.Errorf("the text for requesters is %q", text)
			}
		})
	}
}

// reset ends the connection without an answer.
func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// cut promises more than it sends.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(twoRows))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// endless sends until nobody reads.
func endless(w http.ResponseWriter, _ *http.Request) {
	_, err := w.Write([]byte("["))
	for err == nil {
		_, err = w.Write([]byte(`{"n": 1}, `))
	}
}

// bomb sends little that unpacks to a gibibyte.
func bomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	zeros := make([]byte, 1<<20)
	for range 1024 {
		if _, err := z.Write(zeros); err != nil {
			return
		}
	}
	_ = z.Close()
}

// A server that is asked and says nothing ends with the request, or with the time that the catalog gives one call.
func TestHang(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	late := func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("[{"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	for name, handler := range map[string]http.HandlerFunc{"no header": hang, "half a body": late} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := serve(t, handler)
			s := opened(t, url, httpapi.Config{Timeout: 100 * time.Millisecond})
			if _, _, err := ask(t.Context(), s, counting(get(t))); fault.ClassOf(err) != fault.Timeout || fault.ReasonOf(err) != "source_timeout" {
				t.Errorf("the time of one call: %v", err)
			}
			s = opened(t, url, httpapi.Config{})
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if _, _, err := ask(ctx, s, counting(get(t))); fault.ClassOf(err) != fault.Timeout {
				t.Errorf("the time of the request: %v", err)
			}
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			if _, _, err := ask(ctx, s, counting(get(t))); fault.ClassOf(err) != fault.Canceled {
				t.Errorf("a request that is given up: %v", err)
			}
		})
	}
}

// A server that is not there, and one that speaks no HTTP.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	s := opened(t, "http://127.0.0.1:"+testenv.FreePort(t), httpapi.Config{})
	if _, _, err := ask(t.Context(), s, counting(get(t))); fault.ClassOf(err) != fault.Transient || fault.ReasonOf(err) != "source_unavailable" {
		t.Errorf("refused: %v", err)
	}
	if err := s.Ping(t.Context()); fault.ReasonOf(err) != "source_unavailable" {
		t.Errorf("ping: %v", err)
	}
	s = opened(t, strings.Replace(serve(t, jsonOf("[]")), "http:", "https:", 1), httpapi.Config{})
	if _, _, err := ask(t.Context(), s, counting(get(t))); fault.ClassOf(err) != fault.Transient {
		t.Errorf("no TLS: %v", err)
	}
}

// A POST is sent again only where the catalog says that it may be, and nobody above tries it again either.
func TestPost(t *testing.T) {
	t.Parallel()
	for again, want := range map[bool]int{false: 1, true: 2} {
		steps := &script{steps: []http.HandlerFunc{status(503), jsonOf(twoRows)}}
		s := opened(t, serve(t, steps.ServeHTTP), httpapi.Config{})
		call := &query.Call{Method: http.MethodPost, Path: template(t, "/rows"), Body: map[string]any{}, Idempotent: again}
		_, _, err := ask(t.Context(), s, counting(call))
		if n := len(steps.times()); n != want || (err == nil) != again || !again && fault.ClassOf(err) != fault.Permanent {
			t.Errorf("idempotent %t: %d requests, %v", again, n, err)
		}
	}
}

// No request is sent before the time that the API asks to wait for, whoever sends it; and a request that has not so much time
// is told at once.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, throttled := range map[string]func(pause time.Duration) http.HandlerFunc{
		"seconds": func(pause time.Duration) http.HandlerFunc {
			return status(http.StatusTooManyRequests, "Retry-After", fmt.Sprint(pause.Seconds()))
		},
		"date": func(pause time.Duration) http.HandlerFunc {
			now := time.Now().UTC()
			return status(http.StatusTooManyRequests, "Date", now.Format(http.TimeFormat), "Retry-After", now.Add(pause).Format(http.TimeFormat))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const pause = 2 * time.Second
			steps := &script{steps: []http.HandlerFunc{throttled(pause), jsonOf(twoRows)}}
			wantRows(t, opened(t, serve(t, steps.ServeHTTP), httpapi.Config{}), get(t), 2, 3)
			if at := steps.times(); len(at) != 2 || at[1].Sub(at[0]) < pause {
				t.Errorf("asked to wait %s, requests came at %v", pause, at)
			}
			// Far apart, so that a busy machine is not late for the one and does not wait for the other.
			steps = &script{steps: []http.HandlerFunc{throttled(5 * time.Minute), jsonOf(twoRows)}}
			s := opened(t, serve(t, steps.ServeHTTP), httpapi.Config{})
			short, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			for range 2 {
				_, _, err := ask(short, s, counting(get(t)))
				if e, ok := errors.AsType[*fault.Error](err); !ok || e.Class != fault.Throttled || e.RetryAfter <= 0 {
					t.Errorf("a request without the time: %v", err)
				}
			}
			if short.Err() != nil {
				t.Error("it was told only when its time had run out")
			}
			if n := len(steps.times()); n != 1 {
				t.Errorf("%d requests before the time", n)
			}
		})
	}
}

// What is asked for beyond the rate waits; what would wait for longer than its request lasts is told at once.
func TestRate(t *testing.T) {
	t.Parallel()
	steps := &script{steps: []http.HandlerFunc{jsonOf(twoRows)}}
	s := opened(t, serve(t, steps.ServeHTTP), httpapi.Config{Rate: 5})
	begin := time.Now()
	for i := range 7 { // five at once, and one each fifth of a second
		call := get(t)
		call.Query = []query.CallField{{Name: "i", Value: template(t, fmt.Sprint(i))}}
		wantRows(t, s, call, 2, 3)
	}
	// Counted from before the first: the seventh cannot be let go earlier, however busy the machine is.
	if span := steps.times()[6].Sub(begin); span < 400*time.Millisecond {
		t.Errorf("seven requests within %s, at five a second", span)
	}
	s = opened(t, serve(t, steps.ServeHTTP), httpapi.Config{Rate: 0.001})
	wantRows(t, s, get(t), 2, 3)
	other := get(t)
	other.Query = []query.CallField{{Name: "i", Value: template(t, "other")}}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	if _, _, err := ask(ctx, s, counting(other)); fault.ClassOf(err) != fault.Throttled {
		t.Errorf("beyond the rate: %v", err)
	}
}

// Retry-After is read in both forms, by the API's clock, and is bounded.
func TestRetryAfterIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) // a clock that is years behind
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "7": 7 * time.Second, "-1": 0, "soon": 0, "9223372036854775807": httpapi.MaxPause, "99999999999999999999": 0,
		now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second, now.Add(-time.Hour).Format(http.TimeFormat): 0,
		now.AddDate(50, 0, 0).Format(http.TimeFormat): httpapi.MaxPause,
	} {
		h := http.Header{"Retry-After": {text}, "Date": {now.Format(http.TimeFormat)}}
		if got := httpapi.RetryAfter(h); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		if got := httpapi.RetryAfter(http.Header{"Retry-After": {time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)}}); got != time.Minute {
			t.Errorf("without a Date: %s", got)
		}
	})
}
