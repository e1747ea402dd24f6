package budget

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// sum is what a page would read.
type sum struct {
	read source.Estimate
	// costs are those that are known.
	costs []cost
	// spared says that the page's queries would read more, if nothing was kept.
	spared bool
}

func total(costs []cost) *sum {
	s := &sum{}
	for _, c := range costs {
		if c.estimate == nil {
			continue
		}
		s.costs = append(s.costs, c)
		s.read.Rows += c.estimate.Rows
		s.read.Bytes += c.estimate.Bytes
		s.read.Parts += c.estimate.Parts
	}
	return s
}

// unit is one of the things that are counted.
type unit struct {
	name        string
	read, bound int64
	of          func(*source.Estimate) int64
}

// beyond says that a page is beyond its budget, and what would make it cheaper; empty where it is within.
func (s *sum) beyond(b catalog.Budget) string {
	for _, u := range []unit{
		{"rows", s.read.Rows, b.Rows, func(e *source.Estimate) int64 { return e.Rows }},
		{"bytes", s.read.Bytes, b.Bytes, func(e *source.Estimate) int64 { return e.Bytes }},
		{"partitions or objects", s.read.Parts, b.Parts, func(e *source.Estimate) int64 { return e.Parts }},
	} {
		if u.bound <= 0 || u.read <= u.bound {
			continue
		}
		beside := ""
		if s.spared {
			beside = " beside what is kept"
		}
		text := fmt.Sprintf("the page would read about %d %s%s, and may read %d", u.read, u.name, beside, u.bound)
		if hints := s.cheaper(u); len(hints) > 0 {
			text += "; cheaper would be " + strings.Join(hints, ", or ")
		}
		return text
	}
	return ""
}

// cheaper says what would bring a page within a bound, or towards it.
func (s *sum) cheaper(u unit) (hints []string) {
	if days := s.fewerDays(u); days > 0 {
		hints = append(hints, fmt.Sprintf("a range of %s", counted(days, "day")))
	}
	var compared int64
	for _, c := range s.costs {
		if !slices.ContainsFunc(c.asked.Answers, func(a engine.Answered) bool { return a.Role != plan.Comparison }) {
			compared += u.of(c.estimate)
		}
	}
	if 4*compared > u.read {
		hints = append(hints, "no comparison")
	}
	if widgets := s.dearest(u); len(widgets) > 0 {
		hints = append(hints, "the page without "+strings.Join(widgets, ", "))
	}
	return append(hints, "a filter that narrows what is read")
}

// fewerDays is how many days of the asked range are within the bound, where what is read grows with it; 0 where that is not known, or is no whole day.
func (s *sum) fewerDays(u unit) int {
	var fixed, growing int64
	var longest float64
	for _, c := range s.costs {
		if !c.estimate.Ranged || c.query.Time == nil || c.partly { // of another range as much may be left, or more
			fixed += u.of(c.estimate)
			continue
		}
		growing += u.of(c.estimate)
		longest = max(longest, c.query.Range.To.Sub(c.query.Range.From).Hours()/24)
	}
	if growing == 0 || fixed >= u.bound {
		return 0
	}
	return int(longest * float64(u.bound-fixed) / float64(growing))
}

// dearest are the widgets without which the page would be within the bound, the dearest first; none where three are not enough, or nothing would be left.
func (s *sum) dearest(u unit) []string {
	var order []*engine.Asked
	reads := make(map[*engine.Asked]int64)
	for _, c := range s.costs {
		if _, met := reads[c.asked]; !met {
			order = append(order, c.asked)
		}
		reads[c.asked] += u.of(c.estimate)
	}
	slices.SortStableFunc(order, func(a, b *engine.Asked) int { return cmp.Compare(reads[b], reads[a]) })
	var without []string
	left := u.read
	for _, asked := range order {
		for _, widget := range asked.Answering() {
			if !slices.Contains(without, widget) {
				without = append(without, widget)
			}
		}
		if left -= reads[asked]; left <= u.bound {
			break
		}
	}
	if len(without) > 3 || left > u.bound || left == 0 {
		return nil
	}
	return without
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
