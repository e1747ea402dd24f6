package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/app/server"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/sink/live"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// driven is a running server with both of its listeners, and a worker beside it.
type driven struct {
	t             *testing.T
	public, admin string
	log           *lines
	keys          [][]byte
}

// drive runs a server, of which env says where its Redis is and as whom it asks it.
func drive(t *testing.T, env map[string]string) *driven {
	t.Helper()
	env = maps.Clone(env)
	env["PORT"], env["APP_GATEWAY_ADMIN_PORT"], env["APP_LIVE_SECRETS"] = testenv.FreePort(t), testenv.FreePort(t), "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	d := &driven{t: t, public: "http://127.0.0.1:" + env["PORT"], admin: "http://127.0.0.1:" + env["APP_GATEWAY_ADMIN_PORT"], log: &lines{}}
	c, err := config.Load(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, config.Options{Required: config.ProcessVariables()})
	if err != nil {
		t.Fatal(err)
	}
	d.keys = c.Live.SigningKeys()
	s, err := server.New(c, slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, s.Close()); err != nil {
			t.Error(err)
		}
	})
	testenv.Eventually(t, time.Minute, "the server listens", func() (bool, string) {
		for _, port := range []string{env["PORT"], env["APP_GATEWAY_ADMIN_PORT"]} {
			c, err := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
			if err != nil {
				return false, err.Error()
			}
			_ = c.Close()
		}
		return true, ""
	})
	d.ready()
	return d
}

// ready waits until the server is.
func (d *driven) ready() {
	d.t.Helper()
	testenv.Eventually(d.t, time.Minute, "the server is ready", func() (bool, string) {
		text := d.ask(0, "GET", d.public+"/ready", "")
		return strings.Contains(text, `"ready":true`), text
	})
}

// ask returns what a listener answers with a status, 0 for any; headers are names and values in turn.
func (d *driven) ask(want int, method, url, body string, headers ...string) string {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Close = true
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err, d.log)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err, d.log)
	}
	if want != 0 && res.StatusCode != want {
		d.t.Errorf("%s %s: %d, want %d: %s\n%s", method, url, res.StatusCode, want, text, d.log)
	}
	return string(text)
}

// submit puts a request on its way and returns its id.
func (d *driven) submit(eventData string) string {
	d.t.Helper()
	text := d.ask(http.StatusAccepted, "POST", d.public+"/v1/requests", `{"eventName":"custom_projects","eventData":{"page_name":"EchoPage","company_id":"1"`+eventData+`},"selected_widgets":["a","b"]}`)
	var taken struct {
		ID string `json:"request_id"`
	}
	if err := json.Unmarshal([]byte(text), &taken); err != nil || taken.ID == "" {
		d.t.Fatalf("%s: %v", text, err)
	}
	return taken.ID
}

// everything asks all that clients and operators ask: a request is submitted, followed, polled and cancelled, buffers, members and live posts are there, and the
// operators look, pause, put back and delete. rdb may do anything.
func (d *driven) everything(env map[string]string, rdb redis.UniversalClient) {
	t, ctx := d.t, d.t.Context()
	t.Helper()
	id := d.submit(`,"output_ttl":900`)
	self := d.public + "/v1/requests/" + id
	var frames []string
	for line := range strings.Lines(d.ask(200, "GET", self+"/events", "", "Accept", "application/x-ndjson")) {
		var frame struct{ Event, ID string }
		if json.Unmarshal([]byte(line), &frame) == nil && frame.Event != "heartbeat" {
			frames = append(frames, frame.Event)
		}
	}
	if got := strings.Join(frames, " "); got != "hello widget widget complete" {
		t.Errorf("it is told %s", got)
	}
	if text := d.ask(200, "GET", self, ""); !strings.Contains(text, `"status":"complete"`) {
		t.Errorf("its state is %s", text)
	}
	d.ask(200, "GET", self+"/widgets/a", "")
	d.ask(202, "DELETE", self, "")
	output := env["APP_DISPATCHER_OUTPUT_STREAM_PREFIX"]
	if ttl := rdb.TTL(ctx, output+"web:1:r:"+id).Val(); ttl <= 0 || ttl > 15*time.Minute {
		t.Errorf("its stream is kept for %v", ttl)
	}
	if err := rdb.XAdd(ctx, &redis.XAddArgs{Stream: env["APP_DISPATCHER_INPUT_STREAM"], Values: []string{"payload", request("polled", `,"stream_tech":"API"`)}}).Err(); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, time.Minute, "the buffer is complete", func() (bool, string) {
		text := d.ask(0, "GET", d.public+"/v1/buffers/polled", "")
		return strings.Contains(text, `"status":"complete"`), text
	})
	d.ask(200, "GET", d.public+"/v1/pages/ResearchInsightsPage/members/sentiment/values?company_id=1&start_date=2002-09-01&end_date=2002-09-30", "")
	d.post()
	if entries := rdb.XRange(ctx, output+"posted", "-", "+").Val(); len(entries) != 1 {
		t.Errorf("a live post that came twice is there %d times", len(entries))
	}
	d.ready()
	d.newest()

	d.operate(env, rdb)
	if text := d.log.String(); strings.Contains(text, "NOPERM") || strings.Contains(text, "CROSSSLOT") {
		t.Error(text)
	}
}

// newest opens the stream of a routing key at its newest messages, and leaves it.
func (d *driven) newest() {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, d.public+"/v1/streams/posted/events?start=newest", http.NoBody)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Accept", "application/x-ndjson")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	for in := bufio.NewScanner(res.Body); in.Scan(); {
		if strings.Contains(in.Text(), `"event":"widget"`) {
			return
		}
	}
	d.t.Error("the stream ended without its newest message")
}

// post sends a live post twice.
func (d *driven) post() {
	d.t.Helper()
	const post = `{"eventName":"EchoPage__a","eventData":{},"routing_key":"posted"}`
	now := time.Now()
	for range 2 {
		d.ask(204, "POST", d.public+"/dispatcher/event", post, "Webhook-Id", "1", "Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10), "Webhook-Signature", live.Keys(d.keys).Sign("1", now, post))
	}
}

// operate does what operators do.
func (d *driven) operate(env map[string]string, rdb redis.UniversalClient) {
	t, ctx := d.t, d.t.Context()
	t.Helper()
	at := d.admin + "/admin/v1/"
	if err := rdb.XAdd(ctx, &redis.XAddArgs{Stream: env["APP_DISPATCHER_INPUT_STREAM"], Values: []string{"payload", "not JSON"}}).Err(); err != nil {
		t.Fatal(err)
	}
	var letters struct {
		List []struct{ ID string } `json:"dead_letters"`
	}
	testenv.Eventually(t, time.Minute, "the dead letter is listed", func() (bool, string) {
		text := d.ask(200, "GET", at+"dead-letters?limit=5", "")
		return json.Unmarshal([]byte(text), &letters) == nil && len(letters.List) > 0, text
	})
	letter := letters.List[0].ID
	if text := d.ask(200, "GET", at+"overview", ""); !strings.Contains(text, `"group_exists":true`) || !strings.Contains(text, `"consumers":1`) {
		t.Errorf("overview: %s", text)
	}
	for _, path := range []string{"consumers", "pending", "pending?class=export", "sources", "requests", "latency", "dead-letters/" + letter} {
		d.ask(200, "GET", at+path, "")
	}
	// What a busy server has no time to note of a request is left out: then another one is followed.
	testenv.Eventually(t, time.Minute, "a request's latency is known", func() (bool, string) {
		text := d.ask(200, "GET", at+"latency", "")
		if !strings.Contains(text, `"complete":{"count":0,`) {
			return true, text
		}
		d.ask(200, "GET", d.public+"/v1/requests/"+d.submit("")+"/events", "", "Accept", "application/x-ndjson")
		return false, text
	})
	if text := d.ask(200, "POST", at+"pause", `{"why":"a disk","seconds":60}`); !strings.Contains(text, "a disk") {
		t.Errorf("paused: %s", text)
	}
	d.ask(200, "POST", at+"resume", "")
	if text := d.ask(200, "POST", at+"dead-letters/"+letter+"/replay", ""); !strings.Contains(text, letter) {
		t.Errorf("replayed: %s", text)
	}
	d.ask(200, "POST", at+"dead-letters/replay", `{"reason":"none_of_this"}`)
	testenv.Eventually(t, time.Minute, "it is a dead letter again", func() (bool, string) {
		text := d.ask(200, "GET", at+"dead-letters?limit=5", "")
		return json.Unmarshal([]byte(text), &letters) == nil && len(letters.List) > 0, text
	})
	d.ask(204, "DELETE", at+"dead-letters/"+letters.List[0].ID, "")
}

// TestTheHTTPAPIOnACluster asks everything of a server whose streams, records and outputs are in different slots.
func TestTheHTTPAPIOnACluster(t *testing.T) {
	t.Parallel()
	c := testenv.StartCluster(t, 3, false)
	env := settings(c.Addrs()[0], map[string]string{"APP_REDIS_CLUSTER_NODES": strings.Join(c.Addrs(), ","), "APP_DISPATCHER_INPUT_STREAM": "{go_dispatcher}:requests"})
	delete(env, "APP_REDIS_HOST")
	delete(env, "APP_REDIS_PORT")
	run(t, env)
	rdb := redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs(), Protocol: 2})
	t.Cleanup(func() { _ = rdb.Close() })
	drive(t, env).everything(env, rdb)
}
