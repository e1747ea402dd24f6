package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/cli/draw"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/dataset"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

type demoCmd struct {
	Data string `default:"conversations" enum:"conversations,flights" help:"conversations: 4,150 real mailing-list posts, embedded. flights: 3 million flights, fetched once with npm."`
	Keep bool   `help:"Stay up after the pages, for requests of your own; ends with Ctrl-C."`
	Logs bool   `help:"Print the consumer's log lines too."`
}

// Help is shown by --help.
func (demoCmd) Help() string {
	return "Runs Redis in the process (unless APP_REDIS_HOST names one), a consumer and the HTTP server, sends dashboard\n" +
		"requests, and draws each widget as it arrives."
}

// demoPage is one request of the demo.
type demoPage struct {
	about string
	send  sendCmd
}

func (c *demoCmd) pages() []demoPage {
	if c.Data == "flights" {
		return []demoPage{{"12 widgets over 3 million flights, three months of them, compared with the three before",
			sendCmd{Event: "flights", Page: "FlightsPage", Start: "2001-04-02", End: "2001-06-30"}}}
	}
	return []demoPage{
		{"insights: September 2002, compared with August", sendCmd{Event: "insights", Company: "1", Start: "2002-09-01", End: "2002-09-30"}},
		{"interactions: the feed with its facets, negative posts only", sendCmd{Event: "interactions", Company: "1", Start: "2002-09-01", End: "2002-09-30", Filters: `{"sentiment":["negative"]}`}},
		{"top trends: August to October", sendCmd{Event: "top_trends_go_dispatcher", Page: "TopTrendsPage", Company: "1", Start: "2002-08-01", End: "2002-10-31"}},
		{"a dashboard: the account page, days in New York", sendCmd{Event: "aggregate_dashboard_go_dispatcher", Page: "AccountPage", Company: "1", Start: "2002-07-01", End: "2002-10-31", Zone: "America/New_York"}},
	}
}

// Run runs the demo.
func (c *demoCmd) Run(e *env) (err error) {
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	vars, stop, err := c.environment(ctx, e)
	if err != nil {
		return err
	}
	defer stop()
	cfg, err := config.Load(func(name string) (string, bool) {
		if v, ok := vars[name]; ok {
			return v, true
		}
		return e.lookup(name)
	}, config.Options{Required: config.ProcessVariables()})
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	if c.Logs {
		log = telemetry.NewLogger(e.err, cfg.Log.Format, cfg.Log.Level)
	}
	worker, err := app.NewWorker(ctx, cfg, log)
	if err != nil {
		return err
	}
	server, err := app.NewServer(cfg, log)
	if err != nil {
		return errors.Join(err, worker.Close())
	}
	var running sync.WaitGroup
	var faults [2]error
	running.Go(func() { faults[0] = errors.Join(worker.Run(ctx), worker.Close()); cancel() })
	running.Go(func() { faults[1] = errors.Join(server.Run(ctx), server.Close()); cancel() })
	defer func() {
		cancel()
		running.Wait()
		err = errors.Join(err, faults[0], faults[1])
	}()
	rdb, err := app.Connect(cfg.Broker)
	if err != nil {
		return err
	}
	defer rdb.Close()
	if err := c.play(ctx, e, cfg, rdb); err != nil {
		return err
	}
	if c.Keep {
		c.sayHowToGoOn(e, cfg)
		<-ctx.Done()
	}
	return nil
}

// environment decides where everything runs, as the contract's variables.
func (c *demoCmd) environment(ctx context.Context, e *env) (vars map[string]string, stop func(), err error) {
	vars = map[string]string{
		"APP_DISPATCHER_INPUT_STREAM": "go_dispatcher:requests", "APP_DISPATCHER_CONSUMER_GROUP": "go_dispatcher",
		"APP_DISPATCHER_CONSUMER_NAME": fmt.Sprintf("demo-%d", os.Getpid()), "APP_DISPATCHER_OUTPUT_STREAM_PREFIX": "go_dispatcher:out:",
		"APP_DISPATCHER_REJECTED_STREAM": "go_dispatcher:deadletters",
	}
	for name := range vars {
		if v, ok := e.lookup(name); ok && v != "" {
			vars[name] = v
		}
	}
	if port, ok := e.lookup("PORT"); !ok || port == "" {
		free, err := freePort(ctx)
		if err != nil {
			return nil, nil, err
		}
		vars["PORT"] = free
	}
	if c.Data == "flights" {
		root, err := flightsRoot(ctx, e)
		if err != nil {
			return nil, nil, err
		}
		vars["APP_DISPATCHER_DATA"], vars["APP_DISPATCHER_CATALOG"] = root, filepath.Join("catalogs", "flights")
		if _, err := os.Stat(vars["APP_DISPATCHER_CATALOG"]); err != nil {
			return nil, nil, errors.New("the flights demo reads catalogs/flights: run it from the project's folder")
		}
	}
	if host, ok := e.lookup("APP_REDIS_HOST"); ok && host != "" {
		return vars, func() {}, nil
	}
	embedded := miniredis.NewMiniRedis()
	if err := embedded.StartAddr("127.0.0.1:0"); err != nil {
		return nil, nil, fmt.Errorf("start the embedded Redis: %w", err)
	}
	vars["APP_REDIS_HOST"], vars["APP_REDIS_PORT"] = embedded.Host(), embedded.Port()
	vars["APP_BACKEND_REDIS_SERVER"], vars["APP_BACKEND_REDIS_PORT"] = embedded.Host(), embedded.Port()
	return vars, embedded.Close, nil
}

func flightsRoot(ctx context.Context, e *env) (string, error) {
	cache, ok := e.lookup("DISPATCHER_CACHE")
	if !ok || cache == "" {
		cache = ".cache"
	}
	path, err := dataset.FetchFlights(ctx, cache, func(line string) { fmt.Fprintln(e.err, line) })
	if err != nil {
		return "", err
	}
	return filepath.Abs(filepath.Dir(path))
}

func freePort(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// timing is what the demo's summary says of a page.
type timing struct {
	Page    string  `json:"page"`
	Widgets int     `json:"widgets"`
	Failed  int     `json:"failed"`
	FirstMS float64 `json:"first_widget_ms"`
	PageMS  float64 `json:"page_ms"`
}

// play sends each page's request, shows its widgets, and sums up.
func (c *demoCmd) play(ctx context.Context, e *env, cfg *config.Config, rdb *redis.Client) error {
	opts := draw.For(e.out)
	pages := c.pages()
	if c.Data == "flights" && !e.json {
		fmt.Fprintln(e.out, "reading 3 million flights into the embedded database (a few seconds, once a start) …")
		warm := pages[0]
		warm.send.Widgets = []string{"total_flights"}
		if _, err := c.one(ctx, e, cfg, rdb, opts, warm, 0, true); err != nil {
			return err
		}
	}
	var summary []timing
	for i, p := range pages {
		if !e.json {
			fmt.Fprintf(e.out, "%s\n%s\n\n", p.about, strings.Repeat("─", min(opts.Width, 100)))
		}
		t, err := c.one(ctx, e, cfg, rdb, opts, p, i+1, false)
		if err != nil {
			return err
		}
		summary = append(summary, t)
	}
	if e.json {
		return e.printJSON(map[string]any{"summary": summary})
	}
	fmt.Fprintf(e.out, "%-58s %8s %14s %10s\n", "page", "widgets", "first widget", "page")
	for _, t := range summary {
		fmt.Fprintf(e.out, "%-58s %8d %11.1f ms %7.1f ms\n", t.Page, t.Widgets, t.FirstMS, t.PageMS)
	}
	fmt.Fprintln(e.out, "times count from the request's XADD to the message read from the output stream")
	return nil
}

// one sends a request and reads its answer; quiet shows nothing.
func (c *demoCmd) one(ctx context.Context, e *env, cfg *config.Config, rdb *redis.Client, opts draw.Options, p demoPage, n int, quiet bool) (timing, error) {
	p.send.RoutingKey = fmt.Sprintf("demo-%d-%d", os.Getpid(), n)
	payload, err := p.send.request(time.Now())
	if err != nil {
		return timing{}, err
	}
	t := timing{Page: p.about}
	begin := time.Now()
	if _, err := send(ctx, rdb, cfg.Stream.Input, payload); err != nil {
		return t, err
	}
	stream, from := cfg.Stream.OutputPrefix+p.send.RoutingKey, "0"
	for {
		read, err := rdb.XRead(ctx, &redis.XReadArgs{Streams: []string{stream, from}, Count: 100, Block: time.Second}).Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return t, fmt.Errorf("read %s: %w", stream, err)
		}
		after := time.Since(begin)
		for _, entry := range read[0].Messages {
			from = entry.ID
			raw, _ := entry.Values["payload"].(string)
			var m outputMessage
			if err := json.Unmarshal([]byte(raw), &m); err != nil {
				return t, fmt.Errorf("entry %s of %s: %w", entry.ID, stream, err)
			}
			if !quiet {
				if err := show(e, opts, &m, raw, after); err != nil {
					return t, err
				}
			}
			if m.widget() == closingWidget {
				return t, nil
			}
			t.count(&m, after)
		}
	}
}

func (t *timing) count(m *outputMessage, after time.Duration) {
	ms := float64(after.Microseconds()) / 1000
	if t.Widgets == 0 {
		t.FirstMS = ms
	}
	t.Widgets++
	t.PageMS = ms
	var d struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(m.EventData, &d) == nil && d.Status == "error" {
		t.Failed++
	}
}

func (c *demoCmd) sayHowToGoOn(e *env, cfg *config.Config) {
	fmt.Fprintf(e.out, `
Redis listens on %s:%d, the HTTP server on port %d (/health /ready /metrics). In another terminal:

  export APP_REDIS_HOST=%s APP_REDIS_PORT=%d
  export APP_DISPATCHER_INPUT_STREAM=%s APP_DISPATCHER_OUTPUT_STREAM_PREFIX=%s
  bin/dispatcher send --event insights --start 2002-08-01 --end 2002-08-31 --follow

Ctrl-C ends it.
`, cfg.Broker.Host, cfg.Broker.Port, cfg.Port, cfg.Broker.Host, cfg.Broker.Port, cfg.Stream.Input, cfg.Stream.OutputPrefix)
}
