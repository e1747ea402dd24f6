package object

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// A path pattern is a name with * and ? within a part of the path, and these words in braces: yyyy, mm, dd and hh, the UTC time that
// the rows of an object belong to, and tenant.
//
//	posts/{tenant}/{yyyy}/{mm}/{dd}/*.parquet

// selection is what a pattern selects for one query.
type selection struct {
	// prefixes are listed; match is what a key must look like.
	prefixes []string
	match    *regexp.Regexp
	// unit is the finest part of the time in the pattern, empty for none; dated says that it is a date with all coarser parts.
	unit         query.Calendar
	rng          query.Range
	timed, dated bool
}

// prefixesMost is how many prefixes are listed one by one before their common one is listed instead.
const prefixesMost = 62

var (
	word       = regexp.MustCompile(`\{([a-z]+)\}`)
	safeTenant = regexp.MustCompile(`^[A-Za-z0-9_.:@-]{1,128}$`)
)

// layouts are the time's words, from the coarsest, with their layouts.
//
//nolint:gochecknoglobals // a constant
var layouts = []struct {
	word, layout, digits string
	unit                 query.Calendar
}{
	{"yyyy", "2006", `\d{4}`, query.Yearly}, {"mm", "01", `\d{2}`, query.Monthly}, {"dd", "02", `\d{2}`, query.Daily}, {"hh", "15", `\d{2}`, query.Hourly},
}

// selectPaths resolves a pattern for a query's tenant and range.
func selectPaths(pattern string, q *query.Query) (*selection, error) {
	if path.IsAbs(pattern) || path.Clean(pattern) != pattern || strings.HasPrefix(pattern, "../") || pattern == ".." {
		return nil, badPattern(pattern, "is not a clean relative path")
	}
	if strings.Contains(pattern, "{tenant}") {
		tenant, err := tenantOf(q)
		if err != nil {
			return nil, err
		}
		pattern = strings.ReplaceAll(pattern, "{tenant}", tenant)
	}
	s := &selection{rng: q.Range}
	s.unit, s.dated = unitOf(pattern)
	for _, m := range word.FindAllStringSubmatch(pattern, -1) {
		known := false
		for _, l := range layouts {
			known = known || l.word == m[1]
		}
		if !known {
			return nil, badPattern(pattern, "names {"+m[1]+"}, which is none of tenant, yyyy, mm, dd and hh")
		}
	}
	s.timed = s.unit != "" && q.Time != nil
	s.match = matcher(pattern)
	s.prefixes = s.prefixesOf(pattern)
	return s, nil
}

// unitOf returns the finest part of the time that a pattern has, and whether all coarser ones are there.
func unitOf(pattern string) (unit query.Calendar, dated bool) {
	dated = true
	for i, l := range layouts {
		if strings.Contains(pattern, "{"+l.word+"}") {
			dated = dated && (i == 0 || unit == layouts[i-1].unit)
			unit = l.unit
		}
	}
	return unit, dated && unit != ""
}

func badPattern(pattern, why string) error {
	return fault.New(fault.Permanent, "source_schema", "the dataset's path pattern cannot be used", fmt.Errorf("object: pattern %q %s", pattern, why))
}

// tenantOf returns the tenant as a part of a path: a name that cannot lead anywhere else.
func tenantOf(q *query.Query) (string, error) {
	if q.Tenant == nil || len(q.Tenant.Values) != 1 {
		return "", badPattern("{tenant}", "needs a dataset with a tenant")
	}
	name := fmt.Sprint(q.Tenant.Values[0])
	if !safeTenant.MatchString(name) || strings.Trim(name, ".") == "" {
		return "", fault.New(fault.Reject, "bad_value", "the tenant's name cannot be a part of a path", nil)
	}
	return name, nil
}

// matcher returns the expression of a pattern, whose named groups are the parts of the time.
func matcher(pattern string) *regexp.Regexp {
	text := regexp.QuoteMeta(pattern)
	text = strings.NewReplacer(`\*`, `[^/]*`, `\?`, `[^/]`).Replace(text)
	for _, l := range layouts {
		quoted := regexp.QuoteMeta("{" + l.word + "}")
		text = strings.Replace(text, quoted, "(?P<"+l.word+">"+l.digits+")", 1)
		text = strings.ReplaceAll(text, quoted, l.digits)
	}
	return regexp.MustCompile("^" + text + "$")
}

// prefixesOf returns what to list: one prefix for each unit of the range where they are few, else the part before the first
// word or wildcard.
func (s *selection) prefixesOf(pattern string) []string {
	static := func(p string) string {
		if i := strings.IndexAny(p, "{*?"); i >= 0 {
			return p[:i]
		}
		return p
	}
	if !s.timed {
		return []string{static(pattern)}
	}
	var out []string
	for at := s.unit.Start(s.rng.From); at.Before(s.rng.To); at = s.unit.Add(at, 1) {
		p := pattern
		for _, l := range layouts {
			p = strings.ReplaceAll(p, "{"+l.word+"}", at.Format(l.layout))
		}
		if out = append(out, static(p)); len(out) > prefixesMost {
			return []string{static(pattern)}
		}
	}
	return out
}

// wants says whether the object of a key may hold rows of the range.
func (s *selection) wants(key string) bool {
	m := s.match.FindStringSubmatch(key)
	if m == nil {
		return false
	}
	if !s.timed || !s.dated {
		return true // better one object too many
	}
	layout, text := "", ""
	for _, l := range layouts {
		if i := s.match.SubexpIndex(l.word); i >= 0 {
			layout, text = layout+l.layout+" ", text+m[i]+" "
		}
	}
	from, err := time.Parse(layout, text)
	if err != nil {
		return true // not a date
	}
	return from.Before(s.rng.To) && s.unit.Add(from, 1).After(s.rng.From)
}
