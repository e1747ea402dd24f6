package object

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/schema"
	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// A Parquet object is kept as one local file a row group: a sparse file with the footer of that row group alone, in which only
// the columns that some query has needed are filled in, at their offsets. The local engine reads no others.

const (
	footerTail  = 64 << 10 // read at once from the end, in the hope that the footer is in it
	footerMost  = 64 << 20
	footerFixed = 8 // its length and the magic number
	magic       = "PAR1"
)

// span is a part of an object.
type span struct{ from, to int64 }

// readFooter reads the object's own description of itself.
func (s *Source) readFooter(ctx context.Context, e *entry, o *minio.ObjectInfo) error {
	tail := span{max(0, o.Size-footerTail), o.Size}
	data, err := s.readAll(ctx, o, tail)
	if err != nil {
		return err
	}
	if len(data) < footerFixed || string(data[len(data)-4:]) != magic {
		return badObject(o, "it is not a Parquet file")
	}
	length := int64(binary.LittleEndian.Uint32(data[len(data)-footerFixed:]))
	e.footer = o.Size - footerFixed - length
	if e.footer < int64(len(magic)) || length > footerMost {
		return badObject(o, "its footer's length cannot be right")
	}
	if e.footer < tail.from {
		if data, err = s.readAll(ctx, o, span{e.footer, o.Size}); err != nil {
			return err
		}
		tail.from = e.footer
	}
	meta, err := decodeFooter(data[e.footer-tail.from : int64(len(data))-footerFixed])
	if err != nil {
		return badObject(o, err.Error())
	}
	e.meta = meta
	return nil
}

// decodeFooter reads a footer that anybody may have written.
func decodeFooter(data []byte) (meta *metadata.FileMetaData, err error) {
	defer func() {
		if p := recover(); p != nil {
			meta, err = nil, fmt.Errorf("its footer cannot be read: %v", p)
		}
	}()
	meta, err = metadata.NewFileMetaData(data, nil)
	if err != nil {
		return nil, fmt.Errorf("its footer cannot be read: %w", err)
	}
	return meta, nil
}

func badObject(o *minio.ObjectInfo, why string) error {
	return fault.New(fault.Permanent, "source_bad_data", "an object of the data source cannot be read", fmt.Errorf("object: %s: %s", o.Key, why))
}

// wanted is what a query needs of one Parquet object.
type wanted struct {
	groups  []int
	columns []int
}

// want finds the columns and the row groups that a query needs.
func want(meta *metadata.FileMetaData, q *query.Query) wanted {
	var w wanted
	needed := q.Needs()
	at := -1
	for i := range meta.Schema.NumColumns() {
		root := meta.Schema.Column(i).ColumnPath()[0]
		if slices.ContainsFunc(needed, func(f query.Need) bool { return strings.EqualFold(rootOf(f.Column), root) }) {
			w.columns = append(w.columns, i)
		}
		if q.Time != nil && strings.EqualFold(q.Time.Column, root) {
			at = i
		}
	}
	for g := range meta.NumRowGroups() {
		if at < 0 || mayHold(meta, g, at, q) {
			w.groups = append(w.groups, g)
		}
	}
	return w
}

// rootOf returns the column of a nested field.
func rootOf(column string) string {
	root, _, _ := strings.Cut(column, ".")
	return root
}

// mayHold says whether a row group may hold rows of the range, by the bounds that the file states for its time column.
func mayHold(meta *metadata.FileMetaData, group, column int, q *query.Query) bool {
	unit, ok := unitOf(meta.Schema.Column(column), q.Time.Storage)
	if !ok {
		return true
	}
	chunk, err := meta.RowGroup(group).ColumnChunk(column)
	if err != nil {
		return true
	}
	stats, err := chunk.Statistics()
	if err != nil || stats == nil || !stats.HasMinMax() {
		return true
	}
	ints, ok := stats.(*metadata.Int64Statistics)
	if !ok {
		return true
	}
	slack := time.Duration(0)
	if q.Time.Zone != "" && q.Time.Zone != "UTC" {
		slack = 26 * time.Hour // a wall clock may be that far from UTC
	}
	from, to := q.Range.From.Add(-slack).UnixMicro(), q.Range.To.Add(slack).UnixMicro()
	least, most := toMicros(ints.Min(), unit), toMicros(ints.Max(), unit)
	return least < to && most >= from
}

// unitOf returns the duration of one step of a time column kept in 64 bits.
func unitOf(c *schema.Column, storage string) (time.Duration, bool) {
	if c.PhysicalType() != parquet.Types.Int64 {
		return 0, false
	}
	switch storage {
	case query.StorageEpochS:
		return time.Second, true
	case query.StorageEpochMS:
		return time.Millisecond, true
	}
	if t, ok := c.LogicalType().(schema.TimestampLogicalType); ok {
		switch t.TimeUnit() {
		case schema.TimeUnitMillis:
			return time.Millisecond, true
		case schema.TimeUnitMicros:
			return time.Microsecond, true
		case schema.TimeUnitNanos:
			return time.Nanosecond, true
		case schema.TimeUnitUnknown:
		}
	}
	return 0, false
}

func toMicros(n int64, unit time.Duration) int64 {
	if unit < time.Microsecond {
		return n / int64(time.Microsecond/unit)
	}
	scale := int64(unit / time.Microsecond)
	if n > math.MaxInt64/scale {
		return math.MaxInt64
	}
	if n < math.MinInt64/scale {
		return math.MinInt64
	}
	return n * scale
}

// groupFile is where a row group is kept.
func (e *entry) groupFile(group int) string {
	return filepath.Join(e.dir, strconv.Itoa(group)+".parquet")
}

// spansOf returns the parts of an object that hold a column of a row group: its pages, and what helps to skip them. It returns
// false where the file does not say enough.
func spansOf(meta *metadata.FileMetaData, group, column int, size int64) ([]span, bool) {
	chunk, err := meta.RowGroup(group).ColumnChunk(column)
	if err != nil {
		return nil, false
	}
	start := chunk.DataPageOffset()
	if chunk.HasDictionaryPage() && chunk.DictionaryPageOffset() > 0 {
		start = min(start, chunk.DictionaryPageOffset())
	}
	out := []span{{start, start + chunk.TotalCompressedSize()}}
	if at := chunk.BloomFilterOffset(); at > 0 {
		if chunk.BloomFilterLength() <= 0 {
			return nil, false
		}
		out = append(out, span{at, at + int64(chunk.BloomFilterLength())})
	}
	for _, index := range []*metadata.IndexLocation{chunk.GetColumnIndexLocation(), chunk.GetOffsetIndexLocation()} {
		if index != nil && index.Offset > 0 {
			out = append(out, span{index.Offset, index.Offset + int64(index.Length)})
		}
	}
	for _, p := range out {
		if p.from < int64(len(magic)) || p.to < p.from || p.to > size {
			return nil, false
		}
	}
	return out, true
}

// makeGroupFile makes the sparse file of a row group, with its footer.
func makeGroupFile(ctx context.Context, e *entry, o *minio.ObjectInfo, group int) (*os.File, int64, error) {
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return nil, 0, fmt.Errorf("object: cache: %w", err)
	}
	f, err := os.OpenFile(e.groupFile(group), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("object: cache: %w", err)
	}
	if e.groups[group] != nil {
		return f, 0, nil
	}
	footer, err := footerOf(ctx, e.meta, group)
	if err != nil {
		err = badObject(o, err.Error())
	} else if _, err = f.WriteAt([]byte(magic), 0); err == nil {
		_, err = f.WriteAt(footer, e.footer)
	}
	if err != nil {
		_ = f.Close() // the first error counts
		return nil, 0, err
	}
	e.groups[group] = make(map[int]bool)
	return f, int64(len(footer)), nil
}

// footerOf returns the footer of a file that has one row group alone.
func footerOf(ctx context.Context, meta *metadata.FileMetaData, group int) ([]byte, error) {
	one, err := meta.Subset([]int{group})
	if err != nil {
		return nil, err
	}
	text, err := one.SerializeString(ctx)
	if err != nil {
		return nil, err
	}
	return append(binary.LittleEndian.AppendUint32([]byte(text), uint32(len(text))), magic...), nil
}
