package memory

import "sync"

// Spare holds slices that nobody uses any more, for whoever needs one next: what grows by the row grows in memory that is there already, which a new slice would have to be given page by page. The collector empties it.
type Spare[T any] struct{ pool sync.Pool } // of *[]T

// Get returns an empty slice; it may have room.
func (s *Spare[T]) Get() []T {
	if old, ok := s.pool.Get().(*[]T); ok {
		return (*old)[:0]
	}
	return nil
}

// Put takes a slice that its owner does not touch again.
func (s *Spare[T]) Put(old []T) {
	if cap(old) > 0 {
		s.pool.Put(&old)
	}
}
