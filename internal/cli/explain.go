package cli

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/budget"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

type catalogExplainCmd struct {
	Path  string `arg:"" optional:"" help:"A catalog's folder or file; the built-in catalog when left out."`
	Page  string `help:"The page; that of the event or the file when left out."`
	Event string `help:"Event name, which may imply the page."`
	File  string `help:"Explain this request (- for standard input) instead of one that the flags describe."`
	Data  string `help:"The folder of the catalog's files; the embedded data when left out."`

	ask
}

// explained is one query of a plan.
type explained struct {
	Widget string        `json:"widget"`
	Kind   catalog.Kind  `json:"kind"`
	Role   plan.Role     `json:"role,omitempty"`
	Source string        `json:"source,omitempty"`
	Input  string        `json:"input,omitempty"`
	Cost   int           `json:"cost"`
	Native source.Native `json:"native,omitzero"`
	Error  string        `json:"error,omitempty"`
	// Made is how the widget's answer is come by on its page; Answers are the widgets of a query that answers several, and then the only ones.
	Made    *made    `json:"made,omitempty"`
	Answers []string `json:"answers,omitempty"`
}

// made is how a step is answered, with whom, and for how long what comes of it holds.
type made struct {
	How  engine.How `json:"how"`
	With []string   `json:"with,omitempty"`
	Why  string     `json:"why"`
	kept
}

// Run plans the request and prints each query in its store's own language.
func (c *catalogExplainCmd) Run(e *env) error {
	cfg, err := c.config(e)
	if err != nil {
		return err
	}
	pages, err := app.OpenPages(e.ctx, cfg, telemetry.NewMetrics(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = pages.Close() }() // only read from
	s := pages.Snapshot()
	p, page, err := c.plan(s.Catalog)
	if err != nil {
		return err
	}
	run := s.Engine.Prepare(p, func(string) bool { return false })
	asked := run.Asked(e.ctx)
	for i := range p.Widgets {
		if err := c.explain(e, &p.Widgets[i], s.Engine, asked); err != nil {
			return err
		}
	}
	if err := c.together(e, p, s.Engine, asked); err != nil {
		return err
	}
	return refusal(e, s.Budgets.Admit(e.ctx, s.Engine, s.Catalog, page, budget.Payer{}, run))
}

// refusal says that a page would not run.
func refusal(e *env, err error) error {
	if err == nil {
		return nil
	}
	if e.json {
		return e.printJSON(map[string]string{"refused": fault.ReasonOf(err), "message": fault.SafeText(err)})
	}
	_, err = fmt.Fprintf(e.out, "-- it would be refused: %s\n", fault.SafeText(err))
	return err
}

// config is that of the environment, with the catalog and the data that the command names.
func (c *catalogExplainCmd) config(e *env, required ...string) (*config.Config, error) {
	return config.Load(func(name string) (string, bool) {
		switch {
		case name == "APP_DISPATCHER_CATALOG" && c.Path != "":
			return c.Path, true
		case name == "APP_DISPATCHER_DATA" && c.Data != "":
			return c.Data, true
		}
		return e.lookup(name)
	}, config.Options{Required: required})
}

// plan plans the request that the command describes.
func (c *catalogExplainCmd) plan(cat *catalog.Catalog) (*plan.Plan, *catalog.Page, error) {
	req, err := c.asked()
	if err != nil {
		return nil, nil, err
	}
	page, err := pageOf(cat, req)
	if err != nil {
		return nil, nil, err
	}
	p, err := plan.Build(req, page, cat, time.Now())
	return p, page, err
}

func (c *catalogExplainCmd) explain(e *env, w *plan.Widget, with *engine.Engine, asked []engine.Asked) error {
	if w.Err != nil {
		return show1(e, &explained{Widget: w.ID, Kind: w.Kind, Error: w.Err.Error()})
	}
	for _, step := range w.Asked() {
		queries, err := with.Explain(e.ctx, step)
		if err != nil {
			return err
		}
		for _, q := range queries {
			x := &explained{Widget: w.ID, Kind: w.Kind, Role: q.Role, Source: q.Source, Input: q.Input, Cost: w.Cost, Native: q.Native}
			if q.Input == "" {
				x.Made = madeOf(asked, w.ID, step.Role)
			}
			if err := show1(e, x); err != nil {
				return err
			}
		}
	}
	return nil
}

func show1(e *env, x *explained) error {
	if e.json {
		return e.printJSON(x)
	}
	role := string(x.Role)
	if x.Input != "" {
		role += " " + x.Input
	}
	if len(x.Answers) > 0 {
		fmt.Fprintf(e.out, "-- asked in place of these: %s, on %s\n", strings.Join(x.Answers, ", "), x.Source)
	} else {
		fmt.Fprintf(e.out, "-- %s (%s, %s) on %s, cost %d\n", x.Widget, x.Kind, role, x.Source, x.Cost)
	}
	if x.Made != nil {
		x.Made.write(e.out)
	}
	if x.Error != "" {
		fmt.Fprintln(e.out, "-- cannot be computed:", x.Error)
	}
	if est := x.Native.Estimate; est != nil {
		fmt.Fprintln(e.out, "-- reads:", reads(est))
	}
	for _, n := range x.Native.Notes {
		fmt.Fprintln(e.out, "-- note:", n)
	}
	writeSQL(e.out, x.Native)
	return nil
}

// reads puts an estimate into words.
func reads(x *source.Estimate) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		what string
	}{{x.Parts, "parts"}, {x.Rows, "rows"}, {x.Bytes, "bytes"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing"}
	}
	return strings.Join(parts, ", ") + " (" + x.Basis + ")"
}

// writeSQL prints a statement with its arguments below.
func writeSQL(w io.Writer, n source.Native) {
	if n.Text == "" {
		return
	}
	fmt.Fprintln(w, n.Text+";")
	if len(n.Args) > 0 {
		args := make([]string, len(n.Args))
		for i, a := range n.Args {
			if t, ok := a.(time.Time); ok {
				a = t.Format(time.RFC3339)
			}
			args[i] = fmt.Sprintf("%v", a)
		}
		fmt.Fprintln(w, "-- arguments:", strings.Join(args, " | "))
	}
	fmt.Fprintln(w)
}

// asked returns the request: that of a file, or the one that the flags describe.
func (c *catalogExplainCmd) asked() (*models.Request, error) {
	payload, err := c.payload()
	if err != nil {
		return nil, err
	}
	req, err := models.Decoder{}.Decode(string(payload))
	if err != nil {
		return nil, err
	}
	if c.File != "" || c.Event != "" {
		anyEvent := func(string) bool { return true } // the catalog may accept it
		if err := models.NewEvents().Enrich(req, anyEvent); err != nil {
			return nil, err
		}
	}
	if c.Page != "" {
		req.PageName = c.Page
	}
	if c.Product != "" {
		req.Product = c.Product
	}
	return req, nil
}

func (c *catalogExplainCmd) payload() ([]byte, error) {
	if c.File != "" {
		return sent(c.File)
	}
	event := c.Event
	if event == "" {
		event = "explain"
	}
	return c.request(event, map[string]string{"page_name": c.Page}, time.Now())
}
