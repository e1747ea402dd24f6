package mongodb_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// An approximate percentile stands among the values where the documented bound lets it, in every group and over all.
func TestApproximatePercentiles(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(4, 7)) //nolint:gosec // a test's data
	values := make(map[string][]float64)
	var documents []any
	for i := range 20_000 {
		group := fmt.Sprint("g", i%3)
		v := math.Exp(3 * random.NormFloat64())
		if i%7 == 0 {
			v = 1 // many alike
		}
		documents = append(documents, bson.M{"group": group, "v": v})
		values[group] = append(values[group], v)
		values["all"] = append(values["all"], v)
		if i%10 == 0 {
			documents = append(documents, bson.M{"group": group, "v": nil}, bson.M{"group": "none"})
		}
	}
	for _, list := range values {
		slices.Sort(list)
	}
	s, relation := opened(t, nil), query.Relation{Table: collection(t, documents)}
	fractions := []float64{0.001, 0.05, 0.5, 0.9, 0.99, 0.999}
	ask := func(groups ...query.Group) {
		t.Helper()
		q := &query.Query{Dataset: "d", Relation: relation, Groups: groups, MaxRows: 100}
		for i, f := range fractions {
			m := query.Measure{Name: fmt.Sprint("p", i), Agg: query.Percentile, Field: query.Field{Column: "v", Type: query.Float}, Fraction: f, Approximate: true}
			q.Measures = append(q.Measures, m)
		}
		r, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Approximate {
			t.Error("the result does not say that it is approximate")
		}
		for row := range r.Frame.Rows() {
			group := "all"
			if len(groups) > 0 {
				group, _ = r.Frame.At(0).Value(row).(string)
			}
			for i, f := range fractions {
				got := r.Frame.At(len(groups) + i).Value(row)
				list := values[group]
				if list == nil {
					if got != nil {
						t.Errorf("%s: %v of no values", group, got)
					}
					continue
				}
				v, ok := got.(float64)
				below, _ := slices.BinarySearch(list, v)
				upTo, _ := slices.BinarySearch(list, math.Nextafter(v, math.Inf(1)))
				n, slack := float64(len(list)), query.ApproximateRank*float64(len(list))
				if !ok || float64(below) > f*n+slack || float64(upTo) < f*n-slack {
					t.Errorf("%s: the value at %g is %v, which is at %d–%d of %g", group, f, got, below, upTo, n)
				}
			}
		}
	}
	ask()
	ask(query.Group{Name: "group", Field: query.Field{Column: "group", Type: query.String}})
}
