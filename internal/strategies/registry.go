package strategies

import (
	"fmt"
	"slices"
	"strings"
)

// Key is what a strategy is registered under.
type Key struct {
	Product, Page, Notification string
}

// String returns the key as the log shows it.
func (k Key) String() string {
	return strings.Join([]string{k.Product, k.Page, k.Notification}, "/")
}

// Finder finds a strategy under exactly one key.
type Finder interface {
	Find(k Key) (Strategy, bool)
}

const (
	productAlerts = "Alerts"
	defaultPage   = "Default"
)

// PageName returns the page that a request without a page name means.
func PageName(name string) string {
	if name == "" {
		return defaultPage
	}
	return name
}

// Lookup finds the strategy of a request: the exact triple; for product Alerts with a notification, product and
// notification as the page; product and page; the page alone. First hit wins, and
// under one key the finders are asked in order.
func Lookup(product, page, notification string, finders ...Finder) (Strategy, bool) {
	page = PageName(page)
	keys := make([]Key, 0, 4)
	keys = append(keys, Key{product, page, notification})
	if product == productAlerts && notification != "" {
		keys = append(keys, Key{product, notification, ""})
	}
	keys = append(keys, Key{product, page, ""}, Key{"", page, ""})
	for i, k := range keys {
		if slices.Contains(keys[:i], k) {
			continue
		}
		for _, f := range finders {
			if s, ok := f.Find(k); ok {
				return s, true
			}
		}
	}
	return nil, false
}

// Registry holds the hand-written strategies. It is filled before the first look-up and not
// changed after it, so it needs no lock.
type Registry struct {
	byKey map[Key]Strategy
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry { return &Registry{byKey: make(map[Key]Strategy)} }

// Register adds s under k. A key taken twice is an error of the program's wiring.
func (r *Registry) Register(k Key, s Strategy) error {
	if k.Page == "" {
		return fmt.Errorf("strategies: register %v: a key needs a page name", k)
	}
	if _, taken := r.byKey[k]; taken {
		return fmt.Errorf("strategies: register %v: the key is taken", k)
	}
	r.byKey[k] = s
	return nil
}

// Find returns the strategy registered under exactly k.
func (r *Registry) Find(k Key) (Strategy, bool) {
	s, ok := r.byKey[k]
	return s, ok
}
