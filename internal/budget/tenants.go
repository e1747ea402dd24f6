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
	spent map[Payer]account
}

// Payer is whose budget a page is taken from.
type Payer struct {
	Tenant string
	// WarmUp says that nobody waits for the page. All such pages have a budget of their own, as large as that of a tenant, whoever they are for.
	WarmUp bool
}

// account is whose it is taken from.
func (p Payer) account() Payer {
	if p.WarmUp {
		return Payer{WarmUp: true}
	}
	return p
}

// account is how much of a budget is spent at a time.
type account struct {
	rows float64
	at   time.Time
}

func newTenants(rowsPerMinute int64, now func() time.Time) *tenants {
	return &tenants{budget: float64(rowsPerMinute), now: now, spent: make(map[Payer]account)}
}

// left is what is still spent of an account.
func (t *tenants) left(a account, now time.Time) float64 {
	return max(0, a.rows-t.budget*now.Sub(a.at).Minutes())
}

// spend takes rows from a budget, or says why it can't; later says that it could within a minute.
func (t *tenants) spend(by Payer, n int64) (why string, later bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, want, who := t.now(), float64(n), by.account()
	spent := t.left(t.spent[who], now)
	pages := "all pages of a company"
	if by.WarmUp {
		pages = "all warm-ups"
	}
	switch {
	case want > t.budget:
		return fmt.Sprintf("the page would read about %d rows, and %s may read %.0f a minute; cheaper would be a shorter range, fewer widgets, or a filter that narrows what is read", n, pages, t.budget), false
	case spent+want > t.budget:
		wait := time.Duration(math.Ceil((spent+want-t.budget)/t.budget*60)) * time.Second
		return fmt.Sprintf("the page would read about %d rows, of the %.0f that %s may read a minute %.0f are left; it would be admitted in %s, or now over a shorter range or with fewer widgets",
			n, t.budget, pages, t.budget-spent, wait), true
	}
	if len(t.spent) >= mostTenants {
		t.forget(now)
	}
	t.spent[who] = account{spent + want, now}
	return "", false
}

// forget drops those who have nothing spent; all, where that is nobody.
func (t *tenants) forget(now time.Time) {
	for who, a := range t.spent {
		if t.left(a, now) == 0 {
			delete(t.spent, who)
		}
	}
	if len(t.spent) >= mostTenants {
		clear(t.spent)
	}
}
