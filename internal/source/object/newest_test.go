package object_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/object"
)

// daysOfRows puts an object for each of 40 days, with 400 rows, four of them at each instant. Those of 20 days in the middle are all "common".
func daysOfRows(t *testing.T, b *bucket, format string) {
	t.Helper()
	var putting sync.WaitGroup
	for day := range 40 {
		at := start.AddDate(0, 0, day)
		selecting := fmt.Sprintf(`SELECT TIMESTAMP '%s' + to_seconds(864 * (i // 4)) AS at, %d + (i * 7) %% 400 AS id,
			CASE WHEN (%d < 12 OR %d > 32) AND i %% 100 = 3 THEN 'rare' ELSE 'common' END AS kind FROM range(400) t(i)`, at.Format(time.DateTime), day*400, day, day)
		options := map[string]string{"parquet": "FORMAT parquet", "csv": "FORMAT csv, HEADER"}[format]
		data := export(t, selecting, options)
		putting.Go(func() { b.put(at.Format("d/2006/01/02/")+"x."+format, data) })
	}
	putting.Wait()
}

// Of the newest rows the answer is that of the whole range, and no objects are read behind them.
func TestNewestRows(t *testing.T) {
	t.Parallel()
	kind := query.Field{Column: "kind", Type: query.String}
	rare := query.Compare{Field: kind, Op: query.Eq, Values: []any{"rare"}}
	feed := func(format string, change func(*query.Query)) *query.Query {
		q := &query.Query{
			Dataset: "d", Relation: query.Relation{Files: []string{"d/{yyyy}/{mm}/{dd}/*." + format}, Format: format}, Rows: true, MaxRows: 10_000, Limit: 6,
			Time:   &query.TimeField{Column: "at", Storage: query.StorageTimestamp},
			Range:  query.Range{From: start.AddDate(0, 0, 3).Add(7 * time.Hour), To: start.AddDate(0, 0, 39).Add(13 * time.Hour)},
			Select: []query.Column{{Name: "at", Field: query.Field{Column: "at", Type: query.Time}}, {Name: "id", Field: query.Field{Column: "id", Type: query.Int}}, {Name: "kind", Field: kind}},
			Order:  []query.Order{{Name: "at", Desc: true}},
		}
		change(q)
		return q
	}
	cases := map[string]struct {
		change func(*query.Query)
		most   int // objects read
	}{
		"the newest":                     {func(*query.Query) {}, 1},
		"the oldest":                     {func(q *query.Query) { q.Order[0].Desc = false }, 1},
		"ties of which some are left":    {func(q *query.Query) { q.Limit = 5 }, 1},
		"then by number, from the other": {func(q *query.Query) { q.Limit, q.Order = 7, append(q.Order, query.Order{Name: "id", Desc: true}) }, 1},
		"a later page":                   {func(q *query.Query) { q.Offset = 1000 }, 4},
		"a filter":                       {func(q *query.Query) { q.Where = rare }, 4},
		"a filter that leaves too few":   {func(q *query.Query) { q.Where, q.Limit = rare, 100 }, 37},
		"without doubles":                {func(q *query.Query) { q.Distinct, q.Limit = []string{"kind"}, 2 }, 4},
		"after the last row":             {func(q *query.Query) { q.Range.To = start.AddDate(0, 0, 50) }, 6},
		"none at all":                    {func(q *query.Query) { q.Where = query.Or{} }, 37},
		"by another column":              {func(q *query.Query) { q.Order = []query.Order{{Name: "id", Desc: true}} }, 37},
		"cut by the bound on rows":       {func(q *query.Query) { q.MaxRows = 3 }, 1},
	}
	for _, format := range []string{"parquet", "csv"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			b := newBucket(t, servers()["minio"](t))
			daysOfRows(t, b, format)
			whole := b.source(nil)
			for name, c := range cases {
				reading := &reads{keys: make(map[string]bool)}
				s := b.source(func(cfg *object.Config) { cfg.Transport = tampering{reading.note} })
				got, err := s.Query(t.Context(), feed(format, c.change))
				if err != nil {
					t.Fatal(name, err)
				}
				all := feed(format, c.change)
				all.Total = true // which reads everything
				want, err := whole.Query(t.Context(), all)
				if err != nil {
					t.Fatal(name, err)
				}
				if a, b := lines(got), lines(want); !slices.Equal(a, b) || got.Truncated != want.Truncated {
					t.Errorf("%s:\ngot  %v\nwant %v", name, a, b)
				}
				if n := len(reading.keys); n == 0 || n > c.most {
					t.Errorf("%s: %d objects were read, at most %d are needed", name, n, c.most)
				}
			}
		})
	}
}

// reads notes the objects that are read.
type reads struct {
	mu   sync.Mutex
	keys map[string]bool
}

func (r *reads) note(req *http.Request, _ *http.Response) {
	if req.Header.Get("Range") != "" {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.keys[req.URL.Path] = true
	}
}

func lines(r *source.Result) []string {
	out := make([]string, r.Frame.Rows())
	for i := range out {
		out[i] = fmt.Sprint(r.Frame.At(0).Value(i), r.Frame.At(1).Value(i), r.Frame.At(2).Value(i))
	}
	return out
}

// What a large object of a long unit takes is what its newest row groups take.
func TestNewestRowsOfALargeObject(t *testing.T) {
	t.Parallel()
	b := newBucket(t, servers()["minio"](t))
	data := wide(t) // nine months
	b.put("wide/2002/x.parquet", data)
	q := &query.Query{
		Dataset: "wide", Relation: query.Relation{Files: []string{"wide/{yyyy}/*.parquet"}, Format: "parquet"}, MaxRows: 100, Limit: 20, Rows: true,
		Time: &query.TimeField{Column: "at", Storage: "timestamp"}, Range: query.Range{From: start, To: start.AddDate(1, 0, 0)},
		Select: []query.Column{{Name: "at", Field: query.Field{Column: "at", Type: query.Time}}, {Name: "n", Field: query.Field{Column: "n", Type: query.Int}}},
		Order:  []query.Order{{Name: "at", Desc: true}},
	}
	var bytes [2]int64
	for i, total := range []bool{false, true} { // a total has everything read
		q.Total = total
		r, err := b.source(nil).Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := r.Frame.At(1).Int(0); n != 399_999 || r.Frame.Rows() != 20 {
			t.Errorf("%d rows from %d on", r.Frame.Rows(), n)
		}
		bytes[i] = r.Stats.Bytes
	}
	if bytes[0] == 0 || bytes[0] > bytes[1]/3 {
		t.Errorf("one of four row groups took %d bytes, all of them %d", bytes[0], bytes[1])
	}
}

// Objects of another time may have columns that the newest ones lack.
func TestNewestObjectsThatLackAColumn(t *testing.T) {
	t.Parallel()
	b := newBucket(t, servers()["minio"](t))
	b.put("d/2002/01/x.csv", []byte("at,n\n2002-01-31 01:00:00,1\n"))
	b.put("d/2002/02/x.csv", []byte("at\n2002-02-01 01:00:00\n2002-02-01 02:00:00\n"))
	q := &query.Query{
		Dataset: "d", Relation: query.Relation{Files: []string{"d/{yyyy}/{mm}/*.csv"}, Format: "csv"}, MaxRows: 100, Limit: 2, Rows: true,
		Time: &query.TimeField{Column: "at", Storage: "timestamp"}, Range: query.Range{From: start, To: start.AddDate(0, 2, 0)},
		Select: []query.Column{{Name: "at", Field: query.Field{Column: "at", Type: query.Time}}, {Name: "n", Field: query.Field{Column: "n", Type: query.Int}}},
		Order:  []query.Order{{Name: "at", Desc: true}},
	}
	r, err := b.source(nil).Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if r.Frame.Rows() != 2 || r.Frame.At(1).Value(0) != nil || !strings.HasPrefix(fmt.Sprint(r.Frame.At(0).Value(0)), "2002-02-01 02:00:00") {
		t.Errorf("%d rows: %v %v", r.Frame.Rows(), r.Frame.At(0).Value(0), r.Frame.At(1).Value(0))
	}
}
