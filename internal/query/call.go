package query

// Call is a request to an HTTP API whose answer holds the rows of a relation. It comes from the catalog; values of a request take
// the place of its placeholders, and can change neither where it goes nor what parameters and headers it has.
type Call struct {
	// Method is GET or POST.
	Method string `json:"method"`
	// Path is added to the source's URL; each placeholder in it is a part of one segment.
	Path    Template    `json:"path,omitempty"`
	Query   []CallField `json:"query,omitempty"`
	Headers []CallField `json:"headers,omitempty"`
	// Body is JSON: map[string]any, []any, a Template in place of each text, json.Number, bool or nil. Nil is none.
	Body any `json:"body,omitempty"`
	// Rows are the keys that lead to the rows, a list of objects or one object; none where the answer itself is that.
	Rows   []string `json:"rows,omitempty"`
	Paging Paging   `json:"paging,omitzero"`
	// Idempotent says that a POST may be sent again; a GET always may.
	Idempotent bool `json:"idempotent,omitempty"`
}

// CallField is a parameter or a header. One whose placeholder has no value is left out.
type CallField struct {
	Name  string   `json:"name"`
	Value Template `json:"value"`
}

// The kinds of paging.
const (
	PagingNone   = ""
	PagingPage   = "page"   // Param counts pages
	PagingOffset = "offset" // Param counts rows
	PagingCursor = "cursor" // Param takes what the page before has at Next
	PagingLink   = "link"   // the page before has the URL of the next at Next, or in its Link header
)

// Paging is how the pages of an answer are asked for, one after the other, until one says that it is the last: by its Next being absent,
// or by its More being false, or by Total rows being there, or by being empty (with Short, by having fewer rows than Size).
type Paging struct {
	Kind  string `json:"kind,omitempty"`
	Param string `json:"param,omitempty"`
	// First is the number of the first page.
	First int `json:"first,omitempty"`
	// Size is how many rows are asked for with SizeParam, where that is set.
	SizeParam string `json:"size_param,omitempty"`
	Size      int    `json:"size,omitempty"`
	// InBody puts the parameters into the body, not into the URL.
	InBody bool `json:"in_body,omitempty"`
	// Next, More and Total are keys that lead to a value in the answer.
	Next  []string `json:"next,omitempty"`
	More  []string `json:"more,omitempty"`
	Total []string `json:"total,omitempty"`
	Short bool     `json:"short,omitempty"`
}
