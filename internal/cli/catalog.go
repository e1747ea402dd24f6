package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

type catalogCmd struct {
	Check   catalogCheckCmd   `cmd:"" help:"Report every fault of a catalog, with file, line and column."`
	Explain catalogExplainCmd `cmd:"" help:"Print the native queries of a request, without running them."`
	Schema  catalogSchemaCmd  `cmd:"" help:"Print the JSON Schema of catalog files, for editors."`
	Docs    catalogDocsCmd    `cmd:"" help:"Print pages, widgets and the definition of each measure, as Markdown."`
}

type catalogCheckCmd struct {
	Path string `arg:"" optional:"" help:"A catalog's folder or file; the built-in catalog when left out."`
}

// Run checks a catalog.
func (c *catalogCheckCmd) Run(e *env) error {
	cat, err := loadCatalog(c.Path)
	faults, many := errors.AsType[catalog.Errors](err)
	switch {
	case many && e.json:
		return errors.Join(e.printJSON(map[string]any{"ok": false, "faults": faults}), errReported)
	case many:
		fmt.Fprintln(e.err, faults.Error())
		fmt.Fprintf(e.err, "%d faults\n", len(faults))
		return errReported
	case err != nil:
		return err
	case e.json:
		return e.printJSON(map[string]any{"ok": true, "sources": len(cat.Sources), "datasets": len(cat.Datasets), "pages": len(cat.Pages), "version": cat.Version})
	}
	_, err = fmt.Fprintf(e.out, "ok: %d sources, %d datasets, %d pages\n", len(cat.Sources), len(cat.Datasets), len(cat.Pages))
	return err
}

func loadCatalog(path string) (*catalog.Catalog, error) {
	if path == "" {
		return catalog.LoadBuiltin()
	}
	return catalog.LoadPath(path)
}

type catalogDocsCmd struct {
	Path string `arg:"" optional:"" help:"A catalog's folder or file; the built-in catalog when left out."`
}

// Run prints the catalog as Markdown.
func (c *catalogDocsCmd) Run(e *env) error {
	cat, err := loadCatalog(c.Path)
	if err != nil {
		return err
	}
	return cat.Markdown(e.out, models.NewEvents().Pages())
}

type catalogSchemaCmd struct {
	Result bool `help:"The schema of results (event data) instead."`
}

// Run prints the schema.
func (c catalogSchemaCmd) Run(e *env) error {
	text := catalog.Schema()
	if c.Result {
		text = format.JSONSchema()
	}
	_, err := e.out.Write(text)
	return err
}

type catalogExplainCmd struct {
	Path string `arg:"" optional:"" help:"A catalog's folder or file; the built-in catalog when left out."`
	Page string `required:"" help:"The page."`
	Data string `help:"The folder of the catalog's files; the embedded data when left out."`

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
}

// Run plans the request and prints each query in its store's own language.
func (c *catalogExplainCmd) Run(e *env) error {
	cfg, err := config.Load(func(name string) (string, bool) {
		switch name {
		case "APP_DISPATCHER_CATALOG":
			return c.Path, c.Path != ""
		case "APP_DISPATCHER_DATA":
			if c.Data != "" {
				return c.Data, true
			}
		}
		return e.lookup(name)
	}, config.Options{})
	if err != nil {
		return err
	}
	pages, err := app.OpenPages(e.ctx, cfg, telemetry.NewMetrics(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = pages.Close() }() // only read from
	s := pages.Snapshot()
	page, ok := s.Catalog.Pages[catalog.PageKey{Product: c.Product, Page: c.Page}.String()]
	if !ok {
		var known []string
		for name := range s.Catalog.Pages {
			known = append(known, name)
		}
		return fmt.Errorf("no page %s in the catalog; %s", c.Page, catalog.Suggest(c.Page, known))
	}
	req, err := c.request()
	if err != nil {
		return err
	}
	p, err := plan.Build(req, page, s.Catalog, time.Now())
	if err != nil {
		return err
	}
	for i := range p.Widgets {
		if err := c.explain(e, &p.Widgets[i], s.Engine); err != nil {
			return err
		}
	}
	return nil
}

func (c *catalogExplainCmd) explain(e *env, w *plan.Widget, with *engine.Engine) error {
	if w.Err != nil {
		return show1(e, &explained{Widget: w.ID, Kind: w.Kind, Error: w.Err.Error()})
	}
	for _, step := range w.Asked() {
		queries, err := with.Explain(e.ctx, step)
		if err != nil {
			return err
		}
		for _, q := range queries {
			if err := show1(e, &explained{Widget: w.ID, Kind: w.Kind, Role: q.Role, Source: q.Source, Input: q.Input, Cost: w.Cost, Native: q.Native}); err != nil {
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
	fmt.Fprintf(e.out, "-- %s (%s, %s) on %s, cost %d\n", x.Widget, x.Kind, role, x.Source, x.Cost)
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

// request makes the request that the flags describe, as a producer would send it.
func (c *catalogExplainCmd) request() (*models.Request, error) {
	payload, err := c.ask.request("explain", map[string]string{"page_name": c.Page}, time.Now())
	if err != nil {
		return nil, err
	}
	return models.Decoder{}.Decode(string(payload))
}
