package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// cube is Cube's own server, one process, its queue and its cache in memory, asked by its REST interface.
type cube struct {
	home, config, database string

	dir, base string
	process   *run.Process
	browser   *browser
}

func (c *cube) name() string    { return cubeName }
func (c *cube) title() string   { return "Cube, one process, cache in memory" }
func (c *cube) version() string { return filepath.Base(c.home) + ", duckdb-driver 1.7.43" }

func (c *cube) start(ctx context.Context) (err error) {
	if c.dir, err = os.MkdirTemp("", "dispatcher-cube-"); err != nil {
		return err
	}
	addr, err := run.FreeAddr()
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	c.base = "http://" + addr
	log, err := os.Create(filepath.Join(c.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command("node", c.config)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "NODE_ENV=production", "NODE_PATH="+filepath.Join(c.home, "node_modules"), "PORT="+port, "COMPUTE_DATABASE="+c.database,
		"CUBEJS_API_SECRET=of-this-run", "CUBEJS_CACHE_AND_QUEUE_DRIVER=memory", "CUBEJS_TELEMETRY=false")
	if c.process, err = run.Start(cmd, log); err != nil {
		return err
	}
	c.browser = newBrowser()
	return c.browser.await(ctx, c.base+"/livez")
}

func (c *cube) ask(ctx context.Context, of span) (*visit, error) {
	return c.browser.page(ctx, func(ctx context.Context, widget string) ([]byte, error) {
		body := map[string]any{"query": cubeQueries()[widget].query(of), "queryType": "multi"}
		for {
			raw, err := c.browser.call(ctx, http.MethodPost, c.base+"/cubejs-api/v1/load", body)
			if err != nil || string(raw) != `{"error":"Continue wait"}` {
				return raw, err
			}
		}
	}, func(widget string, body []byte) ([]row, error) { return cubeQueries()[widget].rows(body) })
}

func (c *cube) cpu() time.Duration { return c.process.CPU() }
func (c *cube) peak() float64      { return c.process.Peak() }

func (c *cube) stop() {
	if c.process != nil {
		c.process.Stop()
		c.process = nil
	}
	_ = os.RemoveAll(c.dir)
}

// cubeQuery is a widget in Cube's words: the chart that Superset has, with members' names.
type cubeQuery struct{ chart }

func cubeQueries() map[string]cubeQuery {
	all := make(map[string]cubeQuery)
	for name, c := range charts() {
		all[name] = cubeQuery{c}
	}
	return all
}

// member is Cube's name of a column or a measure.
func member(name string) string {
	if name == "flights" {
		name = "count" // the cube itself has the other name
	}
	return "flights." + name
}

func (q cubeQuery) query(of span) map[string]any {
	dates := func(s span) [2]string {
		return [2]string{s.from.Format(time.DateOnly), s.to.AddDate(0, 0, -1).Format(time.DateOnly)}
	} // both inclusive
	when := map[string]any{"dimension": "flights.date", "dateRange": dates(of)}
	if q.compared {
		when = map[string]any{"dimension": "flights.date", "compareDateRange": [][2]string{dates(of), dates(of.before())}}
	}
	dimensions, measures := []string{}, []string{}
	for _, name := range q.columns {
		if name == "day" {
			when["granularity"] = "day"
			continue
		}
		dimensions = append(dimensions, member(name))
	}
	for _, name := range q.measures {
		measures = append(measures, member(name))
	}
	out := map[string]any{"dimensions": dimensions, "measures": measures, "timeDimensions": []any{when}, "limit": cmp.Or(q.limit, 10_000)}
	if q.limit > 0 {
		order := [][2]string{{measures[0], "desc"}}
		for _, d := range dimensions {
			order = append(order, [2]string{d, "asc"})
		}
		out["order"] = order
	}
	return out
}

// rows reads what a query has found: numbers come as texts.
func (q cubeQuery) rows(body []byte) (rows []row, err error) {
	var found struct {
		Error   string `json:"error"`
		Results []struct {
			Data []map[string]any `json:"data"`
		} `json:"results"`
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return nil, err
	}
	if found.Error != "" {
		return nil, errors.New(found.Error)
	}
	if q.compared {
		both := row{}
		for _, r := range found.Results {
			both = append(both, number(r.Data[0][member(q.measures[0])]))
		}
		return []row{both}, nil
	}
	for _, r := range found.Results[0].Data {
		var one row
		for _, name := range q.columns {
			switch name {
			case "day":
				text, _ := r["flights.date.day"].(string)
				one = append(one, text[:min(len(text), len(time.DateOnly))])
			case "origin", "destination":
				one = append(one, r[member(name)])
			default:
				one = append(one, number(r[member(name)]))
			}
		}
		for _, name := range q.measures {
			one = append(one, number(r[member(name)]))
		}
		rows = append(rows, one)
	}
	return rows, nil
}

func number(v any) any {
	if text, ok := v.(string); ok {
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	}
	return v
}
