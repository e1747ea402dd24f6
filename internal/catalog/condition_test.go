package catalog

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

func dims() map[string]*Dimension {
	out := map[string]*Dimension{}
	for name, typ := range map[string]query.Type{
		"channel": query.String, "replies": query.Int, "score": query.Float, "done": query.Bool, "at": query.Time,
	} {
		out[name] = &Dimension{Name: name, Field: query.Field{Column: name, Type: typ}}
	}
	out["tags"] = &Dimension{Name: "tags", Field: query.Field{Column: "tags", Type: query.String, Multi: true}}
	return out
}

func TestCondition(t *testing.T) {
	t.Parallel()
	d := dims()
	cmpr := func(name string, op query.Op, values ...any) query.Filter { return compare(d[name], op, values...) }
	for src, want := range map[string]query.Filter{
		`channel == "a"`:                      cmpr("channel", query.Eq, "a"),
		`"a" != channel`:                      cmpr("channel", query.Ne, "a"),
		`3 < replies`:                         cmpr("replies", query.Gt, int64(3)),
		`replies >= -2`:                       cmpr("replies", query.Gte, int64(-2)),
		`score < -0.05`:                       cmpr("score", query.Lt, -0.05),
		`score == 0`:                          cmpr("score", query.Eq, 0.0),
		`done`:                                cmpr("done", query.Eq, true),
		`!done`:                               query.Not{Of: cmpr("done", query.Eq, true)},
		`has(score)`:                          cmpr("score", query.Exists),
		`score != null`:                       cmpr("score", query.Exists),
		`score == null`:                       cmpr("score", query.NotExists),
		`channel in ["a", "b"]`:               cmpr("channel", query.In, "a", "b"),
		`"x" in tags`:                         cmpr("tags", query.Eq, "x"),
		`channel.contains("a")`:               cmpr("channel", query.Contains, "a"),
		`channel.startsWith("a")`:             cmpr("channel", query.Prefix, "a"),
		`done && score > 1 && channel == "a"`: query.And{cmpr("done", query.Eq, true), cmpr("score", query.Gt, 1.0), cmpr("channel", query.Eq, "a")},
		`done || (score > 1 && done)`: query.Or{cmpr("done", query.Eq, true),
			query.And{cmpr("score", query.Gt, 1.0), cmpr("done", query.Eq, true)}},
		`at < timestamp("2002-01-01T03:00:00+03:00")`: cmpr("at", query.Lt, time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)),
	} {
		got, x := compileCondition(src, d)
		if len(x.errs) > 0 {
			t.Errorf("%s: %v", src, x.errs)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", src, diff)
		}
	}
}

func TestConditionFaults(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`channel`:                        "not a condition",
		`channel == replies`:             "a literal is expected",
		`1 == 1`:                         "a dimension is expected",
		`done < true`:                    "no order",
		`score > null`:                   "no order",
		`replies > 3.5`:                  "cannot be compared",
		`channel in []`:                  "needs a list",
		`"a" in channel`:                 "is not a list",
		`replies.contains("a")`:          "works on string",
		`[1].exists(x, x > 0)`:           "not part of the condition language",
		`replies > 99999999999999999999`: "",
		strings.Repeat("(", 200):         "",
	} {
		_, x := compileCondition(src, dims())
		if len(x.errs) == 0 || !strings.Contains(x.errs[0].message, want) {
			t.Errorf("%s: %+v, want %q", src, x.errs, want)
		}
	}
}

func FuzzCondition(f *testing.F) {
	f.Add(`channel in ["a"] && !(score < -1.0) || has(at)`)
	f.Add(`at > timestamp("2002-01-01T00:00:00Z")`)
	f.Fuzz(func(t *testing.T, src string) {
		filter, x := compileCondition(src, dims())
		if filter == nil && len(x.errs) == 0 {
			t.Errorf("%q compiles to nothing without a fault", src)
		}
	})
}
