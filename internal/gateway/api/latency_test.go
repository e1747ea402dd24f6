package api_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/gateway/api"
)

// TestLatencies: what a client was sent is noted once, by the broker's clock, and a resumed stream says nothing of the beginning.
func TestLatencies(t *testing.T) {
	t.Parallel()
	var o api.Options
	var messages []*feed.Message
	s := newSite(t, func(used *api.Options) {
		used.Follow = func(w http.ResponseWriter, r *http.Request, _, request string, sent func(context.Context, []*feed.Message)) {
			for _, m := range messages {
				m.Request = request
				sent(r.Context(), []*feed.Message{m})
			}
			_, _ = io.WriteString(w, "done")
		}
		o = *used
	})
	list := func() []api.Latency {
		t.Helper()
		list, err := api.New(o).Latencies(t.Context(), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	follow := func(id, last string) {
		t.Helper()
		if got := s.call("one", "GET", "/v1/requests/"+id+"/events", "", "Last-Event-ID", last); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	at := func(after time.Duration, entry string, complete bool) *feed.Message {
		return &feed.Message{Mark: feed.Mark{ID: feed.ID{MS: uint64(entryTime(t, entry).Add(after).UnixMilli())}}, Complete: complete}
	}
	first := s.submit("one", echo)
	entry := s.rdb.HGet(t.Context(), s.input()+":web:"+first.RequestID, "entry").Val()
	messages = []*feed.Message{at(20*time.Millisecond, entry, false)}
	follow(first.RequestID, "")
	if got := list(); len(got) != 0 {
		t.Errorf("before its end: %+v", got)
	}
	messages = append(messages, at(30*time.Millisecond, entry, false), at(50*time.Millisecond, entry, true), at(90*time.Millisecond, entry, true))
	follow(first.RequestID, "")
	got := list()
	if len(got) != 1 || got[0].FirstWidget != 20*time.Millisecond || got[0].Complete != 50*time.Millisecond || got[0].Sent < 0 || got[0].Sent > time.Minute {
		t.Errorf("%+v", got)
	}
	before := s.rdb.HGetAll(t.Context(), s.input()+":web:"+first.RequestID).Val()
	follow(first.RequestID, "")
	if after := s.rdb.HGetAll(t.Context(), s.input()+":web:"+first.RequestID).Val(); after["complete_sent"] != before["complete_sent"] || after["first_sent"] == "" {
		t.Errorf("a later client changes %v to %v", before, after)
	}
	second := s.submit("one", echo)
	messages = []*feed.Message{at(40*time.Millisecond, entry, false), at(time.Hour, entry, true)}
	follow(second.RequestID, "e.1-1")
	if got := list(); len(got) != 2 || got[0].FirstWidget >= 0 || got[0].Sent >= 0 || got[0].Complete < 59*time.Minute {
		t.Errorf("one that was resumed: %+v", got)
	}
	recent, err := api.New(o).Recent(t.Context(), 10)
	if err != nil || len(recent) != 2 {
		t.Fatalf("%+v, %v", recent, err)
	}
	seen := map[string]bool{}
	for _, m := range recent[1].Timeline {
		seen[m.What] = true
	}
	if !seen["first_sent"] || !seen["complete_sent"] {
		t.Errorf("its way is %+v", recent[1].Timeline)
	}
}

// entryTime is when an entry came.
func entryTime(t *testing.T, entry string) time.Time {
	t.Helper()
	id, ok := feed.ParseID(entry)
	if !ok {
		t.Fatalf("%q is no entry", entry)
	}
	return time.UnixMilli(int64(id.MS))
}
