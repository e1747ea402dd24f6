package mongodb_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/mongodb"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// count asks how many documents of a collection a filter keeps.
func count(t *testing.T, s *mongodb.Source, table string, where query.Filter) int64 {
	t.Helper()
	r, err := s.Query(t.Context(), &query.Query{
		Dataset: "d", Relation: query.Relation{Table: table}, Where: where, MaxRows: 10,
		Measures: []query.Measure{{Name: "n", Agg: query.Count}, {Name: "same", Agg: query.Count, Where: where}},
	})
	if err != nil {
		t.Fatal(err)
	}
	n, _ := r.Frame.At(0).Int(0)
	if same, _ := r.Frame.At(1).Int(0); same != n {
		t.Errorf("%v keeps %d documents as a match and %d as an expression", where, n, same)
	}
	return n
}

// Texts that mean something to the server are only texts.
func TestAttacksAreValues(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	table := collection(t, []any{bson.M{"a": "secret", "n": 1, "l": bson.A{"secret"}}, bson.M{"a": "$a", "n": 2, "l": bson.A{"$a"}}})
	for _, text := range []string{
		`{"$ne": null}`, `{"$gt": ""}`, `$ne`, `$where`, `this.a == this.a`, `'; return true; //`, `{$where: "sleep(1000)"}`, `.*`, `^`, `s.cret`, `(secret`, `[`, `\`,
		`$$ROOT`, `$$NOW`, `$n`, `$a.b`, `$`, "a\x00b", `{"$regex": ".*"}`, `{"$oid": "5f0000000000000000000000"}`, `null`, `true`, `1`, "secret\x00",
		`$expr`, `$function`, `{"$literal": 1}`, `"`, `'`, `/secret/`, `\u0024ne`, `%24ne`, `secret" }`, `*/ 1 /*`, `$where: 1`, `||1==1`,
	} {
		for _, multi := range []bool{false, true} {
			f := query.Field{Column: "a", Type: query.String}
			if multi {
				f = query.Field{Column: "l", Type: query.String, Multi: true}
			}
			for _, op := range []query.Op{query.Eq, query.In, query.Contains, query.Prefix} {
				want := int64(0)
				if text == "$" && (op == query.Contains || op == query.Prefix) {
					want = 1 // the second document holds it
				}
				if n := count(t, s, table, query.Compare{Field: f, Op: op, Values: []any{text}}); n != want {
					t.Errorf("%s %q on %s finds %d", op, text, f.Column, n)
				}
			}
		}
	}
	own := query.Compare{Field: query.Field{Column: "a", Type: query.String}, Op: query.Eq, Values: []any{"$a"}}
	if n := count(t, s, table, own); n != 1 {
		t.Errorf("a value with a dollar sign is found %d times", n)
	}
}

// However a time is kept, the same rows are in the range, under the same hours.
func TestStoragesOfTime(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	instants := []time.Time{
		time.Date(2002, 3, 30, 22, 30, 0, 0, time.UTC), time.Date(2002, 3, 31, 0, 30, 0, 0, time.UTC),
		time.Date(2002, 3, 31, 1, 30, 0, 0, time.UTC), time.Date(2002, 3, 31, 22, 30, 0, 0, time.UTC),
	}
	clock := func(at time.Time) time.Time {
		l := at.In(berlin)
		return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC)
	}
	for storage, c := range map[string]struct {
		zone string
		keep func(at time.Time) any
	}{
		"timestamptz": {"", func(at time.Time) any { return at }},
		"timestamp":   {"Europe/Berlin", func(at time.Time) any { return clock(at) }},
		"epoch_s":     {"", func(at time.Time) any { return at.Unix() }},
		"epoch_ms":    {"", func(at time.Time) any { return at.UnixMilli() }},
	} {
		var documents []any
		for _, at := range instants {
			documents = append(documents, bson.M{"at": c.keep(at)})
		}
		r, err := s.Query(t.Context(), &query.Query{
			Dataset: "d", Relation: query.Relation{Table: collection(t, documents)}, MaxRows: 10,
			Time:   &query.TimeField{Column: "at", Storage: storage, Zone: c.zone},
			Range:  query.Range{From: instants[1], To: instants[3]},
			Groups: []query.Group{{Name: "hour", Field: query.Field{Column: "at", Type: query.Time}, Part: query.Hour, Storage: storage, Zone: c.zone}},
			Measures: []query.Measure{
				{Name: "n", Agg: query.Count}, {Name: "last", Agg: query.Max, Field: query.Field{Column: "at", Type: query.Time}, Storage: storage, Zone: c.zone},
			},
		})
		if err != nil {
			t.Fatalf("%s: %v", storage, err)
		}
		for i, want := range []time.Time{instants[1], instants[2]} {
			if i >= r.Frame.Rows() || r.Frame.At(0).Value(i) != int64(want.Hour()) || r.Frame.At(2).Value(i) != want {
				t.Fatalf("%s: row %d of %d is not that of %v", storage, i, r.Frame.Rows(), want)
			}
		}
	}
}

func TestServerThatIsAway(t *testing.T) {
	t.Parallel()
	const secret = "swordfish"
	s := opened(t, func(c *mongodb.Config) {
		c.URL = "mongodb://user:" + secret + "@127.0.0.1:1/?serverSelectionTimeoutMS=200"
	})
	_, err := s.Query(t.Context(), &query.Query{Dataset: "d", Relation: query.Relation{Table: "c"}, Measures: []query.Measure{{Name: "n", Agg: query.Count}}})
	for _, err := range []error{err, s.Ping(t.Context())} {
		if fault.ClassOf(err) != fault.Transient || strings.Contains(err.Error(), secret) {
			t.Errorf("%v", err)
		}
	}
	if _, err := mongodb.Open(t.Context(), mongodb.Config{URL: "http://user:" + secret + "@host"}); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("a bad URL: %v", err)
	}
}

// The work on the server ends with the deadline that it is told, also where a request is given up before: MongoDB itself ends at
// once what a closed connection has asked for, as TestCancelClosesTheConnection has it; other servers of its protocol may not.
func TestTheEndOfARequestEndsTheWorkOnTheServer(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	documents := make([]any, 1500)
	for i := range documents {
		documents[i] = bson.M{"t": strings.Repeat("x", 5000)}
	}
	table := collection(t, documents)
	// It takes a minute and more, if nobody stops it.
	or := query.Or{}
	for i := range 3000 {
		or = append(or, query.Compare{Field: of("t", query.String), Op: query.Contains, Values: []any{strings.Repeat("x", 500) + fmt.Sprint("y", i)}})
	}
	slow := measuring(query.Measure{Name: "n", Agg: query.Count})
	slow.Relation.Table, slow.Where = table, or
	for _, class := range []fault.Class{fault.Timeout, fault.Canceled} {
		seen := false
		for limit := 2 * time.Second; !seen && limit < time.Minute; limit *= 2 { // a busy server may not have begun by then
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			ended := make(chan error, 1)
			go func() {
				_, err := s.Query(ctx, slow)
				ended <- err
			}()
			for !seen && ctx.Err() == nil {
				seen = worksOn(t, table)
			}
			if class == fault.Canceled {
				cancel()
			}
			err := <-ended
			if class == fault.Canceled && fault.ClassOf(err) == fault.Timeout {
				seen = false // the cancel came after the deadline
			}
			if fault.ClassOf(err) != class && seen {
				t.Errorf("%v: %v", class, err)
			}
			cancel()
		}
		if !seen {
			t.Errorf("%v: the server is never seen to work: nothing is proved", class)
		}
		for begin := time.Now(); worksOn(t, table); {
			if time.Since(begin) > 40*time.Second {
				t.Fatalf("%v: the server works on", class)
			}
		}
	}
	if n := count(t, s, table, nil); n != 1500 {
		t.Errorf("afterwards: %d", n)
	}
}

// worksOn says whether the server has an operation on a collection under way.
func worksOn(t *testing.T, table string) bool {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(testenv.MongoDB(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(t.Context())) }()
	var out struct {
		Operations []bson.Raw `bson:"inprog"`
	}
	if err := client.Database("admin").RunCommand(t.Context(), bson.D{{Key: "currentOp", Value: 1}}).Decode(&out); err != nil {
		t.Fatalf("the server does not tell what it works on: %v", err)
	}
	return slices.ContainsFunc(out.Operations, func(o bson.Raw) bool {
		active, _ := o.Lookup("active").BooleanOK()
		return active && strings.Contains(o.String(), table)
	})
}

func TestExplainWarnsWhereNoIndexServes(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	for _, indexed := range []bool{false, true} {
		var keys []string
		if indexed {
			keys = []string{"at"}
		}
		q := &query.Query{Dataset: "d", Relation: query.Relation{Table: collection(t, []any{bson.M{"at": time.Now()}}, keys...)},
			Time: &query.TimeField{Column: "at"}, Range: query.Range{To: time.Now()}, Measures: []query.Measure{{Name: "n", Agg: query.Count}}}
		n, err := s.Explain(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if warned := strings.Contains(strings.Join(n.Notes, "\n"), "no index"); warned == indexed {
			t.Errorf("indexed %t: notes %q", indexed, n.Notes)
		}
	}
}
