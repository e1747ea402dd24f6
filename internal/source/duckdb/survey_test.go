package duckdb_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
)

// visits is a file of 30,000 rows over some days of 1969 and 1970, imported when it is asked; the table "plain" has the same rows, and nothing else.
func visits(t *testing.T, rng *rand.Rand) (s *duckdb.Source, relations [2]query.Relation) {
	t.Helper()
	root := t.TempDir()
	places := []string{"Oslo", "L'Aquila", `"quoted"`, "Ürümqi", "oslo", ""}
	var lines strings.Builder
	lines.WriteString("at;place;delay;weight;steps\n")
	for range 30_000 {
		at := time.Unix(rng.Int64N(10*86400)-5*86400, 0).UTC().Format("2006-01-02 15:04:05")
		place, delay := strings.ReplaceAll(places[rng.IntN(len(places))], `"`, `""`), fmt.Sprint(rng.IntN(300)-100)
		if place != "" {
			place = `"` + place + `"`
		}
		if rng.IntN(20) == 0 {
			delay = ""
		}
		fmt.Fprintf(&lines, "%s;%s;%s;%d.5;%d\n", at, place, delay, rng.IntN(1000), rng.IntN(1<<40))
	}
	path := filepath.Join(root, "visits.csv")
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := duckdb.Open(t.Context(), duckdb.Config{DataRoot: root})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Exec(t.Context(), "CREATE TABLE plain AS SELECT * FROM read_csv(['"+path+"'])"); err != nil {
		t.Fatal(err)
	}
	return s, [2]query.Relation{{Files: []string{"visits.csv"}, Format: "csv"}, {Table: "plain"}}
}

// question is a random one of the kinds that are made of sums, and of some that are not.
func question(rng *rand.Rand) *query.Query {
	at := query.Field{Column: "at", Type: query.Time}
	place, delay := query.Field{Column: "place", Type: query.String}, query.Field{Column: "delay", Type: query.Int}
	weight, steps := query.Field{Column: "weight", Type: query.Float}, query.Field{Column: "steps", Type: query.Int} // each row has steps, of which there are many
	late := query.Compare{Field: delay, Op: query.Gte, Values: []any{int64(15)}}
	there := query.Compare{Field: place, Op: query.In, Values: []any{"Oslo", "nowhere"}}
	step := []time.Duration{15 * time.Minute, time.Hour, time.Hour, 24 * time.Hour, 7 * time.Minute, 48 * time.Hour}[rng.IntN(6)]
	from := time.Unix(-4*86400, 0).UTC().Add(time.Duration(rng.IntN(48)) * time.Hour).Truncate(step)
	edges, unlike := []time.Time{from}, rng.IntN(2)
	for range 1 + rng.IntN(12) {
		edges = append(edges, edges[len(edges)-1].Add(step*time.Duration(1+rng.IntN(1+unlike))))
	}
	groups := []query.Group{
		{Name: "p", Field: place},
		{Name: "d", Field: delay},
		{Name: "b", Field: delay, Bins: &query.Bins{Start: -50, Width: 20, Count: 9}},
		{Name: "t", Field: at, Storage: query.StorageTimestamp, Buckets: &query.Buckets{Edges: edges}},
		{Name: "w", Field: at, Storage: query.StorageTimestamp, Part: query.Weekday, Offsets: []query.Offset{{Until: from.Add(24 * time.Hour), Seconds: -3600}, {Seconds: 19800}}},
		{Name: "h", Field: at, Storage: query.StorageTimestamp, Part: query.Hour},
	}
	onTime := query.Binary{Op: "/", Left: query.Ref("late"), Right: query.Ref("all")}
	measures := []query.Measure{
		{Name: "n", Agg: query.Count},
		{Name: "late", Agg: query.Count, Where: late},
		{Name: "there", Agg: query.Count, Where: query.And{there, late}},
		{Name: "known", Agg: query.Count, Field: delay, Where: there},
		{Name: "sum", Agg: query.Sum, Field: delay},
		{Name: "sum_late", Agg: query.Sum, Field: delay, Where: late},
		{Name: "least", Agg: query.Min, Field: delay},
		{Name: "most", Agg: query.Max, Field: place, Where: late},
		{Name: "avg", Agg: query.Avg, Field: delay},
		{Name: "steps", Agg: query.Sum, Field: steps},
		{Name: "stepped", Agg: query.Count, Field: steps},
		{Name: "heaviest", Agg: query.Max, Field: weight},
		{Name: "p90", Agg: query.Percentile, Field: delay, Fraction: .9},
		{Name: "share", Formula: onTime, Inputs: []query.Measure{{Name: "late", Agg: query.Count, Where: late}, {Name: "all", Agg: query.Count}}},
	}
	some := func(n, most int, take func(int)) {
		for _, i := range rng.Perm(n)[:1+rng.IntN(most)] {
			take(i)
		}
	}
	q := &query.Query{
		Dataset: "visits", Time: &query.TimeField{Column: "at", Storage: query.StorageTimestamp}, MaxRows: 20_000,
		Range: query.Range{From: from, To: edges[len(edges)-1]}, Total: rng.IntN(4) == 0,
	}
	some(len(groups), 2, func(i int) { q.Groups = append(q.Groups, groups[i]) })
	some(len(measures), 5, func(i int) { q.Measures = append(q.Measures, measures[i]) })
	if rng.IntN(3) == 0 {
		q.Where = there
	}
	if rng.IntN(3) == 0 {
		q.Limit = 1 + rng.IntN(20)
		q.Order = []query.Order{{Name: q.Measures[0].Name, Desc: true}}
	}
	return q
}

// TestSumsAnswerAsRowsDo asks an import, whose columns of few values are added up first, and a table of the same rows, of which nothing is known.
func TestSumsAnswerAsRowsDo(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	s, relations := visits(t, rng)
	summed := 0
	for i := range 600 {
		q := question(rng)
		var said [2]*frame.Frame
		for j, r := range relations {
			of := *q
			of.Relation = r
			got, err := s.Query(t.Context(), &of)
			if err != nil {
				t.Fatalf("question %d of %v: %v", i, r, err)
			}
			said[j] = got.Frame
			if native, err := s.Explain(t.Context(), &of); err != nil {
				t.Fatal(err)
			} else if strings.Contains(native.Text, "__rows") {
				summed++
			}
		}
		if a, b := shown(said[0]), shown(said[1]); a != b {
			of := *q
			of.Relation = relations[0]
			native, _ := s.Explain(t.Context(), &of)
			t.Fatalf("question %d: %s\n%s %v", i, firstDifference(a, b), native.Text, native.Args)
		}
	}
	if summed < 150 {
		t.Errorf("%d of 600 questions were asked of sums", summed)
	}
}

func firstDifference(sums, rows string) string {
	x, y := strings.Split(sums, "\n"), strings.Split(rows, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("row %d: of sums %s, of rows %s", i, x[i], y[i])
		}
	}
	return fmt.Sprintf("%d rows of sums, %d of rows", len(x), len(y))
}

func shown(f *frame.Frame) string {
	var b strings.Builder
	for row := range f.Rows() {
		for i := range f.Fields() {
			fmt.Fprint(&b, f.At(i).Value(row), "|")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestColumnsOfAnImportAreHidden has SQL of the catalog see the columns of the files, and nothing else.
func TestColumnsOfAnImportAreHidden(t *testing.T) {
	t.Parallel()
	s, relations := visits(t, rand.New(rand.NewPCG(3, 4)))
	for _, r := range relations {
		r.Native = &query.Native{Text: "SELECT count(*) AS n FROM (UNPIVOT (SELECT COLUMNS(*)::VARCHAR FROM rows LIMIT 1) ON COLUMNS(*) INTO NAME k VALUE v)"}
		q := &query.Query{Dataset: "visits", Relation: r, Rows: true, MaxRows: 10, Select: []query.Column{{Name: "n", Field: query.Field{Column: "n", Type: query.Int}}}}
		if r.Files != nil { // imported by a question of its own
			imported := *q
			imported.Relation.Native, imported.Rows, imported.Select = nil, false, nil
			imported.Time = &query.TimeField{Column: "at", Storage: query.StorageTimestamp}
			imported.Range = query.Range{From: time.Unix(0, 0).UTC(), To: time.Unix(86400, 0).UTC()}
			imported.Measures = []query.Measure{{Name: "n", Agg: query.Count}}
			count(t, s, &imported)
		}
		if n := count(t, s, q); n < 3 || n > 5 { // what is null is left out
			t.Errorf("%v has %d columns", r, n)
		}
	}
}
