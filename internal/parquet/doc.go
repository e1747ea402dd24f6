// Package parquet reads what a Parquet file says about itself, its footer and the headers of its pages, as something that anybody may have
// written. It guarantees that memory and time stay within a small multiple of the bytes that are there, whatever those claim: every size, count and
// offset is checked against the file and against Limits before anything is made of it. What it hands on is written anew, in one canonical way:
// fields that nobody needs, references to other files, and whatever a second reader might understand differently are gone.
//
// It does not read values: it neither decompresses nor decodes a page.
package parquet

import (
	"errors"
	"fmt"
)

// Limits bound what a file may ask of its readers. The zero value of a field is its default.
type Limits struct {
	// Footer bounds the footer's bytes; default 32 MiB.
	Footer int64
	// Columns bounds the columns, Depth how deep they are nested, Chunks the columns of all row groups together; defaults 10,000, 32 and 1 million.
	Columns, Depth, Chunks int
	// Rows bounds the rows of one row group; default 2³¹.
	Rows int64
	// Page bounds the bytes of one page when it is unpacked, a dictionary included; default 256 MiB.
	Page int64
	// Ratio bounds how many times its stored bytes a page may unpack to, where that is more than RatioFrom bytes; defaults 1000 and 16 MiB.
	Ratio, RatioFrom int64
}

// ErrLimit is the cause of errors about files that may be sound, but ask for more than Limits allow.
var ErrLimit = errors.New("beyond the limit")

func (l Limits) orDefaults() Limits {
	fill(&l.Footer, 32<<20)
	fill(&l.Columns, 10_000)
	fill(&l.Depth, 32)
	fill(&l.Chunks, 1_000_000)
	fill(&l.Rows, 1<<31)
	fill(&l.Page, 256<<20)
	fill(&l.Ratio, 1000)
	fill(&l.RatioFrom, 16<<20)
	return l
}

func fill[T int | int64](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

func beyond[T int | int64](what string, n, most T) error {
	return fmt.Errorf("%s: %d, more than %d: %w", what, n, most, ErrLimit)
}
