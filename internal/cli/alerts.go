package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/alert"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
)

type alertsCmd struct {
	List alertsListCmd `cmd:"" help:"List the alerts of the catalog with their rules."`
	Run  alertsRunCmd  `cmd:"" help:"Ask for alerts at their times; the workers evaluate and deliver them."`
}

type alertsListCmd struct{}

// listedAlert is an alert as --json shows it.
type listedAlert struct {
	Alert    string `json:"alert"`
	Widget   string `json:"widget"`
	Rule     string `json:"rule"`
	Text     string `json:"text"`
	Dataset  string `json:"dataset"`
	Cooldown int64  `json:"cooldown_seconds"`
}

// Run lists the alerts.
func (alertsListCmd) Run(e *env) error {
	cat, err := e.catalog()
	if err != nil {
		return err
	}
	var all []listedAlert
	for _, p := range alertPages(cat) {
		for _, w := range p.Widgets {
			if w.Alert != nil {
				all = append(all, listedAlert{
					Alert: p.Key.String(), Widget: w.ID, Rule: string(w.Alert.Kind), Text: w.RuleText("en"), Dataset: w.Dataset.Name,
					Cooldown: int64(w.Alert.Cooldown / time.Second),
				})
			}
		}
	}
	if e.json {
		return e.printJSON(all)
	}
	out := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "ALERT\tWIDGET\tCOOLDOWN\tFIRES WHEN")
	for _, a := range all {
		cooldown := "none"
		if a.Cooldown > 0 {
			cooldown = alert.Span(time.Duration(a.Cooldown)*time.Second, "en")
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", a.Alert, a.Widget, cooldown, a.Text)
	}
	return out.Flush()
}

// catalog loads the configured catalog.
func (e *env) catalog() (*catalog.Catalog, error) {
	cfg, err := e.config()
	if err != nil {
		return nil, err
	}
	return loadCatalog(cfg.Dispatcher.Catalog)
}

// alertPages returns the pages with an alert, by their names.
func alertPages(cat *catalog.Catalog) []*catalog.Page {
	var out []*catalog.Page
	for _, p := range cat.Pages {
		if slices.ContainsFunc(p.Widgets, func(w *catalog.Widget) bool { return w.Alert != nil }) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *catalog.Page) int { return strings.Compare(a.Key.String(), b.Key.String()) })
	return out
}

// alertPage finds a page of alerts by its name, with its product or without.
func alertPage(cat *catalog.Catalog, name string) (*catalog.Page, error) {
	var known []string
	for _, p := range alertPages(cat) {
		if name == p.Key.String() || name == p.Key.Page {
			return p, nil
		}
		known = append(known, p.Key.Page)
	}
	hint := catalog.Suggest(name, known)
	if hint != "" {
		hint = " (" + hint + ")"
	}
	return nil, fmt.Errorf("the catalog has no alert %q%s", name, hint)
}
