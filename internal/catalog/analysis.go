package catalog

// Trend is how a trend widget tells what rises: by the counts of its window and of those before.
type Trend struct {
	// Window is the length of a window: the last one of the asked range is scored. Empty takes the whole range.
	Window Grain
	// History is how many windows before are its history.
	History int
	// Sample is what the newest row of each term shows; nil shows none.
	Sample *Dimension
}

// Direction says which terms a keyness lists.
type Direction string

// The directions.
const (
	Over  Direction = "over"  // more common in the asked rows than in the others
	Under Direction = "under" // less common
	Both  Direction = "both"
)

// The least and the most windows of a trend's history: fewer have no deviation worth the name, more make the query long.
const (
	minHistory = 3
	maxHistory = 60
)

// Tree is how rows hang together.
type Tree struct {
	// ID names a row, Parent the one that it answers.
	ID, Parent *Dimension
	// Depth is how deep it is shown: roots have depth 0.
	Depth int
}

// Gaps has a feed show the time since the row before.
type Gaps struct {
	// By says who wrote; nil does not tell replies. Within, where it is not nil, is sorted by first: its values are apart.
	By, Within *Dimension
}

// The columns that an analytical widget adds to its own.
const (
	ColumnScore     = "score"
	ColumnMean      = "mean"
	ColumnDeviation = "deviation"
	ColumnReason    = "reason"
	ColumnFirstSeen = "first_seen"
	ColumnLastSeen  = "last_seen"
	ColumnSample    = "sample"
	ColumnKeyness   = "keyness"
	ColumnLogRatio  = "log_ratio"
	ColumnUse       = "use"
	ColumnNode      = "node"
	ColumnParent    = "parent_node"
	ColumnDepth     = "depth"
	ColumnChildren  = "children"
	ColumnOrphan    = "orphan"
	ColumnGap       = "gap"
	ColumnRepliesTo = "replies_to"
	// BackgroundSuffix makes the name of a count of the other rows of its measure's.
	BackgroundSuffix = "_background"
	// CumulativeSuffix makes the name of a sum so far.
	CumulativeSuffix = "_cumulative"
	// WindowPrefix begins the names of the windows' counts, the oldest is window_1.
	WindowPrefix = "window_"
)
