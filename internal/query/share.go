package query

import "time"

// Share says how long an answer may be handed to whoever asks the same, in whatever process. No store sees it. It is a part of the query, and so of its key: what one catalog lets be shared for
// longer than another is not shared between them.
type Share struct {
	// FreshFor is how long an answer is as good as a new one, from when its computation began. For StaleFor beyond that it is still handed out, while one process computes it anew; it is gone then.
	FreshFor time.Duration `json:"fresh_for"`
	StaleFor time.Duration `json:"stale_for,omitempty"`
	// Tenant is whom the answer is for, to be found by; empty where the rows are nobody's. What restricts rows to a tenant is elsewhere in the query.
	Tenant string `json:"tenant,omitempty"`
	// Changes tells the state of the rows; what it tells is Version in the question that is shared, in its place.
	Changes *Changes `json:"changes,omitempty"`
	Version string   `json:"version,omitempty"`
}
