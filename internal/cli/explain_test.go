package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Explain takes what a request takes: described widgets, filters, an event, or the request itself.
func TestExplainTakesARequest(t *testing.T) {
	t.Parallel()
	const metrics = `{"by_platform": {"dataset": "social", "measures": ["posts"], "dimensions": ["platform"]}}`
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	request := `{"eventName": "custom_projects", "eventData": {"page_name": "CustomDashboard", "product": "Dashboards", "company_id": "1", "start_date": "2002-09-01",
		"end_date": "2002-09-30", "metrics": ` + metrics + `}}`
	dates := []string{"--start", "2002-09-01", "--end", "2002-09-30"}
	for name, c := range map[string]struct {
		args   []string
		widget string
		says   string
	}{
		"metrics":           {append([]string{"--page", "CustomDashboard", "--product", "Dashboards", "--metrics", metrics}, dates...), "by_platform", "platform"},
		"metrics of a file": {append([]string{"--page", "Dashboards/CustomDashboard", "--metrics", "@" + file("m.json", metrics)}, dates...), "by_platform", "platform"},
		"a request":         {[]string{"--file", file("r.json", request)}, "by_platform", "platform"},
		"an event":          {append([]string{"--event", "insights", "--widgets", "total_posts", "--filters", "@" + file("f.json", `[{"member": "channel", "operator": "equals", "values": ["chat"]}]`)}, dates...), "total_posts", "channel"},
	} {
		var out, errOut bytes.Buffer
		if code := Run(t.Context(), append([]string{"--json", "catalog", "explain"}, c.args...), &out, &errOut); code != 0 {
			t.Errorf("%s: %d, %s", name, code, errOut.String())
			continue
		}
		for line := range strings.Lines(out.String()) {
			var x explained
			if err := json.Unmarshal([]byte(line), &x); err != nil {
				t.Fatal(err)
			}
			if x.Widget != c.widget || x.Error != "" || !strings.Contains(x.Native.Text, c.says) {
				t.Errorf("%s: %s", name, line)
			}
		}
		if out.Len() == 0 {
			t.Errorf("%s: nothing is explained", name)
		}
	}
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no page":         {dates, "which page?"},
		"another page":    {[]string{"--page", "CustomDashbord"}, "did you mean"},
		"no JSON":         {[]string{"--page", "X", "--metrics", "{"}, "--metrics is not JSON"},
		"no file of it":   {[]string{"--page", "X", "--metrics", "@/nowhere"}, "--metrics: "},
		"a file of text":  {[]string{"--page", "X", "--filters", "@" + file("t.json", "text")}, "is not JSON"},
		"no such request": {[]string{"--file", "/nowhere"}, "no such file"},
	} {
		var out, errOut bytes.Buffer
		if code := Run(t.Context(), append([]string{"catalog", "explain"}, c.args...), &out, &errOut); code == 0 || !strings.Contains(errOut.String(), c.says) {
			t.Errorf("%s: %d, %s", name, code, errOut.String())
		}
	}
}
