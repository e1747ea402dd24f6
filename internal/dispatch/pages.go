package dispatch

import "github.com/go-dispatcher/dispatcher/internal/strategies"

// Pages are the strategies and events of one loaded catalog.
type Pages interface {
	// Finders are the strategies to look among.
	Finders() []strategies.Finder
	// Declares says whether the catalog accepts an event beyond the contract's.
	Declares(event string) bool
	// PageOf returns the page that the catalog declares an event for, or "".
	PageOf(event string) string
	// Release says that the request has ended.
	Release()
}

// Fixed are strategies without a catalog.
type Fixed []strategies.Finder

var _ Pages = Fixed(nil)

// Finders returns them.
func (f Fixed) Finders() []strategies.Finder { return f }

// Declares says that no event is accepted beyond the contract's.
func (Fixed) Declares(string) bool { return false }

// PageOf knows no event.
func (Fixed) PageOf(string) string { return "" }

// Release has nothing to release.
func (Fixed) Release() {}
