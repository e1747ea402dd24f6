package stores

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// canary is the company whose rows nobody else may see.
const canary = "canary"

// attacked is the set of the attacks: rows whose texts are the attacks themselves, some of troubles, and those of the canary.
func attacked(all []attack) *set {
	s := troubles()
	s.rows = s.rows[:60]
	for i := range all {
		text, ok := all[i].text()
		if !ok || len(text) > 60_000 {
			continue
		}
		row := sourcetest.Row{
			"company": "acme", "id": fmt.Sprintf("x%03d", i), "at": time.Date(2002, 5, 1, 0, 0, i, 0, time.UTC), "channel": "mail", "text": text, "author": "a",
			"language": "en", "tags": []any{text}, "n": int64(i), "big": nil, "x": 1.5, "wild": nil, "flag": true,
			"tz": nil, "wall": nil, "day": nil, "es": nil, "ems": nil,
		}
		s.rows = append(s.rows, row)
		if i%7 == 0 {
			other := maps.Clone(row)
			other["company"], other["id"] = canary, fmt.Sprintf("c%03d", i)
			s.rows = append(s.rows, other)
		}
	}
	return s
}

// attackCatalog has datasets by each parameter that may name a tenant, with every text allowed as its name but for the one with the default
// pattern.
func attackCatalog(relation func(string) string) string {
	var b strings.Builder
	b.WriteString("datasets:\n")
	at := relation("at")
	fmt.Fprintf(&b, "  posts: {source: %s, %s, time: {field: at}, tenant: {parameter: company_id, field: company}, limits: {timeout: 10m}, dimensions: {company: {}, %s}, measures: {rows: {agg: count}, x: {agg: sum, field: x, type: float}, hit: {agg: count, where: 'has(text)'}}}\n", sourceName, at, dimensionsYAML())
	for _, parameter := range []string{"company_id", "company_schema", "dbName", "tenant"} {
		fmt.Fprintf(&b, "  by_%s: {like: posts, tenant: {parameter: %s, field: company, pattern: '(?s).*'}}\n", parameter, parameter)
	}
	widgets := func(dataset string) string {
		return fmt.Sprintf("{feed: {kind: feed, dataset: %[1]s, dimensions: [company, id], sort: [id], page_size: 500, total: true}, top: {kind: breakdown, dataset: %[1]s, dimension: text, measures: [rows, x], top: 3, others: true}}", dataset)
	}
	b.WriteString("pages:\n")
	for _, dataset := range []string{"posts", "by_company_id", "by_company_schema", "by_dbName", "by_tenant"} {
		page := dataset
		if dataset == "posts" {
			page = "P"
		}
		fmt.Fprintf(&b, "  %s: {widgets: %s}\n", page, widgets(dataset))
	}
	return b.String()
}

// parameter is a place of a request that an attack can stand in; template has it as %[1]s. asks says that a plain text gets as far as a store.
type parameter struct {
	name, page, template string
	// part is what several attacks may stand in beside each other; the template has them all as %[1]s.
	part string
	asks bool
}

func (p *parameter) joins() bool { return p.part != "" }

// alone says whether the i-th attack gets to a store in a request of its own, but for a nightly run, where all do: those that can go together do that, and
// each third of them alone, too; of the others a slow store gets two in three.
func (p *parameter) alone(i int, slow bool) bool {
	if p.joins() {
		return !slow && i%3 == 0
	}
	return !slow || i%3 > 0
}

// request is a request with attacks in it.
func (p *parameter) request(attacks ...string) string {
	parts := make([]string, len(attacks))
	for i, a := range attacks {
		parts[i] = a
		if p.joins() {
			parts[i] = strings.ReplaceAll(p.part, "%[1]s", a)
		}
	}
	return strings.ReplaceAll(p.template, "%[1]s", strings.Join(parts, ","))
}

func parameters() []parameter {
	data := func(fields string) string {
		return `{"eventName":"explore_go_dispatcher","eventData":{"routing_key":"r","start_date":"2002-04-01","end_date":"2002-06-01",` + fields + `}}`
	}
	acme := func(fields string) string { return data(`"company_id":"acme",` + fields) }
	var out []parameter
	add := func(name, page, template string, asks bool) {
		out = append(out, parameter{name: name, page: page, template: template, asks: asks})
	}
	out = append(out, parameter{
		name: "filter, every operator", page: "P", template: acme(`"filters":{"or":[%[1]s]}`), asks: true,
		part: `{"text":{"eq":%[1]s}},{"text":{"contains":%[1]s}},{"author":{"prefix":%[1]s}},{"keyword":{"in":[%[1]s,"zz"]}},{"and":[{"text":{"gt":%[1]s}},{"text":{"lte":%[1]s}}]}`,
	}, parameter{
		name: "filter, explicit and negated", page: "P", template: acme(`"filters":[%[1]s]`), asks: true,
		part: `{"not":[{"member":"text","operator":"equals","values":[%[1]s]}]},{"member":"keyword","operator":"notContains","values":[%[1]s]},{"member":"channel","operator":"notIn","values":[%[1]s,"web"]}`,
	})
	add("company_id of any name", "by_company_id", data(`"company_id":%[1]s`), true)
	// What becomes of these is what becomes of the one above: the value of the same comparison.
	add("company_schema of any name", "by_company_schema", data(`"company_schema":%[1]s`), false)
	add("dbName of any name", "by_dbName", data(`"dbName":%[1]s`), false)
	for name, fields := range map[string]string{
		"company_id": `"company_id":%[1]s`, "filters": `"company_id":"acme","filters":%[1]s`, "filters in a list": `"company_id":"acme","filters":[%[1]s]`,
		"filter bare": `"company_id":"acme","filters":{"text":%[1]s}`, "filter of a number": `"company_id":"acme","filters":{"n":{"gte":%[1]s}}`,
		"filter of a boolean": `"company_id":"acme","filters":{"flag":[%[1]s]}`, "filter of a time": `"company_id":"acme","filters":{"at":{"lt":%[1]s}}`,
		"filter of a float": `"company_id":"acme","filters":{"x":{"in":[%[1]s,1]}}`, "range": `"company_id":"acme","filters":{"n":{"range":[%[1]s,%[1]s]}}`,
		"exists": `"company_id":"acme","filters":{"text":{"exists":%[1]s}}`, "explicit member": `"company_id":"acme","filters":[{"member":%[1]s,"operator":"eq","values":["a"]}]`,
		"explicit operator": `"company_id":"acme","filters":[{"member":"text","operator":%[1]s,"values":["a"]}]`, "explicit values": `"company_id":"acme","filters":[{"member":"text","operator":"in","values":%[1]s}]`,
		"timezone": `"company_id":"acme","timezone":%[1]s`, "language": `"company_id":"acme","language":%[1]s`, "selected_widgets": `"company_id":"acme","selected_widgets":[%[1]s]`,
		"selected_widgets itself": `"company_id":"acme","selected_widgets":%[1]s`, "page_number": `"company_id":"acme","page_number":%[1]s`, "data_source": `"company_id":"acme","data_source":%[1]s`,
		"data_source_name": `"company_id":"acme","data_source_name":%[1]s`, "monitor_id": `"company_id":"acme","monitor_id":%[1]s`, "metrics": `"company_id":"acme","metrics":%[1]s`,
		"sort": `"company_id":"acme","sort":%[1]s,"order":%[1]s`, "limit": `"company_id":"acme","limit":%[1]s,"offset":%[1]s`, "product": `"company_id":"acme","product":%[1]s`,
		"page_name": `"company_id":"acme","page_name":%[1]s`, "metadata": `"company_id":"acme","metadata":%[1]s`, "request_id": `"company_id":"acme","request_id":%[1]s`,
		"widget_names_mapping": `"company_id":"acme","widget_names_mapping":{"feed":%[1]s}`, "an unknown key": `"company_id":"acme","tenant":%[1]s,"company":%[1]s,"$where":%[1]s`,
	} {
		add(name, "P", data(fields), false)
	}
	for _, key := range []string{"start_date", "end_date"} {
		add(key, "P", `{"eventName":"explore_go_dispatcher","eventData":{"company_id":"acme","`+key+`":%[1]s}}`, false)
	}
	slices.SortFunc(out, func(a, b parameter) int { return strings.Compare(a.name, b.name) })
	return out
}
