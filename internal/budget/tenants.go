package budget

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// mostTenants bounds what is remembered; those who may spend all of their budget again are forgotten first.
const mostTenants = 10_000

// tenants are what each may still spend: rows that come back evenly, a whole budget in a minute.
type tenants struct {
	budget float64
	now    func() time.Time

	mu    sync.Mutex
	spent map[string]account
}

// account is how much of a budget is spent at a time.
type account struct {
	rows float64
	at   time.Time
}

func newTenants(rowsPerMinute int64, now func() time.Time) *tenants {
	return &tenants{budget: float64(rowsPerMinute), now: now, spent: make(map[string]account)}
}

// left is what is still spent of an account.
func (t *tenants) left(a account, now time.Time) float64 {
	return max(0, a.rows-t.budget*now.Sub(a.at).Minutes())
}

// spend takes rows from a tenant's budget, or says why it can't.
func (t *tenants) spend(tenant string, n int64) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, want := t.now(), float64(n)
	spent := t.left(t.spent[tenant], now)
	switch {
	case want > t.budget:
		return fmt.Sprintf("the page would read about %d rows, and all pages of a company may read %.0f a minute; cheaper would be a shorter range, fewer widgets, or a filter that narrows what is read", n, t.budget)
	case spent+want > t.budget:
		wait := time.Duration(math.Ceil((spent+want-t.budget)/t.budget*60)) * time.Second
		return fmt.Sprintf("the page would read about %d rows, of the %.0f that all pages of a company may read a minute %.0f are left; it would be admitted in %s, or now over a shorter range or with fewer widgets",
			n, t.budget, t.budget-spent, wait)
	}
	if len(t.spent) >= mostTenants {
		t.forget(now)
	}
	t.spent[tenant] = account{spent + want, now}
	return ""
}

// forget drops those who have nothing spent; all, where that is nobody.
func (t *tenants) forget(now time.Time) {
	for tenant, a := range t.spent {
		if t.left(a, now) == 0 {
			delete(t.spent, tenant)
		}
	}
	if len(t.spent) >= mostTenants {
		clear(t.spent)
	}
}
