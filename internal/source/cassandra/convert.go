package cassandra

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"strconv"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// cell decodes the values of one column of a statement's rows. It belongs to one reader.
type cell struct {
	column
	loc   *time.Location
	bytes int64 // of all values so far
	value any
}

var _ gocql.Unmarshaler = (*cell)(nil)

func newCell(c column) *cell {
	loc := time.UTC
	if c.storage == "" || c.storage == query.StorageTimestamp || c.storage == query.StorageDate {
		loc = query.Location(c.zone)
	}
	return &cell{column: c, loc: loc}
}

// UnmarshalCQL takes a value as the protocol has it. Decoding here instead of in the driver keeps nulls apart from zeros,
// without a pointer for each value.
func (c *cell) UnmarshalCQL(info gocql.TypeInfo, data []byte) error {
	c.bytes += int64(len(data))
	c.value = nil
	if data == nil {
		return nil
	}
	v, err := decode(info, data)
	if err != nil {
		return schemaError(fmt.Sprintf("column %s: %v", c.field.Column, err))
	}
	if v == nil {
		return nil
	}
	var ok bool
	if c.value, ok = c.fit(v); !ok {
		kind := string(c.field.Type)
		if c.field.Multi {
			kind = "list"
		}
		return schemaError(fmt.Sprintf("column %s has type %#x of the protocol, and is a %s in the catalog", c.field.Column, int(info.Type()), kind))
	}
	return nil
}

// fit brings a decoded value to the column's type.
func (c *cell) fit(v any) (any, bool) {
	if l, ok := v.([]string); ok || c.field.Multi {
		return l, ok && c.field.Multi
	}
	switch c.field.Type {
	case query.String:
		_, ok := v.(string)
		return v, ok
	case query.Bool:
		_, ok := v.(bool)
		return v, ok
	case query.Int:
		if n, ok := v.(*big.Int); ok {
			if c.partial {
				return n, true
			}
			return n.Int64(), n.IsInt64()
		}
		_, ok := v.(int64)
		return v, ok
	case query.Float:
		switch n := v.(type) {
		case int64:
			return float64(n), true
		case *big.Int:
			f, _ := new(big.Float).SetInt(n).Float64()
			return f, true
		}
		f, ok := v.(float64)
		if !c.partial && (math.IsNaN(f) || math.IsInf(f, 0)) {
			return nil, ok // no value, as on every store
		}
		return v, ok
	case query.Time:
		switch t := v.(type) {
		case time.Time:
			return query.Instant(t, c.loc).UTC(), c.storage != query.StorageEpochS && c.storage != query.StorageEpochMS
		case int64:
			if c.storage == query.StorageEpochS {
				return time.Unix(t, 0).UTC(), true
			}
			return time.UnixMilli(t).UTC(), c.storage == query.StorageEpochMS
		}
	}
	return nil, false
}

// decode returns a value as string, bool, int64, *big.Int, float64, time.Time or []string; nil for one without bytes.
func decode(info gocql.TypeInfo, data []byte) (any, error) {
	kind := info.Type()
	switch kind { //nolint:exhaustive // the others cannot be read, below
	case gocql.TypeVarchar, gocql.TypeText, gocql.TypeAscii:
		return string(data), nil
	case gocql.TypeList, gocql.TypeSet:
		return texts(info, data)
	default:
	}
	if len(data) == 0 {
		return nil, nil //nolint:nilnil // some types have an empty value, which is none
	}
	if w := width(kind); w > 0 && len(data) != w {
		return nil, fmt.Errorf("%d bytes of the protocol's type %#x", len(data), int(kind))
	}
	switch kind { //nolint:exhaustive // the others cannot be read
	case gocql.TypeBoolean:
		return data[0] != 0, nil
	case gocql.TypeTinyInt:
		return int64(int8(data[0])), nil
	case gocql.TypeSmallInt:
		return int64(int16(binary.BigEndian.Uint16(data))), nil
	case gocql.TypeInt:
		return int64(int32(binary.BigEndian.Uint32(data))), nil
	case gocql.TypeBigInt, gocql.TypeCounter:
		return int64(binary.BigEndian.Uint64(data)), nil
	case gocql.TypeVarint:
		return varint(data), nil
	case gocql.TypeFloat:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(data))), nil
	case gocql.TypeDouble:
		return math.Float64frombits(binary.BigEndian.Uint64(data)), nil
	case gocql.TypeDecimal:
		return decimal(data)
	case gocql.TypeTimestamp:
		return time.UnixMilli(int64(binary.BigEndian.Uint64(data))).UTC(), nil
	case gocql.TypeDate:
		days := int64(binary.BigEndian.Uint32(data)) - 1<<31 // 1970 is in the middle
		return time.Unix(days*24*60*60, 0).UTC(), nil
	case gocql.TypeUUID, gocql.TypeTimeUUID:
		return gocql.UUID(data).String(), nil
	case gocql.TypeInet:
		a, ok := netip.AddrFromSlice(data)
		if !ok {
			return nil, fmt.Errorf("an address of %d bytes", len(data))
		}
		return a.String(), nil
	default:
		return nil, fmt.Errorf("the protocol's type %#x cannot be read", int(kind))
	}
}

// width returns the length of a type's values, 0 where they differ.
func width(kind gocql.Type) int {
	switch kind { //nolint:exhaustive // the others have none
	case gocql.TypeTinyInt, gocql.TypeBoolean:
		return 1
	case gocql.TypeSmallInt:
		return 2
	case gocql.TypeInt, gocql.TypeFloat, gocql.TypeDate:
		return 4
	case gocql.TypeBigInt, gocql.TypeCounter, gocql.TypeDouble, gocql.TypeTimestamp:
		return 8
	case gocql.TypeUUID, gocql.TypeTimeUUID:
		return 16
	default:
		return 0
	}
}

func varint(data []byte) *big.Int {
	n := new(big.Int).SetBytes(data)
	if data[0]&0x80 != 0 { // two's complement
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(data))*8))
	}
	return n
}

// decimal reads a scale and an unscaled number.
func decimal(data []byte) (any, error) {
	if len(data) < 5 {
		return nil, fmt.Errorf("a decimal of %d bytes", len(data))
	}
	scale := int32(binary.BigEndian.Uint32(data))
	return strconv.ParseFloat(varint(data[4:]).String()+"e"+strconv.FormatInt(-int64(scale), 10), 64)
}

// texts reads a list or set of text.
func texts(info gocql.TypeInfo, data []byte) (any, error) {
	of, ok := info.(gocql.CollectionType)
	if !ok || len(data) < 4 {
		return nil, fmt.Errorf("a list of %d bytes", len(data))
	}
	n := int(int32(binary.BigEndian.Uint32(data)))
	data = data[4:]
	out := make([]string, 0, max(0, min(n, len(data)/4)))
	for range n {
		if len(data) < 4 {
			return nil, fmt.Errorf("a list that ends early")
		}
		size := int(int32(binary.BigEndian.Uint32(data)))
		data = data[4:]
		if size < 0 {
			continue // null in a list of a function's making
		}
		if size > len(data) {
			return nil, fmt.Errorf("a list that ends early")
		}
		v, err := decode(of.Elem, data[:size])
		if err != nil {
			return nil, err
		}
		s, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("a list of the protocol's type %#x", int(of.Elem.Type()))
		}
		out, data = append(out, s), data[size:]
	}
	return out, nil
}
