package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
)

// Equal calls at the same time and shortly after are one; calls that differ in anything are not.
func TestOneReadForEqualCalls(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	began, goOn := make(chan struct{}, 100), make(chan struct{})
	s := opened(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		began <- struct{}{}
		<-goOn
		jsonOf(twoRows)(w, r)
	}), httpapi.Config{Reuse: time.Minute})
	call := get(t)
	call.Query = []query.CallField{{Name: "tenant", Value: template(t, "{tenant}")}}
	of := func(tenant string) *query.Query {
		return counting(call, query.Param{Name: "tenant", Type: query.String, Value: tenant})
	}
	var asking sync.WaitGroup
	for range 6 {
		asking.Go(func() {
			if rows, _, err := ask(t.Context(), s, of("a")); err != nil || rows != 2 {
				t.Errorf("%d rows: %v", rows, err)
			}
		})
	}
	<-began
	close(goOn)
	asking.Wait()
	for range 3 {
		if _, _, err := ask(t.Context(), s, of("a")); err != nil {
			t.Error(err)
		}
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests for nine equal calls", n)
	}
	if _, _, err := ask(t.Context(), s, of("b")); err != nil || requests.Load() != 2 {
		t.Errorf("another tenant: %d requests, %v", requests.Load(), err)
	}
}

// Columns are each query's own, over one read.
func TestOneReadForOtherColumns(t *testing.T) {
	t.Parallel()
	steps := &script{steps: []http.HandlerFunc{jsonOf(`[{"n": 1, "m": 10}]`)}}
	s := opened(t, serve(t, steps.ServeHTTP), httpapi.Config{Reuse: time.Minute})
	wantRows(t, s, get(t), 1, 1)
	q := counting(get(t))
	q.Measures[1].Field.Column = "m"
	r, err := s.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if sum := r.Frame.At(1).Value(0); sum != int64(10) || len(steps.times()) != 1 {
		t.Errorf("sum %v after %d requests", sum, len(steps.times()))
	}
	if r.Stats.Bytes != 0 || r.Stats.Scanned != 1 {
		t.Errorf("a read that was there already cost %+v", r.Stats)
	}
}

// Errors are not kept; nor is what is not whole, too large, too old, or not to be asked twice.
func TestWhatIsNotKept(t *testing.T) {
	t.Parallel()
	post := func(*testing.T) *query.Call {
		return &query.Call{Method: http.MethodPost, Path: query.Template{{Text: "/rows"}}}
	}
	of := func(t *testing.T) *query.Call { return get(t) }
	for name, test := range map[string]struct {
		cfg   httpapi.Config
		call  func(*testing.T) *query.Call
		steps []http.HandlerFunc
	}{
		"errors":      {httpapi.Config{Reuse: time.Minute}, of, []http.HandlerFunc{status(404), jsonOf(twoRows)}},
		"wrong types": {httpapi.Config{Reuse: time.Minute}, of, []http.HandlerFunc{jsonOf(`[{"n": "x"}]`), jsonOf(twoRows)}},
		"large ones":  {httpapi.Config{Reuse: time.Minute, MaxBytes: 1000, MaxTotalBytes: 1000}, of, []http.HandlerFunc{jsonOf(twoRows + fmt.Sprintf("%900s", "")), jsonOf(twoRows + fmt.Sprintf("%900s", ""))}},
		"POST":        {httpapi.Config{Reuse: time.Minute}, post, []http.HandlerFunc{jsonOf(twoRows)}},
		"old ones":    {httpapi.Config{Reuse: time.Nanosecond}, of, []http.HandlerFunc{jsonOf(twoRows)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := &script{steps: test.steps}
			s := opened(t, serve(t, steps.ServeHTTP), test.cfg)
			if name == "large ones" { // something is kept already
				other := get(t)
				other.Query = []query.CallField{{Name: "a", Value: template(t, "b")}}
				_, _, _ = ask(t.Context(), s, counting(other))
			}
			first := test.call(t)
			_, _, _ = ask(t.Context(), s, counting(first))
			before := len(steps.times())
			for until := time.Now().Add(time.Minute); len(steps.times()) == before && time.Now().Before(until); {
				wantRows(t, s, first, 2, 3)
			}
			if len(steps.times()) == before {
				t.Error("the answer was kept")
			}
		})
	}
}

// Whoever made the call for others and goes away leaves them to make it themselves.
func TestGivenUpRead(t *testing.T) {
	t.Parallel()
	began := make(chan struct{}, 10)
	var requests atomic.Int64
	s := opened(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		began <- struct{}{}
		if requests.Add(1) == 1 {
			<-r.Context().Done()
			return
		}
		jsonOf(twoRows)(w, r)
	}), httpapi.Config{Reuse: time.Minute}) // for those of the three that come when another has ended
	first, leave := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	asking.Go(func() {
		if _, _, err := ask(first, s, counting(get(t))); fault.ClassOf(err) != fault.Canceled {
			t.Errorf("the first: %v", err)
		}
	})
	<-began
	for range 3 {
		asking.Go(func() { wantRows(t, s, get(t), 2, 3) })
	}
	late, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, _, err := ask(late, s, counting(get(t))); fault.ClassOf(err) != fault.Timeout {
		t.Errorf("one whose time ran out while it waited: %v", err)
	}
	leave()
	asking.Wait()
	if n := requests.Load(); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// Nothing more than the connections are used at the same time.
func TestConnections(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int64
	var once sync.Once
	two := make(chan struct{})
	s := opened(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == 2 {
			once.Do(func() { close(two) })
		}
		select {
		case <-two:
		case <-r.Context().Done():
		}
		time.Sleep(10 * time.Millisecond) // others come meanwhile, if they may
		now.Add(-1)
		jsonOf(twoRows)(w, r)
	}), httpapi.Config{Connections: 2})
	var asking sync.WaitGroup
	for i := range 8 {
		asking.Go(func() {
			call := get(t)
			call.Query = []query.CallField{{Name: "i", Value: template(t, fmt.Sprint(i))}}
			wantRows(t, s, call, 2, 3)
		})
	}
	asking.Wait()
	if n := most.Load(); n != 2 {
		t.Errorf("%d requests at the same time, want 2", n)
	}
}

func TestAfterClose(t *testing.T) {
	t.Parallel()
	s := opened(t, serve(t, jsonOf(twoRows)), httpapi.Config{})
	wantRows(t, s, get(t), 2, 3)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := ask(t.Context(), s, counting(get(t))); fault.ReasonOf(err) != "source_unavailable" {
		t.Error(err)
	}
}
