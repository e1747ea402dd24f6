package api_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/gateway/api"
	"github.com/go-dispatcher/dispatcher/internal/sink/live"
)

// signed are the headers of a live post, as consumers write them.
func signed(id, body string, at time.Time, keys ...[]byte) []string {
	return []string{"webhook-id", id, "webhook-timestamp", strconv.FormatInt(at.Unix(), 10), "webhook-signature", live.Keys(keys).Sign(id, at, body)}
}

func TestLivePosts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const body = `{"eventName":"EchoPage__a","eventData":{"n":1.10},"queue_name":"","routing_key":"u1"}`
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			path := "/dispatcher/event"
			if i%2 == 1 {
				path = "/publisher/event"
			}
			if a := s.call("", http.MethodPost, path, body, signed("r:EchoPage__a", body, time.Now(), liveKey)...); a.status != http.StatusNoContent {
				t.Errorf("%+v", a)
			}
		})
	}
	all.Wait()
	list := s.rdb.XRange(t.Context(), s.prefix+"out:u1", "-", "+").Val()
	if len(list) != 1 || list[0].Values["payload"] != body || list[0].Values["eventName"] != "EchoPage__a" || list[0].Values["routing_key"] != "u1" {
		t.Fatalf("%v", list)
	}
	// While a secret is replaced posts have a signature of each.
	if a := s.call("", http.MethodPost, "/dispatcher/event", body, signed("r:2", body, time.Now(), []byte("a key of another service, 32 bytes"), liveKey)...); a.status != http.StatusNoContent {
		t.Errorf("%+v", a)
	}
	bare := `{"eventName":"x","routing_key":""}`
	huge := `{"eventName":"` + strings.Repeat("x", 16<<20) + `"}` // no more beyond the limit than a server reads before it hangs up
	for name, c := range map[string]struct {
		body    string
		headers []string
		status  int
	}{
		"no signature":    {body, nil, 401},
		"another key":     {body, signed("i", body, time.Now(), []byte("a key of another service, 32 bytes")), 401},
		"another body":    {body, signed("i", body+" ", time.Now(), liveKey), 401},
		"too old":         {body, signed("i", body, time.Now().Add(-6*time.Minute), liveKey), 401},
		"too new":         {body, signed("i", body, time.Now().Add(6*time.Minute), liveKey), 401},
		"another id":      {body, append(signed("i", body, time.Now(), liveKey), "webhook-id", "j"), 401},
		"no routing key":  {bare, signed("i", bare, time.Now(), liveKey), 400},
		"no object":       {"[]", signed("i", "[]", time.Now(), liveKey), 400},
		"too large":       {huge, signed("i", huge, time.Now(), liveKey), 413},
		"an id too long":  {body, signed(strings.Repeat("i", 513), body, time.Now(), liveKey), 400},
		"no content type": {body, append(signed("i", body, time.Now(), liveKey), "Content-Type", "text/plain"), 415},
	} {
		if a := s.call("trusted", http.MethodPost, "/dispatcher/event", c.body, c.headers...); a.status != c.status {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if n := s.rdb.XLen(t.Context(), s.prefix+"out:u1").Val(); n != 2 {
		t.Errorf("%d entries", n)
	}
	off := newSite(t, func(o *api.Options) { o.LiveKeys = nil })
	if a := off.call("trusted", http.MethodPost, "/dispatcher/event", body, signed("i", body, time.Now(), liveKey)...); a.status != http.StatusForbidden {
		t.Errorf("without a secret: %+v", a)
	}
}

func TestBuffers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := fmt.Sprintf("u-1-%d", time.Now().UnixNano())
	path := "/v1/buffers/" + key
	if code, _ := s.call("one", http.MethodGet, path, "").refused(); code != "unknown_buffer" {
		t.Error(code)
	}
	if err := s.rdb.HSet(t.Context(), "PUBLISH_ENGINE::BUFFER::"+key, "__meta__", `{"total_messages":"2"}`).Err(); err != nil {
		t.Fatal(err)
	}
	s.worker()
	body := fmt.Sprintf(`{"eventName":"custom_projects","eventData":{"page_name":"EchoPage","company_id":"1","routing_key":%q,"stream_tech":"API","selected_widgets":["a"]}}`, key)
	if err := s.rdb.XAdd(t.Context(), xadd(s.input(), body)).Err(); err != nil {
		t.Fatal(err)
	}
	var got api.Buffer
	eventually(t, "the first of two", func() bool {
		s.call("one", http.MethodGet, path, "").read(t, http.StatusOK, &got)
		return got.Processed == 1 && len(got.Widgets) == 2
	})
	if got.Status != "running" || got.Total != 2 || got.Widgets["EchoPage__a"] == nil {
		t.Errorf("%+v", got)
	}
	if err := s.rdb.XAdd(t.Context(), xadd(s.input(), body)).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both", func() bool {
		s.call("one", http.MethodGet, path, "").read(t, http.StatusOK, &got)
		return got.Status == "complete" && got.Processed == 2
	})
	if a := s.call("one", http.MethodGet, "/v1/buffers/u-2-x", ""); a.status != http.StatusForbidden {
		t.Errorf("%+v", a)
	}
	if a := s.call("one", http.MethodGet, "/v1/buffers/a%20b", ""); a.status != http.StatusBadRequest {
		t.Errorf("%+v", a)
	}
}
