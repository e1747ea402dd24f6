package config

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}
}

func required() map[string]string {
	return map[string]string{
		"APP_DISPATCHER_INPUT_STREAM": "in", "APP_DISPATCHER_CONSUMER_GROUP": "g", "APP_DISPATCHER_CONSUMER_NAME": "c1",
		"APP_DISPATCHER_OUTPUT_STREAM_PREFIX": "out:", "APP_DISPATCHER_REJECTED_STREAM": "dead",
	}
}

func load(t *testing.T, extra map[string]string) *Config {
	t.Helper()
	env := required()
	maps.Copy(env, extra)
	c, err := Load(lookup(env), Options{Required: ProcessVariables()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c := load(t, nil)
	want := &Config{
		Stream: Stream{Input: "in", Group: "g", Consumer: "c1", OutputPrefix: "out:", Rejected: "dead", ClaimMinIdle: 5 * time.Minute},
		Dispatcher: Dispatcher{Lease: 30 * time.Second, Slots: 64, RefreshSlots: 16, ExportSlots: 4, Workers: runtime.GOMAXPROCS(0), DeliveryLimit: 5, Attempts: 5, DrainTimeout: 25 * time.Second,
			DedupWindow: time.Hour, WaitTimeout: time.Second, LiveInterval: 30 * time.Second, LiveShortest: 5 * time.Second, LiveLongest: 8 * time.Hour, LiveUnheard: 10 * time.Minute,
			CompleteMessage: true, Coalesce: true, KeepBytes: 64 << 20, KeepDiskBytes: 1 << 30, KeepUpkeepAfter: time.Minute, ShareBytes: 64 << 20, WarmPages: 20, MaxRequestBytes: 1 << 20, MaxDepth: 64, LinkExpiry: 24 * time.Hour,
			Chromium: "auto", PDFTimeout: time.Minute, PDFParallel: 1},
		Broker: Redis{Host: "localhost", Port: 6379, SentinelMaster: "mymaster"}, Backend: Redis{Host: "localhost", Port: 6379, SentinelMaster: "mymaster"},
		Mongo: Mongo{Host: "localhost", Port: 27017}, MinIO: MinIO{Region: "us-east-1"},
		Live:      Live{Kind: LivePost, Path: "/dispatcher/event", Timeout: 10 * time.Second, Posts: 16, GiveUpAfter: time.Hour},
		AITimeout: time.Minute, EventTimeout: time.Hour,
		Gateway: Gateway{AddressRate: 100, TenantRate: 200, AddressStreams: 200, TenantStreams: 5000, AdminHost: "127.0.0.1"},
		OTel:    OTel{ServiceName: "dispatcher-engine"}, Port: 8080, Log: Log{Format: FormatText, Level: slog.LevelInfo},
	}
	if d := cmp.Diff(want, c, cmp.FilterPath(func(p cmp.Path) bool {
		return slices.Contains([]string{".settings", ".branding"}, p.Last().String())
	}, cmp.Ignore())); d != "" {
		t.Error(d)
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		env  map[string]string
		get  func(*Config) any
		want any
	}{
		{"broker falls back to the backend", map[string]string{"APP_BACKEND_REDIS_SERVER": "b", "APP_BACKEND_REDIS_PORT": "7000"}, func(c *Config) any { return c.Broker.Addr() }, "b:7000"},
		{"broker wins over the backend", map[string]string{"APP_BACKEND_REDIS_SERVER": "b", "APP_REDIS_HOST": "a"}, func(c *Config) any { return c.Broker.Addr() + " " + c.Backend.Addr() }, "a:6379 b:6379"},
		{"backend is the broker", map[string]string{"APP_REDIS_HOST": "a", "APP_REDIS_PASSWORD": "p", "APP_REDIS_DB": "3"}, func(c *Config) any { return c.Backend.Addr() + c.Backend.Password.Reveal() + fmt.Sprint(c.Backend.DB) }, "a:6379p3"},
		{"another backend is reached over TLS where the broker is", map[string]string{"APP_BACKEND_REDIS_SERVER": "b", "APP_REDIS_HOST": "a", "APP_REDIS_TLS": "true", "APP_REDIS_TLS_CA_FILE": "ca.pem"}, func(c *Config) any { return fmt.Sprint(c.Backend.TLS, c.Backend.TLSCAFile) }, "trueca.pem"},
		{"unless it is said", map[string]string{"APP_BACKEND_REDIS_SERVER": "b", "APP_REDIS_HOST": "a", "APP_REDIS_TLS": "true", "APP_REDIS_TLS_CA_FILE": "ca.pem", "APP_BACKEND_REDIS_TLS": "no"}, func(c *Config) any { return c.Backend.TLS }, false},
		{"cluster", map[string]string{"APP_REDIS_CLUSTER_NODES": "a:1,b:2", "APP_DISPATCHER_INPUT_STREAM": "{d}"}, func(c *Config) any { return fmt.Sprint(c.Broker.ClusterAddrs(), c.Backend.ClusterAddrs()) }, "[a:1 b:2] [a:1 b:2]"},
		{"sentinels", map[string]string{"APP_REDIS_SENTINELS": "a:1, b:2,"}, func(c *Config) any { return fmt.Sprint(c.Broker.SentinelAddrs(), c.Backend.SentinelMaster) }, "[a:1 b:2]mymaster"},
		{"another backend does not get the broker's password", map[string]string{"APP_BACKEND_REDIS_SERVER": "b", "APP_REDIS_HOST": "a", "APP_REDIS_PASSWORD": "p"}, func(c *Config) any { return c.Backend.Password.Reveal() }, ""},
		{"claim idle overrides the lease", map[string]string{"APP_DISPATCHER_CLAIM_MIN_IDLE": "45000", "APP_DISPATCHER_LEASE": "20000"}, func(c *Config) any { return c.Dispatcher.Lease }, 45 * time.Second},
		{"lease", map[string]string{"APP_DISPATCHER_LEASE": "20000"}, func(c *Config) any { return c.Dispatcher.Lease }, 20 * time.Second},
		{"logfmt true is JSON", map[string]string{"APP_LOGFMT": "YES"}, func(c *Config) any { return c.Log.Format }, FormatJSON},
		{"logfmt false is text", map[string]string{"APP_LOGFMT": "0"}, func(c *Config) any { return c.Log.Format }, FormatText},
		{"the format wins", map[string]string{"APP_LOGFMT": "true", "APP_LOG_FORMAT": "text"}, func(c *Config) any { return c.Log.Format }, FormatText},
		{"level in any case", map[string]string{"APP_LOG_LEVEL": "DEBUG"}, func(c *Config) any { return c.Log.Level }, slog.LevelDebug},
		{"an empty value is not set", map[string]string{"PORT": " "}, func(c *Config) any { return c.Port }, 8080},
		{"IPv6", map[string]string{"APP_REDIS_HOST": "::1"}, func(c *Config) any { return c.Broker.Addr() }, "[::1]:6379"},
		{"branding in order", map[string]string{"APP_WHITELABEL_CONTACT_EMAIL": "a@b", "APP_WHITELABEL_PROJECT_NAME_EN": "P"}, func(c *Config) any { return fmt.Sprint(c.Branding) }, "[{project_name_en P} {contact_email a@b}]"},
		{"stores configured", map[string]string{"APP_MONGODB_DBNAME": "d", "APP_CASSANDRA_SERVER_2": "h"}, func(c *Config) any { return []bool{c.Mongo.Configured, c.Cassandra.Configured, c.MinIO.Configured} }, []bool{true, true, false}},
		{"secrets of live posts", map[string]string{"APP_LIVE_SECRETS": signing('a') + " ," + signing('b')}, func(c *Config) any { return fmt.Sprintf("%s %v", c.Live.SigningKeys(), c.Live) }, "[" + strings.Repeat("a", 24) + " " + strings.Repeat("b", 24) + "] {post  /dispatcher/event 10s ***    false  16 1h0m0s}"},
		{"the path of a live service is its kind's", map[string]string{"APP_LIVE_KIND": "centrifugo"}, func(c *Config) any { return c.Live.Path }, "/api/publish"},
		{"a path that is set goes before it", map[string]string{"APP_LIVE_KIND": "mercure", "APP_LIVE_SERVICE_PATH": "/hub"}, func(c *Config) any { return c.Live.Path }, "/hub"},
		{"a hub", map[string]string{"APP_LIVE_KIND": "mercure", "APP_LIVE_SERVICE_URL": "https://h", "APP_LIVE_KEY": strings.Repeat("k", 32)}, func(c *Config) any { return c.Live.Path + c.Live.Key.Reveal() }, "/.well-known/mercure" + strings.Repeat("k", 32)},
		{"lower-case name", map[string]string{"APP_net_sentiment_interpretation_api": "http://x/y"}, func(c *Config) any { return c.AI.NetSentiment.Reveal() }, "http://x/y"},
		{"a default backend is not set", nil, func(c *Config) any { return c.IsSet("APP_BACKEND_REDIS_SERVER") || c.IsSet("APP_REDIS_HOST") }, false},
		{"a fallback sets the broker", map[string]string{"APP_BACKEND_REDIS_SERVER": "b"}, func(c *Config) any { return c.IsSet("APP_REDIS_HOST") }, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tc.want, tc.get(load(t, tc.env))); d != "" {
				t.Error(d)
			}
		})
	}
}

// signing is a secret that live posts are signed with.
func signing(fill byte) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, 24))
}

func TestOlderSpellings(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"APP_PUBLISHER_INPUT_STREAM": "in", "APP_PUBLISHER_CONSUMER_GROUP": "g", "APP_PUBLISHER_CONSUMER_NAME": "c", "APP_PUBLISHER_OUTPUT_STREAM_PREFIX": "o:",
		"APP_PUBLISHER_DEADLETTER_STREAM": "d", "APP_PUBLISHER_STREAM_MAXLEN": "9", "APP_PUBLISHER_CLAIM_MIN_IDLE": "60000",
		"APP_DISPATCHER_CONSUMER_NAME": "new",
	}
	c, err := Load(lookup(env), Options{Required: ProcessVariables()})
	if err != nil {
		t.Fatal(err)
	}
	want := Stream{Input: "in", Group: "g", Consumer: "new", OutputPrefix: "o:", Rejected: "d", MaxLen: 9, ClaimMinIdle: time.Minute}
	if d := cmp.Diff(want, c.Stream); d != "" {
		t.Error(d)
	}
	if c.Dispatcher.Lease != time.Minute {
		t.Errorf("lease is %v", c.Dispatcher.Lease)
	}
	if len(c.Warnings) != 1 || strings.Contains(c.Warnings[0], "CONSUMER_NAME") || !strings.Contains(c.Warnings[0], "DEADLETTER_STREAM") {
		t.Errorf("warnings: %q", c.Warnings)
	}
}

// TestOneFault gives each kind of variable one bad value and wants exactly one fault that names it.
func TestOneFault(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ variable, value, want string }{
		{"APP_REDIS_PORT", "six", `APP_REDIS_PORT was "six"; expected a whole number from 1 to 65535`},
		{"APP_BACKEND_REDIS_PORT", "70000", `APP_BACKEND_REDIS_PORT was "70000"; expected a whole number from 1 to 65535`},
		{"APP_REDIS_HOST", "redis:6379", `APP_REDIS_HOST was "redis:6379"; expected a host name or address, without scheme and port`},
		{"APP_REDIS_TLS", "on", `APP_REDIS_TLS was "on"; expected 1, true or yes, or 0, false or no, in any case`},
		{"APP_REDIS_TLS_CA_FILE", "ca.pem", `APP_REDIS_TLS is off; expected true, because APP_REDIS_TLS_CA_FILE is set: the connection would be in the clear`},
		{"APP_BACKEND_REDIS_TLS_CA_FILE", "ca.pem", `APP_BACKEND_REDIS_TLS is off; expected true, because APP_BACKEND_REDIS_TLS_CA_FILE is set: the connection would be in the clear`},
		{"APP_REDIS_SENTINELS", "a:1,b", `APP_REDIS_SENTINELS was "b"; expected host:port, and more of them after commas`},
		{"APP_DISPATCHER_STREAM_MAXLEN", "-1", `APP_DISPATCHER_STREAM_MAXLEN was "-1"; expected a whole number, 0 or more`},
		{"APP_DISPATCHER_CLAIM_MIN_IDLE", "5m", `APP_DISPATCHER_CLAIM_MIN_IDLE was "5m"; expected a whole number of milliseconds from 1 to 604800000`},
		{"APP_PUBLISHER_STREAM_MAXLEN", "x", `APP_PUBLISHER_STREAM_MAXLEN was "x"; expected a whole number, 0 or more`},
		{"APP_AI_APIS_TIMEOUT", "0", `APP_AI_APIS_TIMEOUT was "0"; expected a whole number of seconds from 1 to 31622400`},
		{"APP_DISPATCHER_CLAIM_CHECK_BYTES", "1000", `APP_DISPATCHER_CLAIM_CHECK_BYTES is set; expected a place for results too: APP_MINIO_ENDPOINT and APP_MINIO_ENGAGEMENT_BUCKET, or APP_DISPATCHER_FILES`},
		{"APP_LIVE_SECRETS", signing('a') + " whsec_c2hvcnQ=", `APP_LIVE_SECRETS has a bad secret (number 2, not shown); expected whsec_ and the base64 of 24 to 64 bytes, and more of them after spaces or commas`},
		{"APP_LIVE_KEY", "x", `APP_LIVE_KEY or APP_LIVE_KEY_FILE is set; expected APP_LIVE_SECRETS in its place, or another APP_LIVE_KIND: a plain post has no key`},
		{"APP_LIVE_KIND", "pusher", `APP_LIVE_KIND was "pusher"; expected post, centrifugo or mercure`},
		{"APP_MONGODB_URI", "http://x", `APP_MONGODB_URI was "http://x"; expected a URL that begins with mongodb:// or mongodb+srv://`},
		{"APP_LIVE_SERVICE_PATH", "event", `APP_LIVE_SERVICE_PATH was "event"; expected a path that begins with /, without query`},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", `OTEL_EXPORTER_OTLP_PROTOCOL was "grpc"; expected http/protobuf`},
		{"APP_LOG_FORMAT", "xml", `APP_LOG_FORMAT was "xml"; expected json or text`},
		{"APP_LOG_LEVEL", "loud", `APP_LOG_LEVEL was "loud"; expected debug, info, warn or error`},
		{"APP_GO_DISPATCHER_OVERRIDE", "1", `APP_GO_DISPATCHER_OVERRIDE_ROUTING_KEY is not set; expected a routing key, because APP_GO_DISPATCHER_OVERRIDE is on`},
		{"APP_DISPATCHER_REJECTED_STREAM", "in", `APP_DISPATCHER_REJECTED_STREAM is the input stream; expected another stream, or a dead letter would be read as a request`},
		{"APP_GATEWAY_ORIGINS", "https://a.example,https://b.example/", `APP_GATEWAY_ORIGINS was "https://b.example/"; expected scheme, host and port of a site as browsers write them, like https://app.example.com, and more of them after commas`},
		{"APP_GATEWAY_FRAME_ANCESTORS", "*", `APP_GATEWAY_FRAME_ANCESTORS was "*"; expected scheme, host and port of a site as browsers write them, like https://app.example.com, and more of them after commas`},
		{"APP_GATEWAY_TRUSTED_PROXIES", "10.0.0.0/8,proxy", `APP_GATEWAY_TRUSTED_PROXIES was "proxy"; expected an address or a network, like 10.0.0.0/8, and more of them after commas`},
		{"APP_GATEWAY_JWT_ISSUER", "me", `APP_GATEWAY_JWT_ISSUER is set; expected a secret or a key set too: APP_GATEWAY_JWT_SECRET, APP_GATEWAY_JWKS_URL or their files`},
		{"APP_GATEWAY_ADMIN_PORT", "8080", `APP_GATEWAY_ADMIN_PORT is PORT; expected another port: the operators' API has a listener of its own`},
		{"APP_DISPATCHER_CONSUMER_NAME", "", `APP_DISPATCHER_CONSUMER_NAME is not set; expected name of this consumer, unique within the group`},
		{"APP_DISPATCHER_CONSUMER_GROUP", "a\nb", `APP_DISPATCHER_CONSUMER_GROUP was "a\nb"; expected text without control characters`},
	} {
		t.Run(tc.variable, func(t *testing.T) {
			t.Parallel()
			env := required()
			env[tc.variable] = tc.value
			_, err := Load(lookup(env), Options{Required: ProcessVariables()})
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("error is %v", err)
			}
			if len(e.Faults) != 1 || e.Faults[0].String() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func TestAPasswordStandsInOnePlace(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"APP_REDIS", "APP_BACKEND_REDIS", "APP_REDIS_SENTINEL"} {
		env := required()
		env[prefix+"_PASSWORD_FILE"] = "file"
		if _, err := Load(lookup(env), Options{}); err != nil {
			t.Errorf("a file alone: %v", err)
		}
		env[prefix+"_PASSWORD"] = "canary"
		_, err := Load(lookup(env), Options{})
		if err == nil || !strings.Contains(err.Error(), prefix+"_PASSWORD_FILE are both set") || strings.Contains(err.Error(), "canary") {
			t.Errorf("both: %v", err)
		}
	}
}

func TestALiveServiceIsKnownByItsKey(t *testing.T) {
	t.Parallel()
	for want, env := range map[string]map[string]string{
		"APP_LIVE_KEY is not set; expected the service's key, because APP_LIVE_KIND is centrifugo":                  {"APP_LIVE_KIND": "centrifugo"},
		"APP_LIVE_KEY is too short (not shown); expected 32 bytes or more, because APP_LIVE_KIND is mercure":        {"APP_LIVE_KIND": "mercure", "APP_LIVE_KEY": "short-canary"},
		"APP_LIVE_KEY and APP_LIVE_KEY_FILE are both set; expected one of them: which key holds would not be known": {"APP_LIVE_KIND": "mercure", "APP_LIVE_KEY": strings.Repeat("k", 32), "APP_LIVE_KEY_FILE": "f"},
		"APP_LIVE_SECRETS is set; expected nothing, because APP_LIVE_KIND is mercure: it is known by APP_LIVE_KEY":  {"APP_LIVE_KIND": "mercure", "APP_LIVE_KEY": strings.Repeat("k", 32), "APP_LIVE_SECRETS": signing('a')},
	} {
		env["APP_LIVE_SERVICE_URL"] = "http://live"
		_, err := Load(lookup(env), Options{})
		if e, ok := errors.AsType[*Error](err); !ok || len(e.Faults) != 1 || e.Faults[0].String() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestTokensAreCheckedAgainstSomething(t *testing.T) {
	t.Parallel()
	env := required()
	maps.Copy(env, map[string]string{
		"APP_GATEWAY_JWT_SECRET": strings.Repeat("a", 32) + " short-canary", "APP_GATEWAY_JWT_SECRET_FILE": "file",
		"APP_GATEWAY_JWKS_URL": "http://keys.example/set", "APP_GATEWAY_JWKS_FILE": "file",
	})
	_, err := Load(lookup(env), Options{})
	e, ok := errors.AsType[*Error](err)
	if !ok || len(e.Faults) != 6 || strings.Contains(err.Error(), "canary") {
		t.Fatalf("want six faults, got %v", err)
	}
	for _, want := range []string{"has a short secret (number 2, not shown)", "SECRET and APP_GATEWAY_JWT_SECRET_FILE are both set", "URL and APP_GATEWAY_JWKS_FILE are both set", "expected https", "JWT_ISSUER is not set", "JWT_AUDIENCE is not set"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not said in %v", want, err)
		}
	}
	c := load(t, map[string]string{"APP_GATEWAY_JWKS_URL": "http://127.0.0.1:1/set", "APP_GATEWAY_JWT_ISSUER": "i", "APP_GATEWAY_JWT_AUDIENCE": "a", "APP_GATEWAY_TRUSTED_PROXIES": "10.1.2.3/8, ::1"})
	if got := fmt.Sprint(c.Gateway.Auth(), c.Gateway.Proxies()); got != "true [10.0.0.0/8 ::1/128]" {
		t.Errorf("got %s", got)
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Load(lookup(map[string]string{"PORT": "x", "APP_LOGFMT": "maybe"}), Options{Required: ProcessVariables()})
	e, ok := errors.AsType[*Error](err)
	if !ok || len(e.Faults) != 7 {
		t.Fatalf("want seven faults, got %v", err)
	}
	if _, err := Load(lookup(nil), Options{}); err != nil {
		t.Errorf("a tool without required variables: %v", err)
	}
	if _, err := Load(lookup(nil), Options{Required: []string{"APP_NOBODY"}}); err == nil {
		t.Error("a required variable that does not exist is accepted")
	}
}
