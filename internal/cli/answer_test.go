package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// A page that gave way to a later request is not what a reader waits for: who sent a request follows that one to its end, whatever it is, and who follows a
// routing key sees the page that was answered.
func TestAReaderFollowsWhatIsAnswered(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t), Protocol: 2})
	t.Cleanup(func() { _ = rdb.Close() })
	stream := "cli:" + t.Name()
	t.Cleanup(func() { rdb.Del(t.Context(), stream) })
	rdb.Del(t.Context(), stream)
	for _, m := range []struct{ widget, request, status string }{
		{"first", "old", "ok"},
		{"Complete", "old", "superseded"},
		{"second", "new", "ok"},
		{"Complete", "new", "complete"},
		{"third", "other", "ok"},
	} {
		payload := fmt.Sprintf(`{"eventName":"Page__%s","eventData":{"status":%q},"request_id":%q}`, m.widget, m.status, m.request)
		if err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: stream, Values: []string{"payload", payload}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for request, want := range map[string]string{
		"":    "first/old Complete/old second/new Complete/new",
		"old": "first/old Complete/old",
		"new": "second/new Complete/new",
	} {
		var out bytes.Buffer
		e := &env{ctx: t.Context(), out: &out, err: &out, json: true}
		if err := follow(e, rdb, stream, "0", request, true); err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(out.String()) {
			_, rest, _ := strings.Cut(line, "Page__")
			widget, rest, _ := strings.Cut(rest, `"`)
			_, name, _ := strings.Cut(strings.TrimRight(rest, "\"}\n"), `"request_id":"`)
			got = append(got, widget+"/"+name)
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("request %q: %s, want %s", request, text, want)
		}
	}
}

// A request that is followed has a name; one of a file keeps its own.
func TestWhoFollowsNamesTheRequest(t *testing.T) {
	t.Parallel()
	c := sendCmd{Event: "insights", RoutingKey: "me", Follow: true}
	payload, err := c.payload()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(named(payload), "cli-") {
		t.Errorf("%s", payload)
	}
	c.Set = []string{"request_id=mine"}
	if payload, err = c.payload(); err != nil || named(payload) != "mine" {
		t.Errorf("%s, %v", payload, err)
	}
	c.Follow, c.Set = false, nil
	if payload, err = c.payload(); err != nil || named(payload) != "" {
		t.Errorf("one that nobody follows: %s, %v", payload, err)
	}
}
