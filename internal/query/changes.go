package query

import "time"

// Changes says how to tell whether rows have changed that were read before, where their store cannot tell: by a few values that are others then. No store sees it.
type Changes struct {
	// Query asks for the values: of stretches of time, where it has a time, else of all rows. It has measures, and neither groups nor a range of its own.
	Query *Query `json:"query"`
	// Every is how long its answer is believed.
	Every time.Duration `json:"every"`
}
