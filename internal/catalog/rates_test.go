package catalog_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Every rate names what it is made of: a measure that is shown, one that is not, or arithmetic of its own; what is divided by a number, or a
// sum of rates, is none.
func TestRatesCarryTheirOperands(t *testing.T) {
	t.Parallel()
	c, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(`version: 1
sources: {s: {kind: duckdb}}
datasets:
  d:
    source: s
    files: [x.csv]
    time: {field: at}
    tenant: none
    dimensions: {kind: {}, net_numerator: {}}
    measures:
      all: {agg: count}
      good: {agg: count, where: kind == "good"}
      bad: {agg: count, where: kind == "bad"}
      size: {agg: avg, field: size, type: float}
      share: {formula: good / all, label: {en: Share, ar: حصة}}
      net: {formula: (good - bad) / (good + bad), label: {en: Net, ar: صافي}}
      scaled: {formula: size / 1000}
      gap: {formula: good / all - bad / all}
      odd: {formula: (size + good) / all}
pages:
  P:
    dataset: d
    widgets:
      both: {kind: stat, measures: [share, net, all]}
      none: {kind: breakdown, dimension: kind, measures: [scaled, gap, good]}
      average: {kind: timeseries, measures: [odd]}
`)}}, "c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type operand struct {
		Label, Fill string
		Formula     query.Expr
		Inputs      int
	}
	page := c.Pages["P"]
	got, operands := map[string]map[string]catalog.Rate{}, map[string]map[string]operand{}
	for _, w := range page.Widgets {
		got[w.ID], operands[w.ID] = w.Rates, map[string]operand{}
		for _, m := range w.Operands {
			operands[w.ID][m.Name] = operand{m.Label.In("ar", ""), m.Fill, m.Query.Formula, len(m.Query.Inputs)}
		}
	}
	if diff := cmp.Diff(map[string]map[string]catalog.Rate{
		"both":    {"share": {Numerator: "good", Denominator: "all"}, "net": {Numerator: "net_numerator_", Denominator: "net_denominator"}},
		"none":    nil,
		"average": {"odd": {Numerator: "odd_numerator", Denominator: "all"}},
	}, got); diff != "" {
		t.Error(diff)
	}
	of := func(op string) query.Expr {
		return query.Binary{Op: op, Left: query.Ref("good"), Right: query.Ref("bad")}
	}
	if diff := cmp.Diff(map[string]map[string]operand{
		"both": {"good": {"good", "zero", nil, 0}, "net_numerator_": {"صافي (البسط)", "zero", of("-"), 2}, "net_denominator": {"صافي (المقام)", "zero", of("+"), 2}},
		"none": {},
		"average": {
			"odd_numerator": {"odd (numerator)", "null", query.Binary{Op: "+", Left: query.Ref("size"), Right: query.Ref("good")}, 2},
			"all":           {"all", "zero", nil, 0},
		},
	}, operands); diff != "" {
		t.Error(diff)
	}
}
