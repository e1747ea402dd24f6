package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// desk is an API on a Redis of its own streams.
type desk struct {
	t   *testing.T
	api *API
	rdb *redis.Client
	o   Options
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	return newDeskOn(t, testenv.Redis(t))
}

func newDeskOn(t *testing.T, addr string) *desk {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, DialTimeout: time.Minute, ReadTimeout: time.Minute})
	t.Cleanup(func() { _ = rdb.Close() })
	prefix := fmt.Sprintf("admin:%s:%d:", t.Name(), time.Now().UnixNano())
	o := Options{
		Redis: rdb, Input: prefix + "in", Group: "g", Rejected: prefix + "dead", Pprof: true,
		Classes: []Class{{"interactive", prefix + "in"}, {"export", prefix + "in:export"}},
		Recent:  func(_ context.Context, limit int64) (any, error) { return []int64{limit}, nil },
		Latency: func(context.Context, time.Duration) ([]Took, error) { return nil, nil },
		Sources: func(context.Context) ([]Source, error) {
			return []Source{{"duck", "up", ""}, {"mongo", "down", "does not answer"}}, nil
		},
	}
	return &desk{t, New(o), rdb, o}
}

// ask asks as a caller; nil is the machine's own process.
func (d *desk) ask(who *caller.Caller, method, path, body string) *httptest.ResponseRecorder {
	d.t.Helper()
	if who == nil {
		who = &caller.Caller{Trusted: true, Subject: "loopback"}
	}
	mux := http.NewServeMux()
	for _, r := range d.api.Routes() {
		mux.Handle(r.Pattern, r.Handler)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(caller.With(d.t.Context(), who), method, path, strings.NewReader(body))
	mux.ServeHTTP(w, r)
	return w
}

// get asks for JSON, and reads it.
func get[T any](d *desk, method, path, body string) (out T) {
	d.t.Helper()
	w := d.ask(nil, method, path, body)
	if w.Code != http.StatusOK {
		d.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	dec := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&out); err != nil {
		d.t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
	}
	return out
}

func (d *desk) add(stream string, fields ...string) string {
	d.t.Helper()
	id, err := d.rdb.XAdd(d.t.Context(), &redis.XAddArgs{Stream: stream, Values: fields}).Result()
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

func (d *desk) kill(reason, event string) string {
	d.t.Helper()
	sink := deadletter.Sink{Stream: d.o.Rejected}
	op, ok := sink.Write(&deadletter.Letter{Payload: "{}", EventName: event, Reason: reason, RoutingKey: "k", Detail: "why", Attempts: 3, Consumer: "c", MessageID: "1-1", FailedAt: time.Now()}).(commit.Append)
	if !ok {
		d.t.Fatal("a dead letter is no append")
	}
	return d.add(op.Stream, op.Fields...)
}

// TestEveryRouteNeedsTheRole asks each route as everybody who is no operator: whatever is in the table, and what it serves beside it.
func TestEveryRouteNeedsTheRole(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	letter := d.kill("r", "e")
	for _, route := range d.api.Routes() {
		method, path, _ := strings.Cut(route.Pattern, " ")
		path = regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(path, letter)
		for name, who := range map[string]*caller.Caller{
			"nobody": {}, "a tenant": {Tenant: "1", Pages: []string{"*"}, RoutingKeys: []string{"*"}}, "another role": {Tenant: "1", Roles: []string{"operators", "Operator", "admin", ""}},
		} {
			if w := d.ask(who, method, path, `{"all":true}`); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "not_an_operator") {
				t.Errorf("%s asks %s %s: %d %s", name, method, path, w.Code, w.Body)
			}
		}
		if strings.Contains(path, "/debug/pprof/profile") || strings.Contains(path, "/debug/pprof/trace") {
			continue // they take their time
		}
		if w := d.ask(&caller.Caller{Roles: []string{"operator"}}, method, path, `{"ids":["1-1"]}`); w.Code == http.StatusForbidden || w.Code >= 500 {
			t.Errorf("an operator asks %s %s: %d %s", method, path, w.Code, w.Body)
		}
	}
	if n := len(d.api.Routes()) - len(d.api.table()); n != 5 {
		t.Errorf("there are %d routes beside the table", n)
	}
	d.o.Pprof = false
	for _, route := range New(d.o).Routes() {
		if strings.Contains(route.Pattern, "pprof") {
			t.Errorf("%s is there without being wanted", route.Pattern)
		}
	}
}

func TestOverview(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	empty := get[Overview](d, "GET", "/admin/v1/overview", "")
	if len(empty.Classes) != 2 || empty.Classes[0].Exists || empty.Paused != nil || empty.Rates != nil || empty.DeadLetters != 0 {
		t.Errorf("nothing is there: %+v", empty)
	}
	if err := d.api.sample(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		d.add(d.o.Input, "payload", "{}")
	}
	d.kill("r", "e")
	if err := d.rdb.XGroupCreate(t.Context(), d.o.Input, "g", "0").Err(); err != nil {
		t.Fatal(err)
	}
	taken := d.rdb.XReadGroup(t.Context(), &redis.XReadGroupArgs{Group: "g", Consumer: "c1", Streams: []string{d.o.Input, ">"}, Count: 1, Block: -1}).Val()[0].Messages[0].ID
	now := d.rdb.Time(t.Context()).Val()
	d.rdb.HSet(t.Context(), commit.NamesOf(d.o.Input).Consumers, "c1", now.UnixMilli(), "dead", now.Add(-time.Hour).UnixMilli())
	if err := d.api.sample(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := get[Overview](d, "GET", "/admin/v1/overview", "")
	c := got.Classes[0]
	if !c.Exists || c.Waiting == nil || *c.Waiting != 2 || c.Running != 1 || c.Consumers != 1 || c.Oldest < 0 || got.DeadLetters != 1 {
		t.Errorf("got %+v", got)
	}
	if r := got.Rates; r == nil || r.Submitted <= 0 || r.Finished != 0 || r.Rejected <= 0 || r.Submitted < 2.9*r.Rejected || r.Submitted > 3.1*r.Rejected {
		t.Errorf("rates are %+v", r)
	}
	if list := get[Consumers](d, "GET", "/admin/v1/consumers", "").Consumers; len(list) != 2 || list[0].Name != "c1" || list[0].Class != "interactive" || list[0].Running != 1 || list[1].Name != "dead" || *list[1].Heartbeat < 3500 {
		t.Errorf("consumers are %+v", list)
	}
	w := d.ask(nil, "GET", "/admin/v1/pending?consumer=c1", "")
	if !strings.Contains(w.Body.String(), `"entries":[{"id":"`+taken+`","consumer":"c1"`) {
		t.Errorf("pending: %d %s", w.Code, w.Body)
	}
	if w := d.ask(nil, "GET", "/admin/v1/pending?class=x&limit=0&idle=-1", ""); w.Code != 400 || strings.Count(w.Body.String(), `"pointer"`) != 3 {
		t.Errorf("bad parameters: %d %s", w.Code, w.Body)
	}
	if got := get[map[string][]int64](d, "GET", "/admin/v1/requests?limit=7", ""); len(got["requests"]) != 1 || got["requests"][0] != 7 {
		t.Errorf("recent requests are %+v", got)
	}
	if list := get[Sources](d, "GET", "/admin/v1/sources", "").Sources; len(list) != 2 || list[1].Error != "does not answer" {
		t.Errorf("sources are %+v", list)
	}
}

// TestTheDemosBroker asks all that operators ask of the server that the demo embeds, with something on each stream.
func TestTheDemosBroker(t *testing.T) {
	t.Parallel()
	d := newDeskOn(t, miniredis.RunT(t).Addr())
	ctx := t.Context()
	letter := d.kill("r", "e")
	for range 3 {
		d.add(d.o.Input, "payload", "{}")
	}
	if err := d.rdb.XGroupCreate(ctx, d.o.Input, "g", "0").Err(); err != nil {
		t.Fatal(err)
	}
	d.rdb.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "g", Consumer: "c1", Streams: []string{d.o.Input, ">"}, Count: 1, Block: -1})
	d.rdb.HSet(ctx, commit.NamesOf(d.o.Input).Consumers, "c1", time.Now().UnixMilli())
	for range 2 {
		if err := d.api.sample(ctx); !errors.Is(err, errNotCounted) {
			t.Errorf("it counts: %v", err)
		}
	}
	for _, op := range d.api.table() {
		if op.method != http.MethodGet {
			continue
		}
		if w := d.ask(nil, op.method, strings.ReplaceAll(op.path, "{id}", letter), ""); w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", op.path, w.Code, w.Body)
		}
	}
	got := get[Overview](d, "GET", "/admin/v1/overview", "")
	if c := got.Classes[0]; !c.Exists || c.Waiting == nil || *c.Waiting != 2 || c.Running != 1 || c.Consumers != 1 || got.DeadLetters != 1 || got.Rates != nil {
		t.Errorf("got %+v", got)
	}
	if list := get[Consumers](d, "GET", "/admin/v1/consumers", "").Consumers; len(list) != 1 || list[0].Name != "c1" || list[0].Running != 1 || list[0].Idle < 0 || list[0].Idle > 60 {
		t.Errorf("consumers are %+v", list)
	}
	if p := get[PauseState](d, "POST", "/admin/v1/pause", `{"why":"disk","seconds":60}`).Paused; p == nil || p.Why != "disk" || p.Until == nil {
		t.Errorf("paused: %+v", p)
	}
	if p := get[PauseState](d, "POST", "/admin/v1/resume", "").Paused; p != nil {
		t.Errorf("resumed: %+v", p)
	}
	if got := get[Replayed](d, "POST", "/admin/v1/dead-letters/"+letter+"/replay", ""); len(got.Replayed) != 1 {
		t.Errorf("replayed: %+v", got)
	}
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var ids []string
	for i := range 7 {
		ids = append(ids, d.kill([]string{"stale", "bad"}[i%2], "e"))
	}
	first := get[DeadLetters](d, "GET", "/admin/v1/dead-letters?limit=4", "")
	second := get[DeadLetters](d, "GET", "/admin/v1/dead-letters?limit=4&before="+first.Next, "")
	var seen []string
	for _, l := range append(first.DeadLetters, second.DeadLetters...) {
		seen = append([]string{l.ID}, seen...)
	}
	if strings.Join(seen, " ") != strings.Join(ids, " ") || first.Next == "" || second.Next != "" {
		t.Errorf("pages hold %v, next %q and %q", seen, first.Next, second.Next)
	}
	if row := first.DeadLetters[0]; row.Reason != "stale" || row.Event != "e" || row.RoutingKey != "k" || row.Error != "why" || row.Attempts != "3" || row.Consumer != "c" || time.Since(row.At) > time.Hour {
		t.Errorf("a row is %+v", row)
	}
	if bad := get[DeadLetters](d, "GET", "/admin/v1/dead-letters?reason=bad&limit=200", ""); len(bad.DeadLetters) != 3 {
		t.Errorf("of one reason: %+v", bad)
	}
	if old := get[DeadLetters](d, "GET", "/admin/v1/dead-letters?older_than=3600", ""); len(old.DeadLetters) != 0 {
		t.Errorf("an hour old: %+v", old)
	}
	if one := get[DeadLetter](d, "GET", "/admin/v1/dead-letters/"+ids[1], ""); one.Reason != "bad" || one.Fields["payload"] != "{}" {
		t.Errorf("one: %+v", one)
	}
	if got := get[Replayed](d, "POST", "/admin/v1/dead-letters/"+ids[0]+"/replay", ""); len(got.Replayed) != 1 || got.Replayed[0].ID != ids[0] {
		t.Errorf("one was replayed: %+v", got)
	}
	if got := get[Replayed](d, "POST", "/admin/v1/dead-letters/replay", `{"reason":"bad","rate":1000}`); len(got.Replayed) != 3 || got.More {
		t.Errorf("a reason was replayed: %+v", got)
	}
	back := d.rdb.XRange(t.Context(), d.o.Input, "-", "+").Val()
	if len(back) != 4 || back[0].Values[deadletter.ReplayedField] != ids[0] {
		t.Errorf("back on the stream: %+v", back)
	}
	for path, want := range map[string]int{"DELETE /admin/v1/dead-letters/" + ids[2]: 204, "DELETE /admin/v1/dead-letters/" + ids[0]: 404, "GET /admin/v1/dead-letters/" + ids[0]: 404, "GET /admin/v1/dead-letters/-": 404, "POST /admin/v1/dead-letters/" + ids[1] + "/replay": 404} {
		method, path, _ := strings.Cut(path, " ")
		if w := d.ask(nil, method, path, ""); w.Code != want {
			t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	}
	if n := d.rdb.XLen(t.Context(), d.o.Rejected).Val(); n != 2 {
		t.Errorf("%d dead letters are left", n)
	}
	for _, body := range []string{"", "{}", `{"rate":-1,"all":true}`, `{"all":"yes"}`, `{"every":true}`, `{"all":true} {}`, `{"ids":["x"]}`, `[]`} {
		if w := d.ask(nil, "POST", "/admin/v1/dead-letters/replay", body); w.Code != 400 {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	if got := get[Replayed](d, "POST", "/admin/v1/dead-letters/replay", `{"all":true}`); len(got.Replayed) != 2 {
		t.Errorf("all were replayed: %+v", got)
	}
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, body := range []string{`{"seconds":-1}`, `{"seconds":604801}`, `{"why":"` + strings.Repeat("a", 513) + `"}`} {
		if w := d.ask(nil, "POST", "/admin/v1/pause", body); w.Code != 400 {
			t.Errorf("%s: %d", body, w.Code)
		}
	}
	p := get[PauseState](d, "POST", "/admin/v1/pause", `{"why":"disk","seconds":60}`).Paused
	if p == nil || p.Why != "disk" || p.By != "loopback" || p.Until == nil || time.Until(*p.Until) > 61*time.Second {
		t.Errorf("paused: %+v", p)
	}
	if o := get[Overview](d, "GET", "/admin/v1/overview", ""); o.Paused == nil || o.Paused.Why != "disk" {
		t.Errorf("the overview says %+v", o.Paused)
	}
	if p := get[PauseState](d, "POST", "/admin/v1/pause", "").Paused; p == nil || p.Until != nil || p.Why != "" {
		t.Errorf("a later pause without an end: %+v", p)
	}
	for range 2 {
		if p := get[PauseState](d, "POST", "/admin/v1/resume", "").Paused; p != nil {
			t.Errorf("resumed: %+v", p)
		}
	}
}

func TestTheBrokersWordsStayInside(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.rdb.Set(t.Context(), d.o.Rejected, "no stream", time.Minute)
	w := d.ask(nil, "GET", "/admin/v1/dead-letters", "")
	if body, _ := io.ReadAll(w.Body); w.Code != 503 || strings.Contains(string(body), "WRONGTYPE") || strings.Contains(string(body), d.o.Rejected) {
		t.Errorf("%d %s", w.Code, body)
	}
}

func TestDocumentIsTheTable(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	doc := get[map[string]any](d, "GET", "/admin/v1/openapi.json", "")
	paths, _ := doc["paths"].(map[string]any)
	documented := 0
	for _, item := range paths {
		methods, _ := item.(map[string]any)
		documented += len(methods)
	}
	if documented != len(d.api.table()) {
		t.Errorf("%d of %d operations are documented", documented, len(d.api.table()))
	}
	text, _ := json.Marshal(doc)
	for _, want := range []string{`"heartbeat_seconds":{"anyOf":[{"type":"number"},{"type":"null"}]}`, `"paused":{"anyOf":[{"properties"`, `"at":{"format":"date-time","type":"string"}`} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
}
