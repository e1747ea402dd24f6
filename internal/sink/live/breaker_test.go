package live

import (
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// service answers without a network, so that time can be made to pass.
type service struct {
	asked atomic.Int64
	// status is what it says, 0 for nothing ever; after its Retry-After in seconds, 0 for none.
	status, after atomic.Int64
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked.Add(1)
	if s.status.Load() == 0 {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	h := http.Header{}
	if n := s.after.Load(); n > 0 {
		h.Set("Retry-After", strconv.FormatInt(n, 10))
	}
	return &http.Response{StatusCode: int(s.status.Load()), Status: strconv.FormatInt(s.status.Load(), 10), Header: h, Body: http.NoBody}, nil
}

func (s *service) says(status int64) { s.status.Store(status) }

func (s *service) poster(change func(*Options)) *Poster {
	client := NewClient(10 * time.Second)
	client.Transport = s
	o := Options{Service: &Post{URL: "http://live.test/event"}, Client: client, Outbox: "box", Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	return NewPoster(o)
}

func event() *consumer.Entry {
	return &consumer.Entry{ID: "2-1", First: "1-1", Fields: []string{
		fieldPayload, `{}`, fieldID, "r:P__W", fieldRoutingKey, "k", fieldMade, strconv.FormatInt(time.Now().UnixMilli(), 10)}}
}

func charged(t *testing.T, out consumer.Outcome, what string) {
	t.Helper()
	if out.Err == nil || out.Uncharged {
		t.Fatalf("%s: %+v", what, out)
	}
}

func putOff(t *testing.T, out consumer.Outcome, atLeast time.Duration, why string) {
	t.Helper()
	if out.Err == nil || !out.Uncharged || fault.ClassOf(out.Err) != fault.Transient || out.After < atLeast || !strings.Contains(out.Err.Error(), why) {
		t.Fatalf("not put off for %v and with %q: %+v", atLeast, why, out)
	}
}

// TestAServiceThatNeverAnswersIsLeftAlone: its posts hold their slots once, for the client's time limit, and then one post at a time finds out.
func TestAServiceThatNeverAnswersIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s service
		var states []int
		p := s.poster(func(o *Options) { o.State = func(state int) { states = append(states, state) } })
		begin := time.Now()
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() { charged(t, p.Handle(t.Context(), event(), nil), "no answer") })
		}
		all.Wait()
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("it took %v", took)
		}
		for range 1000 {
			putOff(t, p.Handle(t.Context(), event(), nil), breakerDelay*8/10-time.Second, "deadline exceeded")
		}
		if n := s.asked.Load(); n != 16 || time.Since(begin) != 10*time.Second {
			t.Errorf("asked %d times in %v", n, time.Since(begin))
		}
		// One post finds out; the others do not wait for it.
		time.Sleep(breakerDelay * 2)
		all.Go(func() { charged(t, p.Handle(t.Context(), event(), nil), "probe") })
		synctest.Wait()
		putOff(t, p.Handle(t.Context(), event(), nil), probing, "deadline exceeded")
		all.Wait()
		putOff(t, p.Handle(t.Context(), event(), nil), time.Second, "deadline exceeded")
		s.says(204)
		time.Sleep(breakerDelay * 2)
		for range 20 {
			if out := p.Handle(t.Context(), event(), nil); out.Err != nil {
				t.Fatal(out.Err)
			}
		}
		if n := s.asked.Load(); n != 16+1+20 {
			t.Errorf("asked %d times", n)
		}
		if want := []int{StateOpen, StateHalfOpen, StateOpen, StateHalfOpen, StateClosed}; !slices.Equal(states, want) {
			t.Errorf("states %v, want %v", states, want)
		}
	})
}

// TestRetryAfterHoldsForAll: a service that asks for time again and again gets it, from all events; one that asks so for single events is asked for others.
func TestRetryAfterHoldsForAll(t *testing.T) {
	t.Parallel()
	for _, status := range []int64{429, 503} {
		synctest.Test(t, func(t *testing.T) {
			var s service
			p := s.poster(nil)
			s.after.Store(60)
			for n := range 20 { // not in a row
				s.says(status)
				if out := p.Handle(t.Context(), event(), nil); out.After != time.Minute || out.Uncharged {
					t.Fatalf("%d: %+v", n, out)
				}
				s.says(200)
				if out := p.Handle(t.Context(), event(), nil); out.Err != nil {
					t.Fatal(out.Err)
				}
			}
			s.says(status)
			for range breakerFailures {
				charged(t, p.Handle(t.Context(), event(), nil), "asks for time")
			}
			asked := s.asked.Load()
			putOff(t, p.Handle(t.Context(), event(), nil), time.Minute, strconv.FormatInt(status, 10))
			time.Sleep(59 * time.Second)
			putOff(t, p.Handle(t.Context(), event(), nil), time.Second, strconv.FormatInt(status, 10))
			if s.asked.Load() != asked {
				t.Error("it was asked before its time")
			}
			s.says(200)
			time.Sleep(time.Second)
			if out := p.Handle(t.Context(), event(), nil); out.Err != nil {
				t.Error(out.Err)
			}
		})
	}
}

// TestRefusalsAreAnswers: a service that refuses single events works.
func TestRefusalsAreAnswers(t *testing.T) {
	t.Parallel()
	for _, status := range []int64{302, 400, 404, 410} {
		var s service
		s.says(status)
		p := s.poster(nil)
		for range 3 * breakerFailures {
			out := p.Handle(t.Context(), event(), nil)
			charged(t, out, "refused")
			if fault.ClassOf(out.Err) != fault.Permanent {
				t.Errorf("%d: %v", status, out.Err)
			}
		}
	}
}

// TestEventsAreGivenUpInTime: what is not taken in its time is a dead letter with the last status, tried or put off, and lets the next event go.
func TestEventsAreGivenUpInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s service
		s.says(503)
		p := s.poster(func(o *Options) { o.GiveUpAfter = time.Hour })
		old, young := event(), event()
		charged(t, p.Handle(t.Context(), old, nil), "young")
		time.Sleep(time.Hour)
		for n := range breakerFailures + 3 { // the last ones are not tried
			out := p.Handle(t.Context(), old, nil)
			charged(t, out, "old")
			if fault.ClassOf(out.Err) != fault.Permanent || !strings.Contains(out.Err.Error(), "503") {
				t.Errorf("%d: %v", n, out.Err)
			}
			dead := p.GiveUp(t.Context(), old, nil, out.Err)
			if last := dead.Outputs[len(dead.Outputs)-1].Ops; len(last) != 1 || last[0] != (commit.Pass{Stream: "box", Key: "k", Turn: "1-1"}) {
				t.Errorf("the turn is not given on: %+v", dead)
			}
		}
		if asked := s.asked.Load(); asked != breakerFailures {
			t.Errorf("asked %d times", asked)
		}
		young.Fields = young.Fields[:6] // one that was replayed, or is of an earlier version, goes by its entry
		young.First = strconv.FormatInt(time.Now().UnixMilli(), 10) + "-0"
		putOff(t, p.Handle(t.Context(), young, nil), time.Second, "503")
	})
}
