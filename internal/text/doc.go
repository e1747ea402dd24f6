// Package text lets through CSV and JSON that anybody may have written, unpacked and checked as it passes: what comes out is UTF-8 without nulls, in
// records and fields of bounded size, and how it is laid out is known, so that no reader has to guess. It guarantees that memory stays within a few
// records, and that no more comes out than Limits allow, however small what went in.
//
// It does not parse values, and does not prove that JSON is well-formed: it counts brackets and strings, as far as a reader's memory and stack depend
// on them.
package text

import (
	"errors"
	"fmt"
)

// Limits bound what a text may ask of its readers. The zero value of a field is its default.
type Limits struct {
	// Unpacked bounds the bytes of one text; default 4 GiB.
	Unpacked int64
	// Ratio bounds how many times its packed bytes a text may be, where it is more than RatioFrom bytes; defaults 200 and 64 MiB.
	Ratio, RatioFrom int64
	// Window bounds what unpacking zstd holds in memory; default 8 MiB, which the format asks every reader for.
	Window int64
	// Record bounds a row; default 8 MiB.
	Record int64
	// Columns bounds the columns of CSV, Depth how deep JSON is nested; defaults 2,000 and 100.
	Columns, Depth int
}

func (l Limits) orDefaults() Limits {
	fill(&l.Unpacked, 4<<30)
	fill(&l.Ratio, 200)
	fill(&l.RatioFrom, 64<<20)
	fill(&l.Window, 8<<20)
	fill(&l.Record, 8<<20)
	fill(&l.Columns, 2_000)
	fill(&l.Depth, 100)
	return l
}

func fill[T int | int64](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

// The formats.
const (
	CSV  = "csv"
	JSON = "json"
)

// The shapes of JSON: an object a line, objects one after the other, or one list of objects.
const (
	Lines  = "lines"
	Values = "values"
	List   = "list"
)

// Layout is how a text is laid out.
type Layout struct {
	// Columns are the names in the header of CSV, in its order.
	Columns []string
	// Delimiter separates fields of CSV.
	Delimiter byte
	// Shape is that of JSON.
	Shape string
}

// Error says what is wrong with a text. Errors of whoever reads or writes it are none.
type Error struct{ what error }

// Error returns the sentence.
func (e *Error) Error() string { return e.what.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.what }

// ErrLimit is the cause of errors about texts that may be sound, but ask for more than Limits allow.
var ErrLimit = errors.New("beyond the limit")

func wrong(format string, args ...any) error { return &Error{fmt.Errorf(format, args...)} }

func beyond[T int | int64](what string, most T) error {
	return wrong("%s than %d: %w", what, most, ErrLimit)
}
