package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
)

const canary = "c4n4ry"

// TestCanary puts a secret wherever one may be and looks for it in everything that can be printed.
func TestCanary(t *testing.T) {
	t.Parallel()
	c := load(t, map[string]string{
		"APP_REDIS_PASSWORD": canary, "APP_MONGODB_PASSWORD": canary, "APP_MINIO_ACCESS_KEY": canary, "APP_MINIO_SECRET_KEY": canary,
		"APP_BACKEND_REDIS_PASSWORD":         canary,
		"APP_LIVE_KIND":                      "mercure",
		"APP_LIVE_KEY":                       strings.Repeat(canary, 8),
		"APP_GATEWAY_JWT_SECRET":             strings.Repeat(canary, 8),
		"APP_GATEWAY_JWT_ISSUER":             "i",
		"APP_GATEWAY_JWT_AUDIENCE":           "a",
		"APP_GATEWAY_JWKS_URL":               "https://u:" + canary + "@keys/set?key=" + canary,
		"APP_MONGODB_URI":                    "mongodb://user:" + canary + "@h1:27017,h2:27017/db?replicaSet=rs0&authMechanismProperties=" + canary,
		"APP_MONGODB_OPTIONS":                "authSource=admin&tlsCertificateKeyFilePassword=" + canary,
		"APP_LIVE_SERVICE_URL":               "https://u:" + canary + "?@live",
		"APP_THEMES_AI_API":                  "https://x/?api_key=" + canary,
		"OTEL_EXPORTER_OTLP_ENDPOINT":        "http://" + canary + "@otel:4317",
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://u:" + canary + "@otel:4318/v1/traces",
	})
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		fmt.Fprintf(&b, verb+"\n", c)
		fmt.Fprintf(&b, verb+"\n", *c)
		fmt.Fprintf(&b, verb+"\n", struct{ s any }{c.Broker})
	}
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(j)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", slog.Any("config", c), slog.Any("password", c.Broker.Password), slog.Any("uri", c.Mongo.URI))
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", slog.Any("config", c), slog.Any("options", c.Mongo.Options))
	if err := WriteTable(&b, c.Effective()); err != nil {
		t.Fatal(err)
	}
	if err := WriteJSON(&b, c.Effective()); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{canary, fmt.Sprintf("%x", canary)} {
		if strings.Contains(b.String(), s) {
			t.Errorf("a secret shows in\n%s", b.String())
		}
	}
	if c.Broker.Password.Reveal() != canary || !strings.Contains(c.Mongo.URI.Reveal(), canary) {
		t.Error("the driver does not get the secret")
	}
	for _, want := range []string{"mongodb://***@h1:27017,h2:27017/db?replicaSet=rs0&authMechanismProperties=***", "authSource=admin"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not shown", want)
		}
	}
}

func TestCanaryInErrors(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"APP_MONGODB_URI":      "mongo://u:" + canary + "@h",
		"APP_LIVE_SERVICE_URL": "u:" + canary + "@live",
		"APP_THEMES_AI_API":    "x?key=" + canary,
		"APP_REDIS_HOST":       "redis://:" + canary + "@h:6379",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(lookup(map[string]string{name: value}), Options{})
			if err == nil || strings.Contains(err.Error(), canary) || !strings.Contains(err.Error(), name) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestDocumentationIsCurrent(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Markdown() {
		t.Error("docs/configuration.md is stale: run go generate ./internal/config")
	}
}

func TestEverySecretIsMarked(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, v := range variables() {
		if seen[v.name] {
			t.Errorf("%s is declared twice", v.name)
		}
		seen[v.name] = true
		name := strings.ToUpper(v.name)
		if (strings.Contains(name, "PASSWORD") && !strings.HasSuffix(name, "_FILE") || strings.HasSuffix(name, "_KEY") && strings.HasPrefix(name, "APP_MINIO")) && !v.isSecret() {
			t.Errorf("%s is not a secret", v.name)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("u", "p")
	f.Add("a?b", "x@y/z")
	f.Fuzz(func(t *testing.T, user, password string) {
		s := redactURL("mongodb://" + user + ":" + password + "@host/db")
		if s != "mongodb://***@host/db" {
			t.Errorf("%q", s)
		}
	})
}
