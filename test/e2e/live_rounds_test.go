package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// changing are the services behind two widgets, themes and dialects, whose numbers change when a test says so.
type changing struct {
	mu      sync.Mutex
	posts   map[string]int
	broken  map[string]bool
	waiting map[string]chan struct{} // closed to let a held answer go
}

func newChanging(t *testing.T) (*changing, []string) {
	t.Helper()
	c := &changing{posts: map[string]int{"themes": 12, "dialects": 7}, broken: map[string]bool{}, waiting: map[string]chan struct{}{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return c, []string{
		"APP_THEMES_AI_API=" + server.URL + "/themes", "APP_DIALECTS_AI_API=" + server.URL + "/dialects",
		"APP_DISPATCHER_LIVE_SHORTEST_INTERVAL=1", "APP_DISPATCHER_LEASE=1000",
	}
}

func (c *changing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.Trim(r.URL.Path, "/")
	c.mu.Lock()
	posts, broken, waiting := c.posts[name], c.broken[name], c.waiting[name]
	c.mu.Unlock()
	if waiting != nil {
		select {
		case <-waiting:
		case <-r.Context().Done():
		}
	}
	if broken {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{%q:[{%q:"a","posts":%d,"negative":1}]}`, name, strings.TrimSuffix(name, "s"), posts)
}

func (c *changing) set(change func(c *changing)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

// rounds are the messages of a live dashboard, up to each closing one.
type rounds [][]message

func (s *site) rounds(key string) (out rounds) {
	var now []message
	for _, m := range s.messages(key) {
		now = append(now, m)
		if strings.HasSuffix(m.event, "__Complete") {
			out, now = append(out, now), nil
		}
	}
	return out
}

func closing(round []message) (requestID string, live map[string]any) {
	last := round[len(round)-1]
	live, _ = last.data["live"].(map[string]any)
	requestID, _ = last.data["request_id"].(string)
	return requestID, live
}

func widgetsOf(round []message) (names []string) {
	for _, m := range round[:len(round)-1] {
		_, id, _ := strings.Cut(m.event, "__")
		names = append(names, id)
	}
	slices.Sort(names)
	return names
}

// reach waits until so many rounds have come, and returns all.
func (s *site) reach(key string, n int) (got rounds) {
	s.t.Helper()
	s.eventually(time.Minute, fmt.Sprintf("%d rounds of %s", n, key), func() (bool, string) {
		got = s.rounds(key)
		return len(got) >= n, fmt.Sprintf("%d rounds", len(got))
	})
	return got
}

// over waits until nothing can come any more: no round is due, none is being answered.
func (s *site) over() {
	s.t.Helper()
	s.eventually(time.Minute, "no round is left", func() (bool, string) {
		left, err := testenv.Left(s.t.Context(), s.rdb, s.input(), s.input()+":refresh")
		return err == nil && len(left) == 0, fmt.Sprint(left, err)
	})
}

func liveRequest(key, more string) string {
	return insights(key, `"is_live_dashboard":true,"live_interval":1,"selected_widgets":["total_posts","themes","dialects","no_such"]`+more)
}
