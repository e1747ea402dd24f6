package door

import "sync"

// streams counts what is open.
type streams struct {
	mu   sync.Mutex
	open map[string]int
}

// place is one of a key, which may have so many; 0 is no limit.
type place struct {
	key  string
	most int
}

// take takes a place of each key, or of none.
func (s *streams) take(places []place) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range places {
		if p.most > 0 && s.open[p.key] >= p.most {
			return false
		}
	}
	for _, p := range places {
		s.open[p.key]++
	}
	return true
}

// release gives them back. What nobody holds any more is not remembered.
func (s *streams) release(places []place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range places {
		if s.open[p.key]--; s.open[p.key] == 0 {
			delete(s.open, p.key)
		}
	}
}
