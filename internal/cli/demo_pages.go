package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/cli/draw"
	"github.com/go-dispatcher/dispatcher/internal/config"
)

// demoPage is one request of the demo.
type demoPage struct {
	about string
	send  sendCmd
}

func (c *demoCmd) pages() []demoPage {
	if c.Data == "flights" {
		return []demoPage{{"12 widgets over 3 million flights, three months of them, compared with the three before",
			sendCmd{Event: "flights", Page: "FlightsPage", ask: ask{Start: "2001-04-02", End: "2001-06-30"}}}}
	}
	pages := []demoPage{
		{"insights: September 2002, compared with August", sendCmd{Event: "insights", ask: ask{Company: "1", Start: "2002-09-01", End: "2002-09-30"}}},
		{"interactions: the feed with its facets, negative posts only", sendCmd{Event: "interactions", ask: ask{Company: "1", Start: "2002-09-01", End: "2002-09-30", Filters: `{"sentiment":["negative"]}`}}},
		{"top trends: August and September", sendCmd{Event: "top_trends_go_dispatcher", Page: "TopTrendsPage", ask: ask{Company: "1", Start: "2002-08-01", End: "2002-09-30"}}},
		{"a dashboard: the account page, seven weeks in New York", sendCmd{Event: "aggregate_dashboard_go_dispatcher", Page: "AccountPage", ask: ask{Company: "1", Start: "2002-08-19", End: "2002-10-06", Zone: "America/New_York"}}},
	}
	if c.Stores == "all" {
		for i := range pages {
			pages[i].about += ", from MongoDB"
		}
		pages = append(pages, demoPage{"one page over every store: MongoDB, Cassandra, MinIO, an HTTP API, and a join of them",
			sendCmd{Event: "stores", Page: "StoresPage", ask: ask{Company: "1", Start: "2002-09-01", End: "2002-09-30"}}})
	}
	return pages
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
func (c *demoCmd) play(ctx context.Context, e *env, cfg *config.Config, rdb redis.UniversalClient) error {
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
	width := len("page")
	for _, t := range summary {
		width = max(width, utf8.RuneCountInString(t.Page))
	}
	fmt.Fprintf(e.out, "%-*s %8s %14s %12s\n", width, "page", "widgets", "first widget", "whole page")
	for _, t := range summary {
		fmt.Fprintf(e.out, "%-*s %8d %11.1f ms %9.1f ms\n", width, t.Page, t.Widgets, t.FirstMS, t.PageMS)
	}
	fmt.Fprintln(e.out, "times count from the request's XADD to the message read from the output stream")
	return nil
}

// one sends a request and reads its answer; quiet shows nothing.
func (c *demoCmd) one(ctx context.Context, e *env, cfg *config.Config, rdb redis.UniversalClient, opts draw.Options, p demoPage, n int, quiet bool) (timing, error) {
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
	err = eachMessage(ctx, rdb, cfg.Stream.OutputPrefix+p.send.RoutingKey, "0", func(m *message) (done bool, err error) {
		after := time.Since(begin)
		if !quiet {
			err = c.show(e, opts, m, after)
		}
		if m.widget() == closingWidget {
			return true, err
		}
		t.count(m, after)
		return false, err
	})
	return t, err
}

// show prints a message; over several stores also where it came from.
func (c *demoCmd) show(e *env, opts draw.Options, m *message, after time.Duration) error {
	if err := show(e, opts, m, after); err != nil || e.json || c.Stores != "all" || m.widget() == closingWidget {
		return err
	}
	return draw.Sources(e.out, opts, map[string]string{
		"documents": "MongoDB", "wide_rows": "Cassandra", "objects": "MinIO", "local": "DuckDB joins", "conversations": "DuckDB joins", "sentiment": "HTTP API",
	}, m.EventData)
}

func (t *timing) count(m *message, after time.Duration) {
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
