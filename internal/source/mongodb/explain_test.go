package mongodb_test

import (
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// What is shown is all that is run, typed as a shell takes it, with every value of the request among the arguments.
func TestExplainShowsEveryPipeline(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	const value = "of the request"
	text := of("text", query.String)
	is := query.Compare{Field: text, Op: query.Eq, Values: []any{value}}
	rows := selecting(text)
	rows.Total, rows.Where = true, query.Compare{Field: text, Op: query.Contains, Values: []any{value}}
	others := measuring(query.Measure{Name: "users", Agg: query.CountDistinct, Field: of("user", query.String), Where: is})
	others.Groups, others.Limit, others.Others, others.Where = []query.Group{{Name: "g", Field: text}}, 3, true, is
	for name, c := range map[string]struct {
		q               *query.Query
		pipelines, args int
	}{
		"totals":                           {measuring(query.Measure{Name: "n", Agg: query.Count, Where: is}), 1, 1},
		"rows and their total":             {rows, 2, 1},
		"others that are computed of rows": {others, 2, 3},
	} {
		c.q.Relation.Table = "c"
		n, err := s.Explain(t.Context(), c.q)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(n.Text, ";\n")
		if len(lines) != c.pipelines || len(n.Args) != c.args || strings.Contains(n.Text, value) {
			t.Errorf("%s: %s\n%v", name, n.Text, n.Args)
		}
		for i := range n.Args {
			if !strings.Contains(n.Text, fmt.Sprintf(`"?%d"`, i+1)) {
				t.Errorf("%s: no mark of argument %d in %s", name, i+1, n.Text)
			}
		}
		for _, line := range lines {
			list, ok := strings.CutPrefix(strings.TrimSuffix(line, ")"), "db.c.aggregate(")
			var p struct{ Stages []bson.D }
			if err := bson.UnmarshalExtJSON([]byte(`{"stages":`+list+`}`), false, &p); !ok || err != nil || len(p.Stages) == 0 {
				t.Errorf("%s: %v: %s", name, err, line)
			}
		}
	}
}
