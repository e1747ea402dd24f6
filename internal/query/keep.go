package query

import "time"

// Keep says which part of a query's range is over: what is computed of it may be kept, and used for other ranges. No store sees it.
type Keep struct {
	// Zone is the request's, by its IANA name; days begin at its midnights.
	Zone string `json:"zone"`
	// Days are the edges of the whole days of the range that are over: n+1 for n days. No row of them is expected any more.
	Days []time.Time `json:"days"`
	// MaxAge is how old what is kept may be; Version tells apart what was kept of another state of the data.
	MaxAge  time.Duration `json:"max_age"`
	Version string        `json:"version,omitempty"`
	// Tenant is whom the rows are of, to be found by; empty where they are nobody's. What restricts rows to a tenant is elsewhere in the query.
	Tenant string `json:"tenant,omitempty"`
	// Later says that the answer is waited for: its days are kept as one, and told apart when nobody waits.
	Later bool `json:"later,omitempty"`
	// Changes tells whether rows of the days are others than they were; nil where nothing does.
	Changes *Changes `json:"changes,omitempty"`
}
