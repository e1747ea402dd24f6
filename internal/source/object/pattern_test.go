package object

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

func asking(tenant any, from, to string) *query.Query {
	at := func(s string) time.Time {
		t, _ := time.Parse("2006-01-02T15", s)
		return t
	}
	q := &query.Query{Time: &query.TimeField{Column: "at"}, Range: query.Range{From: at(from), To: at(to)}}
	if tenant != nil {
		q.Tenant = &query.Compare{Op: query.Eq, Values: []any{tenant}}
	}
	return q
}

func TestPatternSelectsByTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, from, to string
		prefixes          []string
		yes, no           []string
	}{
		{"a/{yyyy}/{mm}/*.csv", "2002-01-31T23", "2002-02-01T00", []string{"a/2002/01/"}, []string{"a/2002/01/x.csv"}, []string{"a/2002/02/x.csv", "a/2002/01/y/x.csv", "a/2002/01/x.json", "b/a/2002/01/x.csv"}},
		{"a/{yyyy}/{mm}/*.csv", "2002-01-31T23", "2002-02-01T01", []string{"a/2002/01/", "a/2002/02/"}, []string{"a/2002/01/x.csv", "a/2002/02/x.csv"}, []string{"a/2001/12/x.csv"}},
		{"dt={yyyy}-{mm}-{dd}/h={hh}.json", "2002-03-30T22", "2002-03-31T01", []string{"dt=2002-03-30/h=22.json", "dt=2002-03-30/h=23.json", "dt=2002-03-31/h=00.json"}, []string{"dt=2002-03-30/h=23.json"}, []string{"dt=2002-03-30/h=21.json", "dt=2002-03-31/h=01.json"}},
		{"{yyyy}/{mm}/{dd}.csv", "2002-01-01T00", "2004-01-01T00", []string{""}, []string{"2002/05/05.csv", "2003/12/31.csv"}, []string{"2004/01/01.csv", "2001/12/31.csv"}},
		{"y{yyyy}.csv", "2002-01-01T00", "2002-01-01T00", nil, nil, []string{"y2002.csv"}},
		{"all/?.csv", "2002-01-01T00", "2003-01-01T00", []string{"all/"}, []string{"all/x.csv"}, []string{"all/xy.csv", "all/.csv", "all//.csv"}},
		{"a.b+c/x.csv", "2002-01-01T00", "2003-01-01T00", []string{"a.b+c/x.csv"}, []string{"a.b+c/x.csv"}, []string{"aXb+c/x.csv"}},
		{"{yyyy}/{dd}.csv", "2002-05-30T22", "2002-06-01T00", []string{"2002/30.csv", "2002/31.csv"}, []string{"2002/30.csv", "2002/31.csv"}, []string{"2002/05/30.csv"}},
		{"{yyyy}/{yyyy}-{mm}.csv", "2002-01-01T00", "2002-02-01T00", []string{"2002/2002-01.csv"}, []string{"2002/2002-01.csv"}, []string{"2002/2002-02.csv"}},
	} {
		s, err := selectPaths(c.pattern, asking(nil, c.from, c.to))
		if err != nil {
			t.Fatalf("%s: %v", c.pattern, err)
		}
		if !slices.Equal(s.prefixes, c.prefixes) {
			t.Errorf("%s: lists %q, want %q", c.pattern, s.prefixes, c.prefixes)
		}
		for _, key := range c.yes {
			if !s.wants(key) {
				t.Errorf("%s does not want %s", c.pattern, key)
			}
		}
		for _, key := range c.no {
			if s.wants(key) {
				t.Errorf("%s wants %s", c.pattern, key)
			}
		}
	}
}

// A tenant is a part of the path, and cannot be more.
func TestTenantCannotLeaveItsPath(t *testing.T) {
	t.Parallel()
	s, err := selectPaths("t/{tenant}/*.csv", asking("acme-1", "2002-01-01T00", "2003-01-01T00"))
	if err != nil || !s.wants("t/acme-1/x.csv") || s.wants("t/other/x.csv") || s.prefixes[0] != "t/acme-1/" {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, tenant := range []string{
		"", ".", "..", "../x", "a/b", "/", `\`, "a\x00b", "*", "?", "{yyyy}", "[a]", "a%2fb", "a b", "a\nb", "ü", "..;", strings.Repeat("x", 200), "$(id)", "a'b", `a"b`,
	} {
		if _, err := selectPaths("t/{tenant}/*.csv", asking(tenant, "2002-01-01T00", "2003-01-01T00")); fault.ClassOf(err) != fault.Reject {
			t.Errorf("%q: %v", tenant, err)
		}
	}
	for _, pattern := range []string{"t/{tenant}/x.csv", "/abs", "../x", "a/../b", "a//b", "{month}/x", "a/./b"} {
		if _, err := selectPaths(pattern, asking(nil, "2002-01-01T00", "2003-01-01T00")); fault.ClassOf(err) != fault.Permanent {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}
