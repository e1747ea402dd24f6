package deploy

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

// check parses an expression and returns what is wrong with it: a metric or a label that nothing exposes.
func check(families map[string]*dto.MetricFamily, expression string) error {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		return err
	}
	var faults []string
	known := map[string]bool{}
	selectors := 0
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		v, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		selectors++
		labels := labelsOf(families, v.Name)
		if labels == nil {
			faults = append(faults, "nothing exposes "+v.Name)
			return nil
		}
		for name, has := range labels {
			known[name] = known[name] || has
		}
		for _, m := range v.LabelMatchers {
			if m.Name != "__name__" && !labels[m.Name] {
				faults = append(faults, v.Name+" has no label "+m.Name)
			}
		}
		return nil
	})
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if a, ok := n.(*parser.AggregateExpr); ok {
			for _, name := range a.Grouping {
				if !known[name] {
					faults = append(faults, "nothing has the label "+name)
				}
			}
		}
		return nil
	})
	if selectors == 0 {
		faults = append(faults, "it asks for no metric")
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s", strings.Join(faults, "; "))
	}
	return nil
}

// TestCheckCanFail: the check that the others rely on.
func TestCheckCanFail(t *testing.T) {
	t.Parallel()
	families := scrape(t)
	for expression, want := range map[string]string{
		`dispatcher_backlog`: "", `rate(dispatcher_widget_seconds_bucket{page="x"}[5m])`: "", `sum by (le) (dispatcher_widget_seconds_bucket)`: "",
		`dispatcher_backlogs`: "nothing exposes", `dispatcher_backlog{queue="x"}`: "no label queue", `sum by (queue) (dispatcher_backlog)`: "label queue",
		`dispatcher_backlog_bucket`: "nothing exposes", `sum(`: "parse error", `1 + 1`: "no metric", `rate(dispatcher_backlog)`: "expected type range vector",
	} {
		if err := check(families, expression); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", expression, err, want)
		}
	}
}

type rule struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	For         string            `json:"for,omitempty"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

func rules(t *testing.T) (all []rule) {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string `json:"name"`
			Rules []rule `json:"rules"`
		} `json:"groups"`
	}
	if err := yaml.UnmarshalStrict([]byte(read(t, "deploy", "prometheus", "alerts.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// TestAlerts: each rule parses, asks for what is exposed, and says what to do in the documentation.
func TestAlerts(t *testing.T) {
	t.Parallel()
	families, doc := scrape(t), read(t, "docs", "operations.md")
	seen := map[string]bool{}
	for _, r := range rules(t) {
		if err := check(families, r.Expr); err != nil {
			t.Errorf("%s: %v", r.Alert, err)
		}
		if s := r.Labels["severity"]; s != "critical" && s != "warning" || r.Annotations["summary"] == "" || seen[r.Alert] {
			t.Errorf("%s: severity %q, summary %q, or twice", r.Alert, s, r.Annotations["summary"])
		}
		seen[r.Alert] = true
		if !strings.Contains(doc, "| `"+r.Alert+"` |") {
			t.Errorf("docs/operations.md does not say what to do at %s", r.Alert)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(Dispatcher[A-Za-z]+)`").FindAllStringSubmatch(doc, -1) {
		if !seen[m[1]] {
			t.Errorf("docs/operations.md explains %s, which no rule raises", m[1])
		}
	}
}

// TestDashboard: every panel has a title and asks for what is exposed; and what is exposed is shown somewhere.
func TestDashboard(t *testing.T) {
	t.Parallel()
	families := scrape(t)
	var d struct {
		UID    string
		Panels []struct {
			ID          int
			Type, Title string
			GridPos     struct{ X, Y, W, H int }
			Targets     []struct{ Expr, LegendFormat string }
		}
		Templating struct {
			List []struct {
				Name  string
				Query any
			}
		}
	}
	if err := json.Unmarshal([]byte(read(t, "deploy", "grafana", "dispatcher.json")), &d); err != nil {
		t.Fatal(err)
	}
	variables := strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*", "$gateway", ".*")
	ids, shown := map[int]bool{}, ""
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" || p.GridPos.X+p.GridPos.W > 24 || p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %d %q: its id, title, place or queries", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			shown += target.Expr + "\n"
			if err := check(families, variables.Replace(target.Expr)); err != nil {
				t.Errorf("%s: %s: %v", p.Title, target.Expr, err)
			}
			if strings.Contains(variables.Replace(target.Expr), "$") {
				t.Errorf("%s: %s has a variable that the dashboard does not", p.Title, target.Expr)
			}
		}
	}
	for name := range families {
		if ours(name) && !strings.Contains(shown, name) {
			t.Errorf("no panel shows %s", name)
		}
	}
}

func ours(name string) bool {
	return strings.HasPrefix(name, "dispatcher_") || strings.HasPrefix(name, "messaging_") || strings.HasPrefix(name, "http_")
}

// TestMetricsAreDocumented: docs/operations.md has a row for each metric, and none for others.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	families, doc := scrape(t), read(t, "docs", "operations.md")
	rows := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `((?:dispatcher|messaging|http)_[a-z_]+)`").FindAllStringSubmatch(doc, -1) {
		rows[m[1]] = true
		if families[m[1]] == nil {
			t.Errorf("%s is documented, and not exposed", m[1])
		}
	}
	for name := range families {
		if ours(name) && !rows[name] {
			t.Errorf("%s is exposed, and not documented", name)
		}
	}
}
