package strategies

import (
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/strategies/key"
)

// Key is what a strategy is registered under.
type Key = key.Key

// Finder finds a strategy under exactly one key.
type Finder interface {
	Find(k Key) (Strategy, bool)
}

// Lookup finds the strategy of a request: under the first of its keys (key.Of) that one of the finders knows, which are asked in order.
func Lookup(product, page, notification string, finders ...Finder) (Strategy, bool) {
	for _, k := range key.Of(product, page, notification) {
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
