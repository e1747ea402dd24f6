package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app/server"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/sink/live"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// asksOverHTTP has the API, with the rights of its documented user, take a request, read what came of it, cancel it, read a buffer, list values and take a live post.
func asksOverHTTP(t *testing.T, addr string) {
	t.Helper()
	env := settings(addr, map[string]string{
		"APP_REDIS_USERNAME": "gateway", "APP_REDIS_PASSWORD": "change-gateway", "APP_LIVE_SECRETS": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "APP_DISPATCHER_STREAM_MAXLEN": "1000", "PORT": testenv.FreePort(t),
	})
	c, err := config.Load(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, config.Options{Required: config.ProcessVariables()})
	if err != nil {
		t.Fatal(err)
	}
	var log lines
	logger := slog.New(slog.NewTextHandler(&log, nil))
	gateway, err := server.New(c, logger)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- gateway.Run(ctx) }()
	defer func() {
		cancel()
		if err := errors.Join(<-ended, gateway.Close()); err != nil {
			t.Error(err)
		}
	}()
	ask := func(method, path, body string, header http.Header) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:"+env["PORT"]+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(req.Header, header)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(text)
	}
	eventually(t, "the gateway listens", func() bool {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.1:"+env["PORT"])
		return err == nil && c.Close() == nil
	})
	eventually(t, "the catalog is open", func() bool {
		status, _ := ask("GET", "/v1/pages", "", nil)
		return status == http.StatusOK
	})
	status, text := ask("POST", "/v1/requests", `{"eventName":"custom_projects","eventData":{"page_name":"EchoPage","company_id":1},"selected_widgets":["a"]}`, nil)
	var taken struct {
		ID string `json:"request_id"`
	}
	if err := json.Unmarshal([]byte(text), &taken); err != nil || status != http.StatusAccepted {
		t.Fatalf("%d %s\n%s", status, text, log.String())
	}
	self := "/v1/requests/" + taken.ID
	eventually(t, "the request is complete", func() bool {
		_, text := ask("GET", self, "", nil)
		return strings.Contains(text, `"status":"complete"`)
	})
	const post = `{"eventName":"EchoPage__a","eventData":{},"routing_key":"posted"}`
	now := time.Now()
	signed := http.Header{}
	signed.Set("Webhook-Id", "1")
	signed.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	signed.Set("Webhook-Signature", live.Keys(c.Live.SigningKeys()).Sign("1", now, post))
	for _, call := range []struct {
		method, path, body string
		header             http.Header
		status             int
	}{
		{"GET", self + "/widgets/a", "", nil, 200}, {"DELETE", self, "", nil, 202}, {"GET", "/v1/buffers/polled", "", nil, 200},
		{"GET", "/v1/pages/ResearchInsightsPage/members/sentiment/values?company_id=1", "", nil, 200}, {"POST", "/dispatcher/event", post, signed, 204},
	} {
		if status, text := ask(call.method, call.path, call.body, call.header); status != call.status {
			t.Error(fmt.Sprintln(call.method, call.path, status, text, log.String()))
		}
	}
}
