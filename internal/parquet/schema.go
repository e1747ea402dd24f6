package parquet

import (
	"errors"
	"fmt"
)

// Type is how a column's values are kept.
type Type int8

// The types, by the format's numbers.
const (
	Boolean Type = iota
	Int32
	Int64
	Int96
	Float
	Double
	ByteArray
	FixedBytes
)

// Unit is what one step of a time in whole numbers is.
type Unit int8

// The units. None says that the file does not call the column a time.
const (
	None Unit = iota
	Millis
	Micros
	Nanos
)

// Column is one that holds values: what is nested has several.
type Column struct {
	// Root is the name of the column that this one is, or is a part of.
	Root string
	Type Type
	// Length is that of FixedBytes.
	Length int
	// Unit is that of a timestamp.
	Unit Unit
	// Converted is the type's older annotation, -1 for none; Annotated is the number of its newer one, 0 for none.
	Converted, Annotated int
	// Lists says that a row may have more than one value.
	Lists bool
}

// The numbers of the older annotations of timestamps.
const (
	convertedMillis = 9
	convertedMicros = 10
)

// element is one of the schema's elements.
type element struct {
	kind, length, repetition, children, converted, logical int64
	unit                                                   Unit
	name                                                   string
}

const repeated = 2

// readElement reads one element that was rewritten.
func readElement(data []byte) (e element, size int, err error) {
	e.kind, e.converted = -1, -1
	size, err = eachField(data, func(v value) {
		v.into(elementType, kindI32, &e.kind)
		v.into(elementLength, kindI32, &e.length)
		v.into(elementRepetition, kindI32, &e.repetition)
		v.into(elementChildren, kindI32, &e.children)
		v.into(elementConverted, kindI32, &e.converted)
		if v.is(elementName, kindBinary) {
			e.name = string(v.raw)
		}
		if v.is(elementLogical, kindStruct) {
			e.logical, e.unit = readLogical(v.raw)
		}
	})
	switch e.converted {
	case convertedMillis:
		e.unit = max(e.unit, Millis)
	case convertedMicros:
		e.unit = max(e.unit, Micros)
	}
	return e, size, err
}

// readLogical returns the number of an annotation, and the unit of a timestamp. Its encoding is sound.
func readLogical(data []byte) (logical int64, unit Unit) {
	_, _ = eachField(data, func(v value) {
		logical = int64(v.id)
		if v.id != logicalTimestamp {
			return
		}
		_, _ = eachField(v.raw, func(v value) {
			if v.is(timestampUnit, kindStruct) {
				_, _ = eachField(v.raw, func(v value) { unit = Unit(v.id) })
			}
		})
	})
	return logical, unit
}

// readSchema returns the columns that n elements, the root first and each before its children, describe.
func readSchema(data []byte, n int, l Limits) ([]Column, error) {
	type open struct {
		left  int64 // children that are still to come
		lists bool
		root  string
	}
	var columns []Column
	var path []open
	for i := range n {
		e, size, err := readElement(data)
		if err != nil {
			return nil, err
		}
		data = data[size:]
		if e.children < 0 || e.children > int64(n) {
			return nil, fmt.Errorf("an element of its schema has %d children", e.children)
		}
		if i > 0 && len(path) == 0 {
			return nil, errors.New("its schema has more elements than its root has children")
		}
		here := open{left: e.children}
		if i > 0 {
			path[len(path)-1].left--
			here.lists, here.root = path[len(path)-1].lists || e.repetition == repeated, path[len(path)-1].root
			if len(path) == 1 {
				here.root = e.name
			}
		}
		switch {
		case e.children > 0 || i == 0:
			if path = append(path, here); len(path) > l.Depth {
				return nil, beyond("the depth of its schema", len(path), l.Depth)
			}
		default:
			c, err := e.column(here.root, here.lists)
			if err != nil {
				return nil, err
			}
			if columns = append(columns, c); len(columns) > l.Columns {
				return nil, beyond("its columns", len(columns), l.Columns)
			}
		}
		for len(path) > 0 && path[len(path)-1].left == 0 {
			path = path[:len(path)-1]
		}
	}
	if len(path) > 0 || len(columns) == 0 {
		return nil, errors.New("its schema ends too early")
	}
	return columns, nil
}

const lengthMost = 1 << 20

func (e element) column(root string, lists bool) (Column, error) {
	if e.kind < int64(Boolean) || e.kind > int64(FixedBytes) {
		return Column{}, fmt.Errorf("a column has the type %d", e.kind)
	}
	c := Column{Root: root, Type: Type(e.kind), Unit: e.unit, Converted: int(e.converted), Annotated: int(e.logical), Lists: lists}
	if c.Type == FixedBytes {
		if e.length <= 0 || e.length > lengthMost {
			return Column{}, fmt.Errorf("a column has values of %d bytes", e.length)
		}
		c.Length = int(e.length)
	}
	return c, nil
}

// width returns the bytes of a value, 0 where they differ.
func (c Column) width() int64 {
	switch c.Type {
	case Int32, Float:
		return 4
	case Int64, Double:
		return 8
	case Int96:
		return 12
	case FixedBytes:
		return int64(c.Length)
	case Boolean, ByteArray:
	}
	return 0
}
