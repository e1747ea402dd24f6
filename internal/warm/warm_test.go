package warm_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/warm"
)

// site remembers pages under names of the test's own.
type site struct {
	t     *testing.T
	rdb   *redis.Client
	names commit.Names
	pages int
}

func newSite(t *testing.T, pages int) *site {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t)})
	t.Cleanup(func() { _ = rdb.Close() })
	return &site{t, rdb, commit.NamesOf(fmt.Sprintf("warm-%s-%d", strings.ToLower(t.Name()), time.Now().UnixNano())), pages}
}

// asked remembers requests that were made at a time, so many times each.
func (s *site) asked(at time.Time, times int, eventData ...string) {
	s.t.Helper()
	r := warm.NewRecorder(s.rdb, s.names, s.pages, slog.New(slog.NewTextHandler(s.t.Output(), nil)))
	for _, data := range eventData {
		req, err := models.Decoder{}.Decode(`{"eventName":"custom_projects","eventData":{"page_name":"P",` + data + `}}`)
		if err != nil {
			s.t.Fatal(err)
		}
		for range times {
			r.Remember(req, at, []string{"campaign"})
		}
	}
	if err := r.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// found are the pages as they would be asked for at a time, each as the request's data.
func (s *site) found(tenant string, most int, now time.Time) (out []string) {
	s.t.Helper()
	pages, err := warm.Pages(s.t.Context(), s.rdb, s.names, tenant, most, now)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range pages {
		payload, err := p.Payload("id", "key", now, time.Minute)
		if err != nil {
			s.t.Fatal(err)
		}
		var request struct {
			Data map[string]json.RawMessage `json:"eventData"`
		}
		if err := json.Unmarshal(payload, &request); err != nil {
			s.t.Fatal(err)
		}
		for key, want := range map[string]string{"warm_up": "true", "request_id": `"id"`, "routing_key": `"key"`, "page_name": `"P"`, "output_ttl": "60", "request_timestamp": fmt.Sprint(now.Unix())} {
			if string(request.Data[key]) != want {
				s.t.Errorf("%s is %s", key, request.Data[key])
			}
			delete(request.Data, key)
		}
		text, err := json.Marshal(request.Data)
		if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, string(text))
	}
	return out
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What asks the same is one page, whoever reads the answer; what decides the answer tells pages apart.
func TestPagesAreWhatDecidesTheirAnswers(t *testing.T) {
	t.Parallel()
	s, now := newSite(t, 20), time.Now()
	s.asked(now, 1,
		`"company_id":7,"selected_widgets":["b","a"],"filters":{"y":1.50,"x":["k"]},"routing_key":"u1","request_id":"r1","user_id":3,"metadata":{"a":1},"queue_name":"q","campaign":"c"`,
		`"company_id":"7","selected_widgets":["a","b","a"],"filters":"{\"x\":[\"k\"],\"y\":1.50}","routing_key":"u2","stream_tech":"API","user_id":4,"campaign":"c"`,
	)
	same(t, "what asks the same", s.found("", 10, now), `{"campaign":"c","company_id":"7","filters":{"x":["k"],"y":1.50},"selected_widgets":["a","b"]}`)
	for i, more := range []string{`"language":"ar"`, `"timezone":"Asia/Riyadh"`, `"sort":"-likes"`, `"campaign":"d"`, `"metrics":{"a":1}`, `"compare_with":"none"`, `"monitor_id":"m"`, `"filters":{"x":1}`} {
		s.asked(now, 1, `"company_id":7,`+more)
		if n := len(s.found("", 20, now)); n != i+2 {
			t.Errorf("with %s there are %d pages", more, n)
		}
	}
	s.asked(now, 1, `"company_id":7,"filters":{"x":"`+strings.Repeat("y", 9000)+`"}`)
	if n := len(s.found("", 20, now)); n != 9 {
		t.Errorf("with one that is too long there are %d pages", n)
	}
}

// A range up to today is one up to today on any later day, and the same page all the time; a range that is past stays.
func TestRangesMoveOn(t *testing.T) {
	t.Parallel()
	s := newSite(t, 20)
	monday := time.Date(2026, 10, 26, 9, 30, 0, 0, time.UTC)
	s.asked(monday, 2, `"company_id":7,"start_date":"2026-10-20","end_date":"2026-10-26"`, `"company_id":7,"start_date":"2026-01-01","end_date":"2026-01-31"`)
	s.asked(monday.AddDate(0, 0, 3), 3, `"company_id":7,"start_date":"2026-10-23","end_date":"2026-10-29"`)
	s.asked(monday, 1, `"company_id":7,"timezone":"America/New_York","start_date":"2026-10-20T00:00:00-04:00","end_date":"2026-10-26T23:59:59-04:00"`)
	same(t, "a month later", s.found("", 10, monday.AddDate(0, 1, 0)),
		`{"company_id":"7","end_date":"2026-11-26","start_date":"2026-11-20"}`,
		`{"company_id":"7","end_date":"2026-01-31","start_date":"2026-01-01"}`,
		`{"company_id":"7","end_date":"2026-11-26T23:59:59-05:00","start_date":"2026-11-20T00:00:00-05:00","timezone":"America/New_York"}`)
}

// Each tenant's commonest page comes before anybody's second, and no tenant takes another's places.
func TestTenantsTakeTurns(t *testing.T) {
	t.Parallel()
	s, now := newSite(t, 2), time.Now()
	page := func(tenant, language string) string {
		return fmt.Sprintf(`"company_id":%q,"language":%q`, tenant, language)
	}
	s.asked(now, 9, page("7", "en"))
	s.asked(now, 5, page("7", "ar"))
	s.asked(now, 2, page("8", "fr"))
	s.asked(now, 1, page("8", "en"))
	one := func(tenant, language string) string {
		return fmt.Sprintf(`{"company_id":%q,"language":%q}`, tenant, language)
	}
	same(t, "all", s.found("", 10, now), one("7", "en"), one("8", "fr"), one("7", "ar"), one("8", "en"))
	same(t, "some", s.found("", 3, now), one("7", "en"), one("8", "fr"), one("7", "ar"))
	same(t, "one tenant's", s.found("8", 10, now), one("8", "fr"), one("8", "en"))
	same(t, "nobody's", s.found("9", 10, now))
	// What is asked for again and again has its place, though all were taken.
	for range 12 {
		s.asked(now, 1, page("7", "de"))
	}
	same(t, "afterwards", s.found("7", 10, now), one("7", "de"), one("7", "en"))
}
