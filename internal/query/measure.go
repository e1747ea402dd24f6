package query

// Agg is an aggregate function.
type Agg string

// ApproximateRank bounds the error of an approximate percentile, as a share of all ranks.
const ApproximateRank = 0.01

// The aggregates. Over no rows, Count and CountDistinct are 0 and all others null.
const (
	Count         Agg = "count"
	Sum           Agg = "sum"
	Avg           Agg = "avg"
	Min           Agg = "min"
	Max           Agg = "max"
	CountDistinct Agg = "count_distinct"
	Percentile    Agg = "percentile" // linear interpolation between closest ranks
	// NonFinite counts the values of a floating-point column that are infinite or no number, which all others leave out. No catalog has it: it tells whether a sum
	// that is made of parts is one.
	NonFinite Agg = "non_finite"
)

// Additive says whether two partial values of a add up to the value of the whole.
func (a Agg) Additive() bool { return a == Count || a == Sum }

// Measure is one aggregated result column: an aggregate, or a formula over aggregates.
type Measure struct {
	Name string `json:"name"`
	Agg  Agg    `json:"agg,omitempty"`
	// Field is what is aggregated; empty for Count of rows.
	Field Field `json:"field,omitzero"`
	// Storage and Zone say how a time column is kept, as in TimeField.
	Storage string `json:"storage,omitempty"`
	Zone    string `json:"zone,omitempty"`
	// Where restricts the rows that this measure sees, on top of the query's own filter.
	Where Filter `json:"where,omitempty"`
	// Fraction is the percentile as 0 < f < 1.
	Fraction float64 `json:"fraction,omitempty"`
	// Approximate lets a store answer a percentile from a sketch, where that is all it can do with many values: the value's rank is within
	// ApproximateRank of what was asked for.
	Approximate bool `json:"approximate,omitempty"`
	// Formula, when set, replaces Agg: arithmetic over the Inputs below.
	Formula Expr `json:"formula,omitempty"`
	// Inputs are the plain aggregates that Formula refers to by name; they are not result columns.
	Inputs []Measure `json:"inputs,omitempty"`
}

// Expr is arithmetic over measures, in double precision. Null in, null out; division by zero is null.
type Expr interface{ expr() }

// Number is a constant.
type Number float64

// Ref names one of the measure's Inputs.
type Ref string

// Binary is Left Op Right with Op one of + - * /.
type Binary struct {
	Op    string `json:"op"`
	Left  Expr   `json:"left"`
	Right Expr   `json:"right"`
}

func (Number) expr() {}
func (Ref) expr()    {}
func (Binary) expr() {}
