package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/report"
	"github.com/go-dispatcher/dispatcher/internal/storage"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

type reportCmd struct {
	Page string `arg:"" help:"The page, such as ResearchInsightsPage or Dashboards/AccountPage."`
	Out  string `required:"" placeholder:"FILE" help:"Where to write: a file that ends in .html, .pdf, .xlsx, or for the rows of one widget in .csv, .jsonl or .parquet."`

	ask
}

// Help is shown by --help.
func (reportCmd) Help() string {
	return "Examples:\n  dispatcher report ResearchInsightsPage --start 2002-09-01 --end 2002-09-30 --language ar --out insights.pdf" +
		"\n  dispatcher report ResearchInsightsPage --start 2002-09-01 --end 2002-09-30 --out insights.xlsx" +
		"\n  dispatcher report ResearchInsightsPage --start 2002-09-01 --end 2002-09-30 --widgets latest_posts --out posts.parquet"
}

// Run computes the page and writes its report.
func (c *reportCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return err
	}
	cfg, err := e.config()
	if err != nil {
		return err
	}
	pages, err := app.OpenPages(e.ctx, cfg, telemetry.NewMetrics(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = pages.Close() }() // only read from
	made, err := c.report(e, pages)
	if err != nil {
		return err
	}
	size, err := c.save(e, pages, made)
	if err != nil {
		return err
	}
	for _, w := range made.Widgets {
		if w.Data == nil {
			fmt.Fprintf(e.err, "%s: %s\n", w.ID, w.Error)
		}
	}
	rows := 0
	for i := range made.Widgets {
		rows += made.Widgets[i].Rows()
	}
	if e.json {
		return e.printJSON(map[string]any{"file": c.Out, "bytes": size, "widgets": len(made.Widgets), "rows": rows})
	}
	_, err = fmt.Fprintf(e.out, "%s: %d widgets, %d rows, %d bytes\n", c.Out, len(made.Widgets), rows, size)
	return err
}

// check says what is wrong with --out.
func (c *reportCmd) check() error {
	if slices.Contains([]string{".html", ".pdf", ".xlsx"}, filepath.Ext(c.Out)) {
		return nil
	}
	if c.rows() == nil {
		return fmt.Errorf("--out %s ends in none of .html, .pdf, .xlsx, .csv, .jsonl, .parquet", c.Out)
	}
	if len(c.Widgets) != 1 {
		return fmt.Errorf("%s holds the rows of one widget: name it by --widgets", c.Out)
	}
	return nil
}

// save writes the file, which is meant to be read by others.
func (c *reportCmd) save(e *env, pages *app.Pages, made *report.Report) (size int64, err error) {
	err = storage.WriteWhole(c.Out, 0o644, func(to io.Writer) error { return c.write(e, to, pages, made) })
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(c.Out)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// write makes the file's content, by its name.
func (c *reportCmd) write(e *env, to io.Writer, pages *app.Pages, made *report.Report) error {
	if c.workbook() {
		return report.WriteWorkbook(to, made)
	}
	if format := c.rows(); format != nil {
		return format.Write(to, made, &made.Widgets[0])
	}
	if filepath.Ext(c.Out) == ".html" {
		return report.Write(to, made)
	}
	printer := pages.Reports().Printer
	if printer == nil {
		return errors.New("no browser is found to make a PDF with: install Chromium, or name one in APP_DISPATCHER_CHROMIUM; --out FILE.html needs none")
	}
	var html bytes.Buffer
	if err := report.Write(&html, made); err != nil {
		return err
	}
	pdf, err := printer.Print(e.ctx, html.Bytes())
	if err != nil {
		return err
	}
	_, err = to.Write(pdf)
	return err
}

func (c *reportCmd) workbook() bool { return filepath.Ext(c.Out) == ".xlsx" }

// rows returns how the rows of one widget are written, or nil where the file is another.
func (c *reportCmd) rows() *report.FileFormat {
	for _, f := range report.FileFormats() {
		if filepath.Ext(c.Out) == "."+f.Name {
			return &f
		}
	}
	return nil
}

// report computes the page as a consumer would.
func (c *reportCmd) report(e *env, pages *app.Pages) (*report.Report, error) {
	if product, page, ok := strings.Cut(c.Page, "/"); ok && c.Product == "" {
		c.Product, c.Page = product, page
	}
	snapshot := pages.Snapshot()
	key := catalog.PageKey{Product: c.Product, Page: c.Page}
	page, ok := strategies.Pages{Snapshot: snapshot, Now: time.Now}.Page(key)
	if !ok {
		var known []string
		for name := range snapshot.Catalog.Pages {
			known = append(known, name)
		}
		return nil, noPage(key.String(), known)
	}
	payload, err := c.request("report", map[string]string{"page_name": c.Page}, time.Now())
	if err != nil {
		return nil, err
	}
	req, err := models.Decoder{}.Decode(string(payload))
	if err != nil {
		return nil, err
	}
	req.ExportXLSX = c.workbook() || c.rows() != nil // all rows of its tables
	made, failed, err := page.Report(e.ctx, req, pages.Reports().Brand)
	if err == nil && len(failed) > 0 && len(failed) == len(made.Widgets) {
		return nil, fmt.Errorf("no widget could be computed: %s", fault.SafeText(failed[0]))
	}
	return made, err
}
