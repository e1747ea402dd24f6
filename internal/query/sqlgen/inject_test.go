package sqlgen

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// TestNoValueReachesTheText draws filters with hostile values: none of them may appear in the SQL, each must be an argument.
func TestNoValueReachesTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		canary := "canary" + rapid.StringMatching(`['";%_\\()\-]{1,8}[a-z]{0,4}`).Draw(t, "value")
		op := rapid.SampledFrom([]query.Op{query.Eq, query.Ne, query.In, query.NotIn, query.Contains, query.Prefix, query.Gt}).Draw(t, "op")
		multi := rapid.Bool().Draw(t, "list") && op != query.Gt
		c := query.Compare{Field: query.Field{Column: `na"me`, Type: query.String, Multi: multi}, Op: op, Values: []any{canary}}
		q := &query.Query{
			Dataset: "d", Where: query.Or{query.Not{Of: c}, query.And{c}}, MaxRows: 10,
			Tenant:   &query.Compare{Field: query.Field{Column: "tenant", Type: query.String}, Op: query.Eq, Values: []any{canary}},
			Groups:   []query.Group{{Name: "g", Field: query.Field{Column: "g", Type: query.String}}},
			Measures: []query.Measure{{Name: "n", Agg: query.Count, Where: c}},
			Limit:    3, Others: rapid.Bool().Draw(t, "others"),
		}
		st, err := Compile(rapid.SampledFrom([]Dialect{DuckDB{}, Trino{}}).Draw(t, "dialect"), q, `"t"`)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(st.SQL, "canary") {
			t.Fatalf("a value is in the text: %s", st.SQL)
		}
		if marks := strings.Count(st.SQL, "?"); marks != len(st.Args) {
			t.Fatalf("%d marks for %d arguments", marks, len(st.Args))
		}
		if strings.Contains(st.SQL, `na"me"`) && !strings.Contains(st.SQL, `"na""me"`) {
			t.Fatalf("a name is not quoted: %s", st.SQL)
		}
	})
}
