package parquet_test

import (
	"encoding/binary"

	"github.com/go-dispatcher/dispatcher/internal/parquet"
)

// The hostile files of these tests are written field by field, in Thrift's compact protocol.

// fields is a struct: ids and values in turn. A value is an int32, int64, bool, string, fields, or a list.
type fields []any

// list is a list of values of one type; claims, where it is more, is the length that it says it has.
type list struct {
	of     []any
	claims uint64
}

// raw is written as it is, after the head of a field of its kind.
type raw struct {
	kind byte
	text string
}

func (f fields) bytes() []byte {
	var out []byte
	last := 0
	for i := 0; i < len(f); i += 2 {
		id, kind := f[i].(int), kindOf(f[i+1])
		if d := id - last; d > 0 && d <= 15 {
			out = append(out, byte(d)<<4|kind)
		} else {
			out = binary.AppendVarint(append(out, kind), int64(id))
		}
		last = id
		if _, truth := f[i+1].(bool); !truth {
			out = appendValue(out, f[i+1])
		}
	}
	return append(out, 0)
}

func kindOf(v any) byte {
	switch v := v.(type) {
	case bool:
		if v {
			return 1
		}
		return 2
	case int32:
		return 5
	case int64:
		return 6
	case string:
		return 8
	case list:
		return 9
	case fields:
		return 12
	case raw:
		return v.kind
	}
	panic("no such kind")
}

func appendValue(out []byte, v any) []byte {
	switch v := v.(type) {
	case int32:
		return binary.AppendVarint(out, int64(v))
	case int64:
		return binary.AppendVarint(out, v)
	case string:
		return append(binary.AppendUvarint(out, uint64(len(v))), v...)
	case fields:
		return append(out, v.bytes()...)
	case raw:
		return append(out, v.text...)
	case list:
		kind := byte(12)
		if len(v.of) > 0 {
			kind = kindOf(v.of[0])
		}
		out = binary.AppendUvarint(append(out, 0xf0|kind), max(uint64(len(v.of)), v.claims))
		for _, e := range v.of {
			out = appendValue(out, e)
		}
		return out
	}
	panic("no such kind")
}

// one is a file of one column and one row group. Its zero value is a column of no values.
type one struct {
	typ, codec, converted int32
	rows                  int64
	pages                 []byte
	// change, where set, may alter the footer.
	change func(file, chunk, meta *fields)
}

func (o one) bytes() []byte {
	meta := fields{1, o.typ, 2, list{of: []any{int32(0)}}, 3, list{of: []any{"n"}}, 4, o.codec, 5, o.rows, 6, int64(len(o.pages)), 7, int64(len(o.pages)), 9, int64(4)}
	chunk := fields{2, int64(4)}
	column := fields{1, o.typ, 3, int32(0), 4, "n"}
	if o.converted >= 0 {
		column = append(column, 6, o.converted)
	}
	file := fields{1, int32(1), 2, list{of: []any{fields{4, "root", 5, int32(1)}, column}}, 3, o.rows, 4, nil}
	if o.change != nil {
		o.change(&file, &chunk, &meta)
	}
	chunk = append(chunk, 3, meta)
	for i := range file {
		if file[i] == nil {
			file[i] = list{of: []any{fields{1, list{of: []any{chunk}}, 2, int64(len(o.pages)), 3, o.rows}}}
		}
	}
	return withFooter(append([]byte(parquet.Magic), o.pages...), file.bytes())
}

func withFooter(data, footer []byte) []byte {
	data = append(data, footer...)
	return append(binary.LittleEndian.AppendUint32(data, uint32(len(footer))), parquet.Magic...)
}

// dataPage is a page of the first version, with its head.
func dataPage(values, encoding int32, unpacked int, stored []byte) []byte {
	return append(fields{1, int32(0), 2, int32(unpacked), 3, int32(len(stored)), 5, fields{1, values, 2, encoding, 3, int32(3), 4, int32(3)}}.bytes(), stored...)
}

// dictionary is a dictionary's page, with its head.
func dictionary(values int32, stored []byte) []byte {
	return append(fields{1, int32(2), 2, int32(len(stored)), 3, int32(len(stored)), 7, fields{1, values, 2, int32(2)}}.bytes(), stored...)
}
