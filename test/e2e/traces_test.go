package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collecting is a collector of traces.
type collecting struct {
	mu    sync.Mutex
	spans []*tracepb.Span
	raw   bytes.Buffer
	auth  string
}

func (c *collecting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unpacked
	}
	raw, err := io.ReadAll(body)
	var sent collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(raw, &sent)
	}
	if err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, "no traces", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(raw)
	c.auth = r.Header.Get("Authorization")
	for _, resource := range sent.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
}

const (
	producerTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	producerSpan   = "00f067aa0ba902b7"
	tracedRequest  = `{"eventName":"insights","eventData":{"routing_key":"traced","company_id":"canary-tenant","start_date":"2002-09-01","end_date":"2002-09-30",` + tracedContext + `,"filters":{"subject":"canary-value"},"selected_widgets":["total_posts","volume_over_time"]}}`
	tracedContext  = `"traceparent":"00-` + producerTrace + `-` + producerSpan + `-01"`
	widgetsInTrace = 2
)

// TestTraces follows one request of a producer's trace to its queries, in the real processes: the last spans are sent when the
// process is told to end, and none holds a value of the request, its tenant, or a secret.
func TestTraces(t *testing.T) {
	t.Parallel()
	c := &collecting{}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	endpoint := strings.Replace(server.URL, "http://", "http://user:canary-password@", 1)
	s := newSite(t, "OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_ENDPOINT="+endpoint)
	p := s.start("consumer", "c-1")
	s.send(tracedRequest)
	s.settled(60 * time.Second)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.done

	c.mu.Lock()
	defer c.mu.Unlock()
	byName := make(map[string][]*tracepb.Span)
	parents := make(map[string]string)
	for _, span := range c.spans {
		if got := hex.EncodeToString(span.GetTraceId()); got != producerTrace {
			t.Errorf("span %s is of trace %s", span.GetName(), got)
		}
		kind, _, _ := strings.Cut(span.GetName(), " ")
		byName[kind] = append(byName[kind], span)
		parents[hex.EncodeToString(span.GetSpanId())] = span.GetName()
	}
	if got := len(byName["process"]); got != 1 {
		t.Fatalf("%d spans of requests: %v", got, c.spans)
	}
	if got := hex.EncodeToString(byName["process"][0].GetParentSpanId()); got != producerSpan || byName["process"][0].GetName() != "process ResearchInsightsPage" {
		t.Errorf("the request's span %s is under %s", byName["process"][0].GetName(), got)
	}
	if len(byName["widget"]) != widgetsInTrace || len(byName["query"]) != 2*widgetsInTrace { // each with its comparison
		t.Errorf("%d spans of widgets, %d of queries", len(byName["widget"]), len(byName["query"]))
	}
	for _, span := range byName["widget"] {
		if got := parents[hex.EncodeToString(span.GetParentSpanId())]; got != "process ResearchInsightsPage" {
			t.Errorf("%s is under %q", span.GetName(), got)
		}
	}
	for _, span := range byName["query"] {
		if got := parents[hex.EncodeToString(span.GetParentSpanId())]; !strings.HasPrefix(got, "widget ") {
			t.Errorf("%s is under %q", span.GetName(), got)
		}
	}
	if !bytes.Contains(c.raw.Bytes(), []byte("db.system.name")) || c.auth == "" {
		t.Error("the spans say nothing of the store, or the endpoint's credentials were not used")
	}
	if !bytes.Contains(c.raw.Bytes(), []byte("service.version")) {
		t.Error("the spans do not say of which version they are")
	}
	for _, secret := range []string{"canary-tenant", "canary-value", "canary-password"} {
		if bytes.Contains(c.raw.Bytes(), []byte(secret)) {
			t.Errorf("%s is in the spans", secret)
		}
		if secret != "canary-tenant" && strings.Contains(p.log.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
}

// TestACollectorThatIsAwayCostsNothing: the page is answered, and the process ends as it is told.
func TestACollectorThatIsAwayCostsNothing(t *testing.T) {
	t.Parallel()
	silent := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select { // never answers
		case <-silent:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() { close(silent); server.Close() })
	s := newSite(t, "OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_ENDPOINT="+server.URL)
	p := s.start("consumer", "c-1")
	s.send(tracedRequest)
	s.settled(60 * time.Second)
	if n := s.rdb.XLen(t.Context(), s.output("traced")).Val(); n != widgetsInTrace+1 {
		t.Errorf("%d messages, want %d", n, widgetsInTrace+1)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.done
	if p.err != nil {
		t.Errorf("the process ended with %v", p.err)
	}
}
