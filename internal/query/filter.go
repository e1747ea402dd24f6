package query

// Filter is a condition on a row. Logic is two-valued: a comparison with a null is false, and Not of
// it is true, on every store.
type Filter interface{ filter() }

// Op is a comparison operator.
type Op string

// The operators. Contains and Prefix compare text without regard to case. Ne and NotIn are the negation
// of Eq and In, so they keep rows without a value. On a Multi field Eq and In ask for any value.
const (
	Eq        Op = "eq"
	Ne        Op = "ne"
	In        Op = "in"
	NotIn     Op = "not_in"
	Gt        Op = "gt"
	Gte       Op = "gte"
	Lt        Op = "lt"
	Lte       Op = "lte"
	Contains  Op = "contains"
	Prefix    Op = "prefix"
	Exists    Op = "exists"
	NotExists Op = "not_exists"
)

// Compare is Field Op Values. Values are string, int64, float64, bool or time.Time, of the field's
// type, and reach a store only as bound values. Eq, Ne and the ranges take one value, In and NotIn one
// or more, Contains and Prefix one or more (any of them), Exists and NotExists none.
type Compare struct {
	Field  Field `json:"field"`
	Op     Op    `json:"op"`
	Values []any `json:"values,omitempty"`
	// Storage and Zone say how a time column is kept, as in TimeField.
	Storage string `json:"storage,omitempty"`
	Zone    string `json:"zone,omitempty"`
}

// And holds when all of its conditions hold; an empty And always holds.
type And []Filter

// Or holds when one of its conditions holds; an empty Or never holds.
type Or []Filter

// Not holds when its condition does not.
type Not struct {
	Of Filter `json:"not"`
}

func (Compare) filter() {}
func (And) filter()     {}
func (Or) filter()      {}
func (Not) filter()     {}
