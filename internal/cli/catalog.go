package cli

import (
	"errors"
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/format/schema"
	"github.com/go-dispatcher/dispatcher/internal/models"
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
		text = schema.Result()
	}
	_, err := e.out.Write(text)
	return err
}
