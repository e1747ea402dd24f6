// Package deploy checks the files of deploy/ against the running product: dashboards and alerts against what a consumer and a server expose,
// manifests against the schemas of what reads them, and the documentation against all of them.
package deploy

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// root is the project's folder.
const root = "../.."

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// scraped is one scrape for all tests.
var scraped struct {
	once     sync.Once
	families map[string]*dto.MetricFamily
	err      error
}

// scrape returns the metrics of a real consumer and of a real server that have served requests of each kind.
func scrape(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	scraped.once.Do(func() { scraped.families, scraped.err = serveAndScrape(t) })
	if scraped.err != nil {
		t.Fatal(scraped.err)
	}
	return scraped.families
}

func serveAndScrape(t *testing.T) (map[string]*dto.MetricFamily, error) {
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./cmd/consumer", "./cmd/server")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w\n%s", err, out)
	}
	live := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer live.Close()
	addr := testenv.StartRedis(t).Addr
	host, at, _ := net.SplitHostPort(addr)
	env := []string{
		"APP_REDIS_HOST=" + host, "APP_REDIS_PORT=" + at, "APP_DISPATCHER_INPUT_STREAM=in", "APP_DISPATCHER_CONSUMER_GROUP=g", "APP_DISPATCHER_CONSUMER_NAME=c1",
		"APP_DISPATCHER_OUTPUT_STREAM_PREFIX=out:", "APP_DISPATCHER_REJECTED_STREAM=dead", "APP_LIVE_SERVICE_URL=" + live.URL,
	}
	consumer, server := testenv.FreePort(t), testenv.FreePort(t)
	var printed [2]bytes.Buffer
	log := func() string { return printed[0].String() + printed[1].String() }
	for i, p := range []struct{ program, port string }{{"consumer", "APP_DISPATCHER_METRICS_PORT=" + consumer}, {"server", "PORT=" + server}} {
		stop, err := run(t, filepath.Join(bin, p.program), append(env, p.port), &printed[i])
		if err != nil {
			return nil, err
		}
		defer stop()
	}
	rdb := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2})
	defer rdb.Close()
	const insights = `{"eventName":"insights","eventData":{"routing_key":%q,"company_id":1,"start_date":"2002-09-01","end_date":"2002-09-30","selected_widgets":["total_posts"]%s}}`
	for _, payload := range []string{fmt.Sprintf(insights, "streamed", ""), fmt.Sprintf(insights, "posted", `,"stream_tech":"SSE"`), "no JSON"} {
		if err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: "in", Values: []string{"payload", payload}}).Err(); err != nil {
			return nil, err
		}
	}
	// All of it is answered when the live post is counted, which is the last step.
	deadline := time.After(2 * time.Minute)
	for {
		served := rdb.XLen(t.Context(), "in").Val() == 0 && rdb.XLen(t.Context(), "dead").Val() == 1
		families, err := get(t.Context(), "http://127.0.0.1:"+consumer+"/metrics")
		_, started := get(t.Context(), "http://127.0.0.1:"+server+"/metrics")
		if err == nil && posted(families) && served && started == nil {
			gateway, err := follow(t.Context(), "http://127.0.0.1:"+server)
			if err != nil {
				return nil, fmt.Errorf("%w\n%s", err, log())
			}
			return merge(families, gateway), nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-deadline:
			return nil, fmt.Errorf("nothing was served: %w\n%s", err, log())
		}
	}
}

// run starts a program, and returns what ends it and waits for its end.
func run(t *testing.T, program string, env []string, log io.Writer) (stop func(), err error) {
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() }, nil
}

// follow asks a server what it answers and what it refuses, follows a stream, and returns its metrics while it does.
func follow(ctx context.Context, server string) (map[string]*dto.MetricFamily, error) {
	for _, path := range []string{"/v1/requests/unknown", "/v1/streams/streamed/events?start=all"} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, server+path, nil)
		if err != nil {
			return nil, err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		if lines := bufio.NewReader(res.Body); res.StatusCode == http.StatusOK {
			for line := ""; line != "event: widget\n"; {
				if line, err = lines.ReadString('\n'); err != nil {
					return nil, fmt.Errorf("%s: %w", path, err)
				}
			}
		}
	}
	return get(ctx, server+"/metrics")
}

// merge puts together what two processes expose.
func merge(a, b map[string]*dto.MetricFamily) map[string]*dto.MetricFamily {
	for name, family := range b {
		if known := a[name]; known != nil {
			family.Metric = append(family.Metric, known.GetMetric()...)
		}
		a[name] = family
	}
	return a
}

func posted(families map[string]*dto.MetricFamily) bool {
	for _, m := range families["dispatcher_live_post_seconds"].GetMetric() {
		if m.GetLabel()[0].GetValue() == "2xx" && m.GetHistogram().GetSampleCount() > 0 {
			return true
		}
	}
	return false
}

func get(ctx context.Context, url string) (map[string]*dto.MetricFamily, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(resp.Body)
}

// labelsOf returns the labels of a metric by the name that an expression has for it, nil where nothing has that name.
func labelsOf(families map[string]*dto.MetricFamily, name string) map[string]bool {
	labels := map[string]bool{"instance": true, "job": true} // the scraper's
	f := families[name]
	for suffix, kind := range map[string]dto.MetricType{"_bucket": dto.MetricType_HISTOGRAM, "_sum": dto.MetricType_HISTOGRAM, "_count": dto.MetricType_HISTOGRAM} {
		if base, ok := strings.CutSuffix(name, suffix); ok && f == nil && families[base].GetType() == kind && families[base] != nil {
			f = families[base]
			labels["le"] = suffix == "_bucket"
		}
	}
	if f == nil {
		return nil
	}
	for _, m := range f.GetMetric() {
		for _, l := range m.GetLabel() {
			labels[l.GetName()] = true
		}
	}
	return labels
}
