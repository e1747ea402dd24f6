package parquet_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"runtime/metrics"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/parquet"
)

// sound is a file of three numbers.
func sound() one {
	return one{typ: 2, converted: -1, rows: 3, pages: dataPage(3, 0, 24, make([]byte, 24))}
}

func changed(change func(file, chunk, meta *fields)) []byte {
	o := sound()
	o.change = change
	return o.bytes()
}

// set changes a field, or adds it at the end.
func set(f *fields, id int, v any) {
	for i := 0; i < len(*f); i += 2 {
		if (*f)[i] == id {
			(*f)[i+1] = v
			return
		}
	}
	*f = append(*f, id, v)
}

func inMeta(id int, v any) []byte {
	return changed(func(_, _, meta *fields) { set(meta, id, v) })
}

func inFile(id int, v any) []byte {
	return changed(func(file, _, _ *fields) { set(file, id, v) })
}

// root is a schema of these elements below its root.
func root(children int32, elements ...any) list {
	return list{of: append([]any{fields{4, "root", 5, children}}, elements...)}
}

func footer(text string) []byte { return withFooter([]byte(parquet.Magic+"data"), []byte(text)) }

// deep is n structs, each the only field of the one before.
func deep(n int) string { return strings.Repeat("\x1c", n) + strings.Repeat("\x00", n+1) }

// What is wrong with a footer, by what is said about it. limit marks what might be sound, but asks for too much.
func TestHostileFooters(t *testing.T) {
	t.Parallel()
	leaf := fields{1, int32(2), 3, int32(0), 4, "n"}
	var nested []any
	for range 5000 {
		nested = append(nested, fields{3, int32(0), 4, "g", 5, int32(1)})
	}
	for name, c := range map[string]struct {
		data  []byte
		limit bool
	}{
		"nothing":                       {[]byte(""), false},
		"8 bytes":                       {[]byte("PAR1PAR1"), false},
		"12 bytes":                      {[]byte("PAR1\x00\x00\x00\x00PAR1"), false},
		"text":                          {[]byte("<!DOCTYPE html><html><body>503 Service Unavailable</body></html>"), false},
		"xml":                           {[]byte(`<?xml version="1.0"?><Error><Code>SlowDown</Code></Error>`), false},
		"encrypted footer":              {[]byte("PARE\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00PARE"), false},
		"cut off":                       {sound().bytes()[:60], false},
		"length beyond the file":        {append(bytes.Clone(sound().bytes()[:50]), "\xff\xff\xff\x7fPAR1"...), false},
		"length of 4 GiB":               {append(bytes.Clone(sound().bytes()[:50]), "\xff\xff\xff\xffPAR1"...), false},
		"zeros":                         {footer(strings.Repeat("\x00", 400)), false},
		"noise":                         {footer(strings.Repeat("\xff", 400)), false},
		"a list of 2^31 elements":       {inFile(2, list{of: []any{leaf}, claims: 1<<31 - 1}), false},
		"a list of 2^60 elements":       {inFile(2, list{of: []any{leaf}, claims: 1 << 60}), false},
		"a text of 2^31 bytes":          {footer("\x15\x02\x88\xff\xff\xff\xff\x07"), false},
		"a text of 2^63 bytes":          {footer("\x15\x02\x88\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), false},
		"a number without an end":       {footer("\x15" + strings.Repeat("\xff", 400)), false},
		"a map of 2^60":                 {footer("\x1b" + string(binary.AppendUvarint(nil, 1<<60)) + "\x55"), false},
		"unknown structs, deep":         {footer("\x5c" + deep(100_000)), false},
		"unknown lists, deep":           {footer("\x59" + strings.Repeat("\x19", 100_000)), false},
		"a field twice":                 {footer("\x15\x02\x05\x02\x02\x00"), false},
		"fields backwards":              {footer("\x25\x02\x05\x02\x02\x00"), false},
		"no schema":                     {footer("\x15\x02\x00"), false},
		"an empty schema":               {inFile(2, list{}), false},
		"2^31 children":                 {inFile(2, root(1<<31-1, leaf)), false},
		"negative children":             {inFile(2, root(-1, leaf)), false},
		"children that are missing":     {inFile(2, root(2, leaf)), false},
		"elements that are too many":    {inFile(2, root(1, leaf, leaf)), false},
		"a schema 5000 deep":            {inFile(2, root(1, append(nested, leaf)...)), true},
		"a type that is none":           {inFile(2, root(1, fields{1, int32(99), 4, "n"})), false},
		"values of 2 GiB":               {inFile(2, root(1, fields{1, int32(7), 2, int32(1<<31 - 1), 4, "n"})), false},
		"a name of 5000 bytes":          {inFile(2, root(1, fields{1, int32(2), 4, strings.Repeat("n", 5000)})), true},
		"20,001 elements":               {inFile(2, list{of: many(20_001, leaf)}), true},
		"1.5 million chunks":            {inFile(4, list{of: many(1_500_000, fields{})}), true},
		"groups before the schema":      {footer("\x49\x0c\x00\x00"), false},
		"a group without columns":       {inFile(4, list{of: []any{fields{2, int64(1), 3, int64(3)}}}), false},
		"a group with too many columns": {inFile(4, list{of: []any{fields{1, list{of: many(1000, fields{})}, 3, int64(3)}}}), false},
		"a column without description":  {inFile(4, list{of: []any{fields{1, list{of: []any{fields{2, int64(4)}}}, 3, int64(3)}}}), false},
		"a column of another type":      {inMeta(1, int32(6)), false},
		"an unknown codec":              {inMeta(4, int32(99)), false},
		"2^63 values":                   {inMeta(5, int64(1<<63-1)), false},
		"fewer values than rows":        {inMeta(5, int64(2)), false},
		"negative values":               {inMeta(5, int64(-3)), false},
		"unpacks to less than nothing":  {inMeta(6, int64(-1)), false},
		"a chunk of 2^62 bytes":         {inMeta(7, int64(1<<62)), false},
		"a negative chunk":              {inMeta(7, int64(-1)), false},
		"an empty chunk":                {inMeta(7, int64(0)), false},
		"a chunk at the magic":          {inMeta(9, int64(0)), false},
		"a chunk beyond the file":       {inMeta(9, int64(1<<40)), false},
		"a chunk at 2^63":               {inMeta(9, int64(1<<63-1)), false},
		"a chunk below zero":            {inMeta(9, int64(-1<<63)), false},
		"a dictionary after its data":   {inMeta(11, int64(10)), false},
		"a bound of one byte":           {inMeta(12, fields{5, "x"}), false},
		"another file":                  {changed(func(_, chunk, _ *fields) { *chunk = append(fields{1, "/etc/passwd"}, *chunk...) }), false},
		"a number of 64 bits for 32":    {inMeta(4, raw{5, string(binary.AppendVarint(nil, 1<<40))}), false},
		"2^40 rows in a group":          {one{typ: 2, converted: -1, rows: 1 << 40, pages: []byte("x")}.bytes(), true},
		"negative rows":                 {one{typ: 2, converted: -1, rows: -1, pages: []byte("x")}.bytes(), false},
		"other rows than its groups":    {inFile(3, int64(4)), false},
		"groups over the same bytes":    {overlapping(), false},
		"encryption":                    {changed(func(file, _, _ *fields) { *file = append(*file, 8, fields{}) }), false},
	} {
		_, err := readFile(c.data, parquet.Limits{})
		if err == nil || errors.Is(err, parquet.ErrLimit) != c.limit {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := readFile(sound().bytes(), parquet.Limits{}); err != nil {
		t.Errorf("what they were made of: %v", err)
	}
}

func many(n int, of any) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = of
	}
	return out
}

// overlapping is a file whose 1000 row groups are the same bytes.
func overlapping() []byte {
	return changed(func(file, chunk, meta *fields) {
		group := fields{1, list{of: []any{fields{2, int64(4), 3, *meta}}}, 3, int64(3)}
		set(file, 4, list{of: many(1000, group)})
		set(file, 3, int64(3000))
	})
}

func TestHostilePages(t *testing.T) {
	t.Parallel()
	page := func(unpacked, packed int32, values int32, stored string) []byte {
		return append(fields{1, int32(0), 2, unpacked, 3, packed, 5, fields{1, values, 2, int32(0)}}.bytes(), stored...)
	}
	v2 := func(definition, repetition int32) []byte {
		return append(fields{1, int32(3), 2, int32(24), 3, int32(24), 8, fields{1, int32(3), 5, definition, 6, repetition}}.bytes(), make([]byte, 24)...)
	}
	data := string(make([]byte, 24))
	for name, c := range map[string]struct {
		codec int32
		pages []byte
		limit bool
	}{
		"noise":                            {0, bytes.Repeat([]byte{0xff}, 100), false},
		"zeros":                            {0, make([]byte, 100), false},
		"a head without an end":            {0, []byte("\x15"), false},
		"a head of 2 MiB":                  {0, append(fields{1, int32(0), 2, int32(24), 3, int32(24), 5, fields{1, int32(3), 5, fields{5, strings.Repeat("x", 2<<20)}}}.bytes(), data...), false},
		"longer than its column":           {0, page(1000, 1000, 3, data), false},
		"2 GiB":                            {0, page(1<<31-1, 1<<31-1, 3, data), false},
		"less than nothing":                {0, page(-1, -1, 3, data), false},
		"two sizes without a codec":        {0, page(1000, 24, 3, data), false},
		"unpacks to 2 GiB":                 {6, page(1<<31-1, 24, 3, data), true},
		"unpacks to a million times":       {6, page(24<<20, 24, 3, data), true},
		"unpacks to less than nothing":     {6, page(-24, 24, 3, data), false},
		"too few values":                   {0, page(24, 24, 2, data), false},
		"too many values":                  {0, page(24, 24, 1<<31-1, data), false},
		"negative values":                  {0, append(page(24, 24, -3, data), page(24, 24, 6, data)...), false},
		"a page of an unknown kind":        {0, append(append(fields{1, int32(9), 2, int32(0), 3, int32(0)}.bytes(), page(24, 24, 3, data)...), data...), false},
		"an index among the pages":         {0, append(append(fields{1, int32(1), 2, int32(0), 3, int32(0), 6, fields{}}.bytes(), page(24, 24, 3, data)...), data...), false},
		"no description of its own kind":   {0, append(fields{1, int32(0), 2, int32(24), 3, int32(24), 7, fields{1, int32(3)}}.bytes(), data...), false},
		"a dictionary at the end":          {0, append(page(24, 24, 3, data), dictionary(3, []byte(data))...), false},
		"a dictionary of 2^31 values":      {0, append(dictionary(1<<31-1, []byte(data)), page(24, 24, 3, data)...), false},
		"levels longer than their page":    {0, v2(20, 20), false},
		"levels that make up for another":  {0, v2(-20, 30), false},
		"levels of less than nothing":      {0, v2(-1, 0), false},
		"nothing after the first page":     {0, append(page(24, 24, 3, data), 0), false},
		"pages that say nothing, and more": {0, append(bytes.Repeat(page(0, 0, 0, ""), 10_000), page(24, 24, 4, data)...), false},
	} {
		o := sound()
		o.codec, o.pages = c.codec, c.pages
		if err := checkAll(t.Context(), o.bytes(), parquet.Limits{}); err == nil || errors.Is(err, parquet.ErrLimit) != c.limit {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, pages := range map[string][]byte{
		"one page": page(24, 24, 3, data), "a dictionary first": append(dictionary(3, []byte(data)), page(24, 24, 3, data)...), "version 2": v2(3, 3),
		"many empty ones": append(bytes.Repeat(page(0, 0, 0, ""), 10_000), page(24, 24, 3, data)...),
	} {
		o := sound()
		o.pages = pages
		if err := checkAll(t.Context(), o.bytes(), parquet.Limits{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := checkAll(gone, sound().bytes(), parquet.Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("after a cancel: %v", err)
	}
}

// checkAll reads a file's footer and the heads of all its pages.
func checkAll(ctx context.Context, data []byte, l parquet.Limits) error {
	f, err := readFile(data, l)
	if err != nil {
		return err
	}
	for g := range f.Rows {
		_ = f.Footer(g)
		for c := range f.Columns {
			if _, err := f.CheckPages(ctx, bytes.NewReader(data), f.Chunk(g, c), l); err != nil {
				return err
			}
		}
	}
	return nil
}

// allocated is what the process has allocated so far, in bytes.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// memoryFor is what reading a file of that size may allocate: a multiple of it, and what the heads of pages are read into.
func memoryFor(size int) uint64 { return uint64(size)*64 + 4<<20 }

// FuzzFile reads whatever may call itself a Parquet file. It must not crash, nor allocate more than the file's size accounts for, and what it finds
// sound must be sound when it is written anew.
func FuzzFile(f *testing.F) {
	f.Add([]byte("PAR1PAR1"))
	f.Add(sound().bytes())
	f.Add(overlapping())
	f.Add(inFile(2, root(1<<31-1, fields{1, int32(2), 4, "n"})))
	f.Add(inFile(2, list{of: []any{fields{4, "root"}}, claims: 1<<31 - 1}))
	f.Add(made(f, "SELECT i AS n, [i] AS l, {'a': i::VARCHAR} AS s, TIMESTAMP '2002-01-01' AS at FROM range(20) t(i)", ", COMPRESSION zstd"))
	f.Add(made(f, "SELECT i AS n, i * 0.5 AS half FROM range(20) t(i)", ", PARQUET_VERSION v2"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := allocated()
		err := checkAll(t.Context(), data, parquet.Limits{})
		if took := allocated() - before; took > memoryFor(len(data)) {
			t.Errorf("%d bytes of memory for a file of %d", took, len(data))
		}
		if err != nil {
			return
		}
		one, err := readFile(data, parquet.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		again := append(bytes.Clone(data[:one.At()]), one.Footer(allOf(one)...)...)
		two, err := readFile(again, parquet.Limits{})
		if err != nil {
			t.Fatalf("written anew: %v", err)
		}
		if !bytes.Equal(two.Footer(allOf(two)...), one.Footer(allOf(one)...)) {
			t.Error("written anew, it is another")
		}
	})
}

func allOf(f *parquet.File) []int {
	all := make([]int, len(f.Rows))
	for i := range all {
		all[i] = i
	}
	return all
}

// A footer as large as one may be costs no more than a multiple of its bytes.
func TestLargeFootersAreBounded(t *testing.T) { //nolint:paralleltest // it counts what the process allocates
	for name, data := range map[string][]byte{
		"chunks":   inFile(4, list{of: many(900_000, fields{1, list{of: []any{fields{}}}, 3, int64(0)})}),
		"elements": inFile(2, list{of: many(19_000, fields{1, int32(2), 4, strings.Repeat("n", 500)})}),
		"texts":    footer("\x15\x02\x88" + string(binary.AppendUvarint(nil, 8<<20)) + strings.Repeat("x", 8<<20) + "\x00"),
	} {
		before := allocated()
		err := checkAll(t.Context(), data, parquet.Limits{})
		if took := allocated() - before; err == nil || took > memoryFor(len(data)) {
			t.Errorf("%s: %d bytes of memory for %d, %v", name, took, len(data), err)
		}
	}
}
