package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/gateway/revocation"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// usersFile is the documented ACL, which deployments load as it is.
const usersFile = "../../deploy/redis/users.acl"

// settings is an environment with the documented names, on a Redis of the test's own.
func settings(addr string, more map[string]string) map[string]string {
	host, port, _ := net.SplitHostPort(addr)
	env := map[string]string{
		"APP_REDIS_HOST": host, "APP_REDIS_PORT": port,
		"APP_DISPATCHER_INPUT_STREAM": "go_dispatcher:requests", "APP_DISPATCHER_CONSUMER_GROUP": "go_dispatcher", "APP_DISPATCHER_CONSUMER_NAME": "c1",
		"APP_DISPATCHER_OUTPUT_STREAM_PREFIX": "go_dispatcher:out:", "APP_DISPATCHER_REJECTED_STREAM": "go_dispatcher:deadletters",
	}
	maps.Copy(env, more)
	return env
}

// run runs a worker until the test ends.
func run(t *testing.T, env map[string]string) {
	t.Helper()
	c, err := config.Load(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, config.Options{Required: config.ProcessVariables()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var log lines
	w, err := NewWorker(ctx, c, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(log.String())
		} else if text := log.String(); strings.Contains(text, "NOPERM") {
			t.Error(text)
		}
	})
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(3 * time.Minute)
	for !ok() {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatalf("%s: not within three minutes", what)
		}
	}
}

func request(key, more string) string {
	return fmt.Sprintf(`{"eventName":"custom_projects","eventData":{"page_name":"EchoPage","routing_key":%q,"company_id":1,"selected_widgets":["a","b"]%s}}`, key, more)
}

// roles is a Redis with the documented users, and a way in as each of them.
type roles struct {
	t    *testing.T
	addr string
	root *redis.Client // of the test's own
}

// as connects as a user.
func (r *roles) as(user, password string) *redis.Client {
	rdb := redis.NewClient(&redis.Options{Addr: r.addr, Protocol: 2, Username: user, Password: password, DisableIdentity: true})
	r.t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

func newRoles(t *testing.T) *roles {
	t.Helper()
	documented, err := os.ReadFile(usersFile)
	if err != nil {
		t.Fatal(err)
	}
	// Users are set one by one, as ACL LOAD would, so that the test keeps a way in of its own.
	server := testenv.StartRedis(t)
	admin := redis.NewClient(&redis.Options{Addr: server.Addr, Protocol: 2})
	t.Cleanup(func() { _ = admin.Close() })
	for line := range strings.Lines(string(documented) + "user admin reset on >admin ~* &* +@all\n") {
		words := []any{"ACL", "SETUSER"}
		for _, word := range strings.Fields(line)[1:] {
			words = append(words, word)
		}
		if words[2] == "default" {
			continue // last of all
		}
		if err := admin.Do(t.Context(), words...).Err(); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	r := &roles{t: t, addr: server.Addr}
	r.root = r.as("admin", "admin")
	if err := r.root.Do(t.Context(), "ACL", "SETUSER", "default", "reset", "off").Err(); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEachRoleWorksWithItsRightsAlone serves requests of each kind under the documented users, and lets each try what it must not.
func TestEachRoleWorksWithItsRightsAlone(t *testing.T) {
	t.Parallel()
	server := newRoles(t)
	as, root := server.as, server.root

	run(t, settings(server.addr, map[string]string{
		"APP_REDIS_USERNAME": "consumer", "APP_REDIS_PASSWORD": "change-consumer", "APP_DISPATCHER_STREAM_MAXLEN": "1000", "APP_DISPATCHER_LEASE": "1000",
	}))
	producer, gateway := as("producer", "change-producer"), as("gateway", "change-gateway")
	if err := producer.HSet(t.Context(), "PUBLISH_ENGINE::BUFFER::polled", "__meta__", `{"total_messages":1}`).Err(); err != nil {
		t.Fatal(err)
	}
	for _, payload := range []string{
		request("streamed", `,"request_id":"r1"`), request("streamed", `,"request_id":"r1"`), request("polled", `,"stream_tech":"API"`), request("rounds", `,"is_live_dashboard":true,"live_interval":5`),
		`{"job_id":"j1","page_name":"EchoPage","widgets_names":["a","b"],"company_id":1,"product":"PUBLIC_API"}`, "not JSON",
	} {
		if err := producer.XAdd(t.Context(), &redis.XAddArgs{Stream: "go_dispatcher:requests", Values: []string{"payload", payload}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the stream is answered", func() bool { return gateway.XLen(t.Context(), "go_dispatcher:out:streamed").Val() == 3 })
	eventually(t, "the poll buffer is complete", func() bool {
		return gateway.Get(t.Context(), "EVENT::STATUS::polled").Val() == "BUFFERED_EVENT_IN_GO_DISPATCHER_TO_REDIS"
	})
	eventually(t, "bad requests are dead letters", func() bool { return gateway.XLen(t.Context(), "go_dispatcher:deadletters").Val() >= 1 })
	eventually(t, "a round is put off", func() bool { return gateway.ZCard(t.Context(), "go_dispatcher:requests:delayed").Val() == 1 })
	eventually(t, "all is acknowledged", func() bool { return gateway.XLen(t.Context(), "go_dispatcher:requests").Val() == 0 })
	// What a peer left behind is taken over, too.
	if err := root.Do(t.Context(), "XADD", "go_dispatcher:requests", "*", "payload", request("left", "")).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what is left is answered", func() bool { return gateway.XLen(t.Context(), "go_dispatcher:out:left").Val() == 3 })

	asksOverHTTP(t, server.addr)
	both := settings(server.addr, map[string]string{"APP_REDIS_USERNAME": "server", "APP_REDIS_PASSWORD": "change-server", "APP_DISPATCHER_STREAM_MAXLEN": "1000"})
	drive(t, both).everything(both, root)

	for user, forbidden := range map[string][]string{
		"producer": {"XREADGROUP GROUP g c STREAMS go_dispatcher:requests >", "XRANGE go_dispatcher:requests - +", "XADD go_dispatcher:out:x * a b", "DEL go_dispatcher:requests", "EVAL return 0", "HSET other a b", "INFO", "CONFIG GET dir", "FLUSHALL", "KEYS *"},
		"consumer": {"KEYS *", "SCAN 0", "FLUSHALL", "FLUSHDB", "CONFIG GET dir", "CONFIG SET maxmemory 1", "ACL LIST", "SHUTDOWN", "SUBSCRIBE x", "GET other", "SET EVENT::LISTENING::x 1", "XADD other * a b", "XGROUP DESTROY go_dispatcher:requests go_dispatcher", "XTRIM go_dispatcher:requests MAXLEN 0", "SCRIPT FLUSH", "FUNCTION LIST", "REPLICAOF NO ONE", "CLIENT LIST", "MONITOR"},
		"gateway":  {"XADD go_dispatcher:deadletters * a b", "XADD go_dispatcher:requests:revoked * a b", "XADD go_dispatcher:requests:live-outbox * a b", "XACK go_dispatcher:requests go_dispatcher 1-1", "SET EVENT::STATUS::x 1", "HSET PUBLISH_ENGINE::BUFFER::x a b", "DEL go_dispatcher:requests", "HSET go_dispatcher:requests:withdrawn:marks a b", "GET other", "KEYS *", "FLUSHALL", "CONFIG GET dir"},
		"server":   {"XREADGROUP GROUP g c STREAMS go_dispatcher:requests >", "XACK go_dispatcher:requests go_dispatcher 1-1", "DEL go_dispatcher:requests", "SET EVENT::STATUS::x 1", "HSET PUBLISH_ENGINE::BUFFER::x a b", "GET other", "KEYS *", "FLUSHALL", "CONFIG GET dir", "ACL LIST"},
		"operator": {"FLUSHALL", "CONFIG SET maxmemory 1", "KEYS *", "GET PUBLISH_ENGINE::BUFFER::polled", "XREADGROUP GROUP g c STREAMS go_dispatcher:requests >", "DEL go_dispatcher:requests", "ACL LIST"},
	} {
		rdb := as(user, "change-"+user)
		if err := rdb.Ping(t.Context()).Err(); err != nil {
			t.Errorf("%s: %v", user, err)
		}
		for _, line := range forbidden {
			var words []any
			for word := range strings.FieldsSeq(line) {
				words = append(words, word)
			}
			if words[0] == "EVAL" {
				words = []any{"EVAL", "return 1", "0"}
			}
			if err := rdb.Do(t.Context(), words...).Err(); err == nil || !strings.Contains(err.Error(), "NOPERM") {
				t.Errorf("%s may %s: %v", user, line, err)
			}
		}
	}
	// What live streams are read with.
	for _, line := range []string{"XREAD STREAMS go_dispatcher:out:streamed 0-0", "XRANGE go_dispatcher:out:streamed - + COUNT 1", "XREVRANGE go_dispatcher:out:streamed + - COUNT 1", "XINFO STREAM go_dispatcher:out:streamed", "CLIENT ID", "CLIENT UNBLOCK 999999"} {
		var words []any
		for word := range strings.FieldsSeq(line) {
			words = append(words, word)
		}
		if err := gateway.Do(t.Context(), words...).Err(); err != nil {
			t.Errorf("the gateway may not %s: %v", line, err)
		}
	}
	// A script has no more rights than its user, and those that only read write nothing.
	for user, eval := range map[string]string{"consumer": "EVAL", "operator": "EVAL", "gateway": "EVAL", "server": "EVAL"} {
		for _, script := range []string{"return redis.call('FLUSHALL')", "return redis.call('SET', 'EVENT::LISTENING::x', '1')"} {
			if err := as(user, "change-"+user).Do(t.Context(), eval, script, "0").Err(); err == nil {
				t.Errorf("a script of %s may %s", user, script)
			}
		}
	}
	if root.Exists(t.Context(), "EVENT::LISTENING::x").Val() != 0 || root.XLen(t.Context(), "go_dispatcher:out:left").Val() != 3 {
		t.Error("a script did what its user may not")
	}
	// The operator's rights are those that the doctor needs.
	operator := settings(server.addr, map[string]string{"APP_REDIS_USERNAME": "operator", "APP_REDIS_PASSWORD": "change-operator"})
	c, err := config.Load(func(name string) (string, bool) { v, ok := operator[name]; return v, ok }, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Diagnose(t.Context(), c) {
		if strings.Contains(f.Found, "NOPERM") || f.Check == "redis.persistence" && !strings.Contains(f.Found, "none that is visible") {
			t.Errorf("the doctor is kept from something: %+v", f)
		}
	}
	pausing := as("operator", "change-operator")
	if err := errors.Join(commit.Pause(t.Context(), pausing, commit.NamesOf("go_dispatcher:requests"), "ann", "", time.Minute), commit.Resume(t.Context(), pausing, commit.NamesOf("go_dispatcher:requests"))); err != nil {
		t.Errorf("the operator cannot pause: %v", err)
	}
	if _, err := revocation.Add(t.Context(), pausing, revocation.Key("go_dispatcher:requests"), revocation.Revocation{Subject: "ann"}); err != nil {
		t.Errorf("the operator cannot revoke tokens: %v", err)
	}
	if _, err := revocation.Add(t.Context(), as("server", "change-server"), revocation.Key("go_dispatcher:requests"), revocation.Revocation{Subject: "ann"}); err != nil {
		t.Errorf("a server with the operators' API cannot revoke tokens: %v", err)
	}
	if list, err := revocation.Counting(t.Context(), gateway, revocation.Key("go_dispatcher:requests")); err != nil || len(list) != 2 {
		t.Errorf("a gateway follows %d revocations: %v", len(list), err)
	}
	if err := pausing.XInfoStream(t.Context(), "go_dispatcher:deadletters").Err(); err != nil {
		t.Errorf("the operator cannot count: %v", err)
	}
	if err := as("", "").Ping(t.Context()).Err(); err == nil {
		t.Error("nobody in particular may look")
	}
}
