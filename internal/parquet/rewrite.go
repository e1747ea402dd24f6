package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// rewriter writes anew what it reads, by shapes. What it writes is never longer than what it read.
type rewriter struct {
	in  *reader
	out []byte
}

// rewriteStruct goes over one struct.
func (w *rewriter) rewriteStruct(s shape) error {
	var last, written int16
	for {
		kind, err := w.in.field(&last)
		if err != nil {
			return err
		}
		if kind == kindStop {
			w.out = append(w.out, kindStop)
			return nil
		}
		var m member
		if int(last) < len(s) {
			m = s[last]
		}
		if m.refused != "" {
			return errors.New(m.refused)
		}
		if m.kind == 0 || !m.takes(kind) {
			if err := w.in.skip(kind, false, 0); err != nil {
				return err
			}
			continue
		}
		before := len(w.out)
		w.out = appendField(w.out, kind, last, written)
		kept, err := w.rewriteValue(kind, m)
		if err != nil {
			return err
		}
		if !kept {
			w.out = w.out[:before]
			continue
		}
		written = last
	}
}

func appendField(out []byte, kind byte, id, after int16) []byte {
	if delta := id - after; delta <= 15 {
		return append(out, byte(delta)<<4|kind)
	}
	return binary.AppendVarint(append(out, kind), int64(id))
}

// rewriteValue goes over a value that follows its head; false leaves it out.
func (w *rewriter) rewriteValue(kind byte, m member) (kept bool, err error) {
	switch kind {
	case kindTrue, kindFalse:
		return true, nil
	case kindByte:
		b, err := w.in.byte()
		w.out = append(w.out, b)
		return true, err
	case kindI32, kindI64:
		n, err := w.in.varint()
		if kind == kindI32 && n != int64(int32(n)) {
			return false, fmt.Errorf("the number %d does not fit into 32 bits", n)
		}
		w.out = binary.AppendVarint(w.out, n)
		return true, err
	case kindBinary:
		b, err := w.in.binary()
		if err != nil {
			return false, err
		}
		if m.most > 0 && len(b) > m.most {
			if m.loose {
				return false, nil
			}
			return false, beyond("the bytes of a name", len(b), m.most)
		}
		w.out = append(binary.AppendUvarint(w.out, uint64(len(b))), b...)
		return true, nil
	case kindStruct:
		return true, w.rewriteStruct(m.of)
	case kindList:
		return true, w.rewriteList(m)
	}
	return false, fmt.Errorf("there is no kind of value %d", kind)
}

func (w *rewriter) rewriteList(m member) error {
	kind, n, err := w.in.list()
	if err != nil {
		return err
	}
	if n > 0 && kind != m.elem {
		return fmt.Errorf("a list holds values of kind %d, not %d", kind, m.elem)
	}
	if m.most > 0 && n > m.most {
		return beyond("the values of a list", n, m.most)
	}
	w.out = appendList(w.out, m.elem, n)
	for range n {
		if _, err := w.rewriteValue(m.elem, member{kind: m.elem, of: m.of, most: nameMost}); err != nil {
			return err
		}
	}
	return nil
}

func appendList(out []byte, kind byte, n int) []byte {
	if n < 15 {
		return append(out, byte(n)<<4|kind)
	}
	return binary.AppendUvarint(append(out, 0xf0|kind), uint64(n))
}
