package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Magic is what a file begins and ends with; Fixed is how many bytes the end has whatever the footer's length.
const (
	Magic = "PAR1"
	Fixed = 8
)

// File is a footer that has been found sound. It keeps what it says in its encoding, which is never longer than the footer.
type File struct {
	Columns []Column
	// Rows is that of each row group.
	Rows []int64
	at   int64

	head, tail []byte   // what comes before and after the rows and the row groups
	groups     []byte   // row groups, one after the other
	chunks     []uint32 // where the chunks of all row groups start in groups
	ends       []uint32 // where the row groups end
}

// FooterAt returns where the footer of a file of the given size starts, by the file's last Fixed bytes or more.
func FooterAt(tail []byte, size int64, l Limits) (int64, error) {
	l = l.orDefaults()
	if len(tail) < Fixed || size < int64(len(tail)) || string(tail[len(tail)-len(Magic):]) != Magic {
		return 0, errors.New("it is not a Parquet file")
	}
	length := int64(binary.LittleEndian.Uint32(tail[len(tail)-Fixed:]))
	at := size - Fixed - length
	if length == 0 || at < int64(len(Magic)) {
		return 0, fmt.Errorf("its footer cannot have %d bytes", length)
	}
	if length > l.Footer {
		return 0, beyond("the bytes of its footer", length, l.Footer)
	}
	return at, nil
}

// Read reads the footer of a file, which starts at the given place there.
func Read(footer []byte, at int64, l Limits) (*File, error) {
	f := &File{at: at}
	if err := f.read(footer, l.orDefaults()); err != nil {
		return nil, fmt.Errorf("its footer cannot be read: %w", err)
	}
	return f, nil
}

func (f *File) read(footer []byte, l Limits) error {
	if int64(len(footer)) > l.Footer {
		return beyond("the bytes of its footer", int64(len(footer)), l.Footer)
	}
	in := &reader{data: footer}
	var last, written int16
	rows := int64(-1)
	for {
		kind, err := in.field(&last)
		if err != nil {
			return err
		}
		if kind == kindStop {
			return f.sound(rows)
		}
		switch {
		case last == fileVersion && kind == kindI32:
			var n int64
			n, err = in.varint()
			f.head = binary.AppendVarint(appendField(f.head, kind, last, written), int64(int32(n)))
			written = last
		case last == fileSchema && kind == kindList:
			err = f.readSchema(in, written, l)
		case last == fileRows && kind == kindI64:
			rows, err = in.varint()
		case last == fileGroups && kind == kindList:
			err = f.readGroups(in, l)
		case last == fileCreator && kind == kindBinary:
			err = f.keepTail(in, kind, last, fileGroups, member{kind: kindBinary, most: creatorMost, loose: true})
		case last == fileOrders && kind == kindList:
			err = f.keepTail(in, kind, last, f.tailFrom(), member{kind: kindList, elem: kindStruct, of: orderShape()})
		case last == fileEncryption:
			err = errors.New("it is encrypted")
		default:
			err = in.skip(kind, false, 0)
		}
		if err != nil {
			return err
		}
	}
}

// readSchema takes the columns, and keeps their description.
func (f *File) readSchema(in *reader, written int16, l Limits) error {
	kind, n, err := in.list()
	if err != nil {
		return err
	}
	if kind != kindStruct || n == 0 {
		return errors.New("it has no schema")
	}
	if most := l.Columns * 2; n > most { // every column, and what it may be nested in
		return beyond("the elements of its schema", n, most)
	}
	w := &rewriter{in: in, out: appendList(appendField(f.head, kindList, fileSchema, written), kindStruct, n)}
	from, elements := len(w.out), elementShape()
	for range n {
		if err := w.rewriteStruct(elements); err != nil {
			return err
		}
	}
	f.head = w.out
	f.Columns, err = readSchema(f.head[from:], n, l)
	return err
}

// readGroups takes the row groups. Their columns are those of the schema, which comes before them.
func (f *File) readGroups(in *reader, l Limits) error {
	kind, n, err := in.list()
	if err != nil {
		return err
	}
	if n > 0 && kind != kindStruct || len(f.Columns) == 0 {
		return errors.New("it has row groups without a schema")
	}
	if n > l.Chunks/len(f.Columns) {
		return beyond("the columns of all its row groups", n*len(f.Columns), l.Chunks)
	}
	w := &rewriter{in: in}
	shape := groupShape()
	stored := int64(len(Magic))
	for range n {
		from := len(w.out)
		if err := w.rewriteStruct(shape); err != nil {
			return err
		}
		took, err := f.addGroup(w.out, from, l)
		if err != nil {
			return err
		}
		if stored += took; stored > f.at {
			return errors.New("its columns take more bytes than it has")
		}
	}
	f.groups = w.out
	return nil
}

// keepTail keeps a field that comes after the row groups.
func (f *File) keepTail(in *reader, kind byte, id, after int16, m member) error {
	w := &rewriter{in: in, out: appendField(f.tail, kind, id, after)}
	kept, err := w.rewriteValue(kind, m)
	if kept {
		f.tail = w.out
	}
	return err
}

// tailFrom is the id of the field that was kept last.
func (f *File) tailFrom() int16 {
	if len(f.tail) > 0 {
		return fileCreator
	}
	return fileGroups
}

// sound checks what can only be checked when all is known.
func (f *File) sound(rows int64) error {
	if len(f.Columns) == 0 {
		return errors.New("it has no schema")
	}
	for _, n := range f.Rows {
		rows -= n
	}
	if rows != 0 {
		return errors.New("its number of rows is not that of its row groups")
	}
	return nil
}

// Footer returns a footer, with its length and the magic number, of a file that has these row groups alone.
func (f *File) Footer(groups ...int) []byte {
	var rows int64
	for _, g := range groups {
		rows += f.Rows[g]
	}
	last := int16(fileSchema)
	out := append([]byte(nil), f.head...)
	out = binary.AppendVarint(appendField(out, kindI64, fileRows, last), rows)
	out = appendList(appendField(out, kindList, fileGroups, fileRows), kindStruct, len(groups))
	for _, g := range groups {
		out = append(out, f.group(g)...)
	}
	out = append(append(out, f.tail...), kindStop)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(out))), Magic...)
}

// At returns where the footer starts.
func (f *File) At() int64 { return f.at }

// Size returns about how many bytes the description takes in memory.
func (f *File) Size() int64 {
	const column = 64
	return int64(len(f.head)+len(f.tail)+len(f.groups)) + int64(len(f.chunks)+len(f.ends))*4 + int64(len(f.Rows))*8 + int64(len(f.Columns))*column
}

func (f *File) group(g int) []byte {
	from := uint32(0)
	if g > 0 {
		from = f.ends[g-1]
	}
	return f.groups[from:f.ends[g]]
}
