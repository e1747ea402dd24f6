package models

// Class says how urgent requests are. Each has a stream and places of its own, so that many of one class do not keep another one waiting. Requests come on the
// input stream, whatever they are, or on their class's own.
type Class string

// The classes.
const (
	// Interactive are requests that somebody waits for.
	Interactive Class = "interactive"
	// Refresh are answers that nobody has just asked for: further rounds of live dashboards, alerts, and warm-ups.
	Refresh Class = "refresh"
	// Export are files: exports and newsletters.
	Export Class = "export"
)
