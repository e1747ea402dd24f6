package rollup

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Pairs have the numbers in which they come, looked up in a table or in a map, and when one takes the place of the other.
func TestPairsAreNumbered(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for name, most := range map[string]int32{"close together": 20, "far apart": 100_000, "ever further": 0} {
		var p pairs
		known, rows, sparse := make(map[[2]int32]int32), 0, false
		for part := range int32(12) {
			bound := most
			if most == 0 {
				bound = 8 << part
			}
			before, codes := make([]int32, 300), make([]int32, 300)
			for i := range before {
				within := bound
				if i%2 == 0 {
					within = min(bound, 8) // which comes again and again
				}
				before[i], codes[i] = random.Int32N(within), random.Int32N(within)
			}
			want := make([]int32, len(before))
			for i, n := range before {
				pair := [2]int32{n, codes[i]}
				if _, ok := known[pair]; !ok {
					known[pair] = int32(len(known))
				}
				want[i] = known[pair]
			}
			rows += len(before)
			if count := p.number(before, codes, int(bound), int(bound), rows); count != len(known) || !reflect.DeepEqual(before, want) {
				t.Fatalf("%s, part %d: %d pairs, want %d", name, part, count, len(known))
			}
			if sparse = p.sparse != nil; most == 0 && part == 0 && sparse {
				t.Error("a map from the beginning")
			}
		}
		if sparse != (most != 20) {
			t.Errorf("%s: a map %v", name, sparse)
		}
	}
}

// Whatever a group is described by makes another group of it, but for its name; what holds of its clock beyond the range makes none.
func TestGroupsAreTheSame(t *testing.T) {
	t.Parallel()
	day := func(d int) time.Time { return time.Date(2024, 3, d, 0, 0, 0, 0, time.UTC) }
	over := query.Range{From: day(1), To: day(20)}
	group := func() *query.Group {
		return &query.Group{
			Field: query.Field{Column: "at", Type: query.Time}, Part: query.Hour, Offsets: []query.Offset{{Until: day(10), Seconds: 3600}, {Seconds: 7200}},
			Buckets: &query.Buckets{Edges: []time.Time{day(1), day(2)}}, Bins: &query.Bins{Start: 1, Width: 2, Count: 3}, Storage: query.StorageTimestamp, Zone: "UTC",
		}
	}
	others := map[string]func(*query.Group){
		"Field":   func(g *query.Group) { g.Field.Multi = true },
		"Part":    func(g *query.Group) { g.Part = query.Weekday },
		"Offsets": func(g *query.Group) { g.Offsets[0].Seconds++ },
		"Buckets": func(g *query.Group) { g.Buckets.Edges[1] = day(3) },
		"Bins":    func(g *query.Group) { g.Bins.Width++ },
		"Storage": func(g *query.Group) { g.Storage = "" },
		"Zone":    func(g *query.Group) { g.Zone = "Europe/Berlin" },
	}
	for field := range reflect.TypeFor[query.Group]().Fields() {
		a, b := group(), group()
		if b.Name = "another"; !same(a, b, over) || !same(b, a, over) {
			t.Fatal("a group is not the same as itself")
		}
		change := others[field.Name]
		if change == nil {
			if field.Name != "Name" {
				t.Errorf("nobody says whether %s makes another group", field.Name)
			}
			continue
		}
		if change(b); same(a, b, over) || same(b, a, over) {
			t.Errorf("%s makes no other group", field.Name)
		}
		b = group()
		if v := reflect.ValueOf(b).Elem().FieldByIndex(field.Index); v.Kind() == reflect.Pointer {
			if v.SetZero(); same(a, b, over) || same(b, a, over) {
				t.Errorf("no %s makes no other group", field.Name)
			}
		}
	}
	a, b := group(), group()
	if b.Offsets = append(b.Offsets[:1], query.Offset{Until: day(25), Seconds: 7200}, query.Offset{Seconds: 3600}); !same(a, b, over) {
		t.Error("a clock that is changed later makes another group")
	}
}
