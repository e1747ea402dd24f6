package app

import (
	"log/slog"

	"github.com/go-dispatcher/dispatcher/internal/chromium"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// openReports collects what newsletter reports are made with. A missing browser is no error where the configuration says auto.
func openReports(c *config.Config, log *slog.Logger) (*strategies.Reports, error) {
	store, err := openFiles(c)
	if err != nil {
		return nil, err
	}
	r := &strategies.Reports{Store: store, Brand: make(map[string]string, len(c.Branding)), Log: log}
	for _, b := range c.Branding {
		r.Brand[b.Name] = b.Value
	}
	if r.Printer, err = openPrinter(c); err != nil {
		return nil, err
	}
	return r, nil
}

// openPrinter returns what makes PDFs, or nil where nothing does.
func openPrinter(c *config.Config) (strategies.Printer, error) {
	browser := c.Dispatcher.Chromium
	if browser == "off" {
		return nil, nil //nolint:nilnil // a report without a PDF says so
	}
	path, ok := chromium.Find(browser)
	switch {
	case ok:
		return chromium.New(chromium.Config{Path: path, Timeout: c.Dispatcher.PDFTimeout, Parallel: c.Dispatcher.PDFParallel}), nil
	case browser == "auto":
		return nil, nil //nolint:nilnil // as above
	}
	return nil, fault.New(fault.Permanent, "pdf_config", "APP_DISPATCHER_CHROMIUM is neither auto, off nor a program that can be run", nil)
}

// Reports returns what newsletter reports are made with.
func (p *Pages) Reports() *strategies.Reports { return p.reports }
