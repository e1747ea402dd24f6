package budget

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// keeping is a store beside which all days of a query are kept but so many at the end of its range.
type keeping struct {
	store
	days   int
	looked atomic.Int64
}

func (k *keeping) Remainder(_ context.Context, q *query.Query) []*query.Query {
	k.looked.Add(1)
	switch {
	case k.days < 0:
		panic("of a source")
	case k.days == 0, q.Rows:
		return nil
	}
	part := *q
	part.Range.From = q.Range.To.AddDate(0, 0, -k.days)
	return []*query.Query{&part}
}

// A page is charged for what is computed of it: what is kept is no reason to refuse it, and nobody is told to ask for fewer days of which as much may be left. Where a page is within its budget anyway, nobody looks.
func TestWhatIsKeptIsNotCharged(t *testing.T) {
	t.Parallel()
	clock := func() time.Time { return time.Unix(1, 0) }
	for name, c := range map[string]struct {
		budgets *Budgets
		days    int
		page    string
		looked  bool
		says    string
	}{
		"all is kept":      {New(catalog.Budget{}, 0, clock), 0, "Bounded", true, ""},
		"all but two days": {New(catalog.Budget{}, 0, clock), 2, "Bounded", true, ""},
		"all but ten days": {New(catalog.Budget{Rows: 1500}, 0, clock), 10, "Open", true,
			"the page would read about 2000 rows beside what is kept, and may read 1500; cheaper would be the page without n, or a filter that narrows what is read"},
		"nothing":              {New(catalog.Budget{}, 0, clock), 30, "Bounded", true, "the page would read about 6000 rows beside what is kept, and may read 5000"},
		"a source that panics": {New(catalog.Budget{}, 0, clock), -1, "Bounded", true, "the page would read about 9000 rows, and may read 5000; cheaper would be a range of 16 days"},
		"within its budget":    {New(catalog.Budget{Rows: 9000}, 0, clock), 30, "Open", false, ""},
		"a tenant's is kept":   {New(catalog.Budget{}, 1, clock), 0, "Open", true, ""},
		"a tenant's is not":    {New(catalog.Budget{}, 1, clock), 1, "Open", true, "the page would read about 200 rows, and all pages of a company may read 1 a minute"},
	} {
		s := &keeping{store: store{perDay: 100, ranged: true}, days: c.days}
		err := admit(t, c.budgets, s, c.page, "7")
		if (err != nil) != (c.says != "") || err != nil && !strings.HasPrefix(fault.SafeText(err), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if (s.looked.Load() > 0) != c.looked {
			t.Errorf("%s: it was looked %d times what is kept", name, s.looked.Load())
		}
	}
}
