package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The kinds of values of Thrift's compact protocol.
const (
	kindStop   byte = 0
	kindTrue   byte = 1
	kindFalse  byte = 2
	kindByte   byte = 3
	kindI16    byte = 4
	kindI32    byte = 5
	kindI64    byte = 6
	kindDouble byte = 7
	kindBinary byte = 8
	kindList   byte = 9
	kindSet    byte = 10
	kindMap    byte = 11
	kindStruct byte = 12
)

// nestMost is how deep values may be nested: twice what the format's own definitions need.
const nestMost = 16

var (
	errShort = errors.New("it ends too early")
	errDeep  = errors.New("its values are nested too deep")
)

// reader reads values of the compact protocol. It makes nothing whose size the data claims: a container's elements take at least a byte each,
// and are only gone over.
type reader struct {
	data []byte
	at   int
}

func (r *reader) byte() (byte, error) {
	if r.at >= len(r.data) {
		return 0, errShort
	}
	r.at++
	return r.data[r.at-1], nil
}

func (r *reader) uvarint() (uint64, error) {
	n, size := binary.Uvarint(r.data[r.at:])
	switch {
	case size == 0:
		return 0, errShort
	case size < 0:
		return 0, errors.New("a number has too many digits")
	}
	r.at += size
	return n, nil
}

func (r *reader) varint() (int64, error) {
	n, err := r.uvarint()
	return int64(n>>1) ^ -int64(n&1), err
}

// take returns the next n bytes.
func (r *reader) take(n uint64) ([]byte, error) {
	if n > uint64(len(r.data)-r.at) {
		return nil, errShort
	}
	r.at += int(n)
	return r.data[r.at-int(n) : r.at], nil
}

// field reads the head of a struct's next field; kindStop is the struct's end. Fields stand in the order of their ids, each once: readers
// disagree about which of two counts.
func (r *reader) field(last *int16) (kind byte, err error) {
	head, err := r.byte()
	if err != nil || head == kindStop {
		return kindStop, err
	}
	kind = head & 0xf
	id := int64(*last) + int64(head>>4)
	if head>>4 == 0 {
		if id, err = r.varint(); err != nil {
			return kindStop, err
		}
	}
	if kind == kindStop || id <= int64(*last) || id > 1<<15-1 {
		return kindStop, fmt.Errorf("field %d comes after field %d", id, *last)
	}
	*last = int16(id)
	return kind, nil
}

// list reads the head of a list or set.
func (r *reader) list() (kind byte, n int, err error) {
	head, err := r.byte()
	if err != nil {
		return 0, 0, err
	}
	size := uint64(head >> 4)
	if size == 15 {
		if size, err = r.uvarint(); err != nil {
			return 0, 0, err
		}
	}
	if size > uint64(len(r.data)-r.at) {
		return 0, 0, errShort
	}
	return head & 0xf, int(size), nil
}

// skip goes over a value that follows its head. An element of a list of truths takes a byte, a field none.
func (r *reader) skip(kind byte, element bool, depth int) (err error) {
	if depth > nestMost {
		return errDeep
	}
	switch kind {
	case kindTrue, kindFalse:
		if element {
			_, err = r.byte()
		}
	case kindByte:
		_, err = r.byte()
	case kindI16, kindI32, kindI64:
		_, err = r.uvarint()
	case kindDouble:
		_, err = r.take(8)
	case kindBinary:
		_, err = r.binary()
	case kindList, kindSet:
		err = r.skipList(depth)
	case kindMap:
		err = r.skipMap(depth)
	case kindStruct:
		err = r.skipStruct(depth)
	default:
		err = fmt.Errorf("there is no kind of value %d", kind)
	}
	return err
}

func (r *reader) binary() ([]byte, error) {
	n, err := r.uvarint()
	if err != nil {
		return nil, err
	}
	return r.take(n)
}

func (r *reader) skipStruct(depth int) error {
	var last int16
	for {
		kind, err := r.field(&last)
		if err != nil || kind == kindStop {
			return err
		}
		if err := r.skip(kind, false, depth+1); err != nil {
			return err
		}
	}
}

func (r *reader) skipList(depth int) error {
	kind, n, err := r.list()
	if err != nil {
		return err
	}
	for range n {
		if err := r.skip(kind, true, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) skipMap(depth int) error {
	n, err := r.uvarint()
	if err != nil || n == 0 {
		return err
	}
	kinds, err := r.byte()
	if err != nil {
		return err
	}
	if n > uint64(len(r.data)-r.at) {
		return errShort
	}
	for range n {
		if err := errors.Join(r.skip(kinds>>4, true, depth+1), r.skip(kinds&0xf, true, depth+1)); err != nil {
			return err
		}
	}
	return nil
}
