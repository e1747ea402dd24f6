package days_test

import (
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// What a memory holds is told by dataset: what comes, what is replaced, what makes room and what is purged.
func TestUsageIsToldByDataset(t *testing.T) {
	t.Parallel()
	r, err := sourcetest.NewPlain(fortyDays()).Query(t.Context(), byChannel(1, 16))
	if err != nil {
		t.Fatal(err)
	}
	each := r.Frame.CodedBytes() + 1<<10
	m := days.NewMemory(8 * each)
	put := func(dataset string, n int64) {
		m.Put(t.Context(), days.Key{Span: days.Span{From: n, To: n + 1}}, days.Entry{Frame: r.Frame, At: time.Now(), Dataset: dataset})
	}
	for n := range int64(6) {
		put("posts", n)
	}
	put("posts", 0)
	for n := range int64(4) {
		put("calls", 10+n)
	}
	if got := m.Usage(); len(got) != 2 || got["posts"] != (days.Usage{Entries: 4, Bytes: 4 * each, Evicted: 2}) || got["calls"] != (days.Usage{Entries: 4, Bytes: 4 * each}) {
		t.Errorf("%+v", got)
	}
	if _, err := m.Purge(t.Context(), "calls"); err != nil {
		t.Fatal(err)
	}
	if got, all := m.Usage(), m.Stats(); got["calls"] != (days.Usage{}) || all.Entries != 4 || all.Bytes != 4*each || all.Evicted != 2 {
		t.Errorf("after a purge %+v, in all %+v", got, all)
	}
}
