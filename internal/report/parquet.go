package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/frame"
)

// A row group is in memory until it is written: it ends at so many bytes of values, or at so many rows.
const (
	groupBytes = 8 << 20
	groupRows  = 128 << 10
)

// columns is a Parquet file on its way.
type columns struct {
	to     *pqarrow.FileWriter
	fields []frame.Field
	group  *frame.Builder
	row    []any // the next one
	bytes  int   // about what the rows of the group take
	rows   int
}

// WriteParquet writes a widget's rows as a Parquet file: 64-bit whole numbers, doubles, booleans, UTF-8 texts, lists of them, and times as timestamps of microseconds in
// UTC; what is not known is null. The names are those of JSON lines. Its metadata say what was asked, and what a reader must know of the numbers.
func WriteParquet(w io.Writer, r *Report, widget *Widget) error {
	t, err := newColumns(w, widget.Data)
	if err != nil {
		return fmt.Errorf("report: parquet: %w", err)
	}
	asOf := widget.Data.AsOf
	for d, err := range widget.batches() {
		if err != nil {
			return err
		}
		if d.AsOf.Before(asOf) {
			asOf = d.AsOf
		}
		if err := t.add(d); err != nil {
			return fmt.Errorf("report: parquet: %w", err)
		}
	}
	if err := t.close(about(r, widget, asOf)); err != nil {
		return fmt.Errorf("report: parquet: %w", err)
	}
	return nil
}

func newColumns(w io.Writer, d *format.Data) (*columns, error) {
	t := &columns{}
	for i, name := range names(d) {
		t.fields = append(t.fields, frame.Field{Name: name, Kind: d.Schema.Fields[i].Exact()})
	}
	var err error
	if t.group, err = frame.NewBuilder(t.fields...); err != nil {
		return nil, err
	}
	t.row = make([]any, len(t.fields))
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy), parquet.WithMaxRowGroupLength(groupRows))
	t.to, err = pqarrow.NewFileWriter(t.group.Frame().Record().Schema(), onlyWriter{w}, props, pqarrow.DefaultWriterProps())
	return t, err
}

// onlyWriter hides a Close of what is written to: it is not the library's to call.
type onlyWriter struct{ io.Writer }

// add appends a batch.
func (t *columns) add(d *format.Data) error {
	for r := range count(d) {
		for i, f := range t.fields {
			v := exactly(d.Data.Values[i][r], f.Kind)
			t.row[i] = v
			t.bytes += 8
			switch v := d.Data.Values[i][r].(type) {
			case string:
				t.bytes += len(v)
			case format.List:
				t.bytes += len(v)
			}
		}
		if err := t.group.Append(t.row...); err != nil {
			return err
		}
		if t.rows++; t.bytes >= groupBytes || t.rows == groupRows {
			if err := t.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush writes the rows so far as a row group.
func (t *columns) flush() error {
	rec := t.group.Frame().Record()
	defer rec.Release()
	t.bytes, t.rows = 0, 0
	return t.to.Write(rec)
}

// close writes what is left, and the file's foot.
func (t *columns) close(about []pair) error {
	if t.rows > 0 {
		if err := t.flush(); err != nil {
			return err
		}
	}
	for _, p := range about {
		if err := t.to.AppendKeyValueMetadata(p.key, p.value); err != nil {
			return err
		}
	}
	return t.to.Close()
}

// exactly returns a value of a page as a column's type has it: a time is a count of milliseconds there, a list one text.
func exactly(v any, kind frame.Kind) any {
	if list, ok := v.(format.List); ok && kind == frame.Strings {
		return list.Values()
	}
	if ms, ok := v.(int64); ok && kind == frame.Time {
		return time.UnixMilli(ms)
	}
	return v
}

// pair is an entry of a file's metadata.
type pair struct{ key, value string }

// about says of a file what it holds.
func about(r *Report, w *Widget, asOf time.Time) []pair {
	d := w.Data
	out := []pair{{"page", r.Title}, {"widget", w.ID}, {"title", w.title()}, {"kind", d.Kind}, {"status", d.Status}, {"rows", strconv.Itoa(w.Rows())}, {"filters", string(r.Filters)}}
	at := func(key string, t time.Time) {
		if !t.IsZero() {
			out = append(out, pair{key, t.UTC().Format(time.RFC3339Nano)})
		}
	}
	if when := d.Range; when != nil {
		at("from", when.From)
		at("to", when.To)
		out = append(out, pair{"zone", when.Zone})
	}
	at("as_of", asOf)
	at("made_at", r.Made)
	synthetic := slices.ContainsFunc(d.Notices, func(n format.Notice) bool { return n.Code == "synthetic" })
	out = append(out, pair{"synthetic", strconv.FormatBool(synthetic)})
	for key, list := range map[string]any{"fields": d.Schema.Fields, "notices": d.Notices} {
		if text, err := json.Marshal(list); err == nil && string(text) != "null" {
			out = append(out, pair{key, string(text)})
		}
	}
	out = slices.DeleteFunc(out, func(p pair) bool { return p.value == "" })
	slices.SortStableFunc(out, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	for i := range out {
		out[i].key = "dispatcher." + out[i].key
	}
	return out
}
