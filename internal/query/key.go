package query

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"
)

// Key is the same for queries that ask the same, and for no others: tenant, range, filters with the types of their values and limits are all
// in it.
type Key [sha256.Size]byte

// Key returns the query's key. It goes over all of a query there is, so that a field which is added to one can't be forgotten here.
func (q *Query) Key() Key {
	k := keying{text: make([]byte, 0, keyBytes)}
	k.value(reflect.ValueOf(q).Elem())
	return sha256.Sum256(k.text)
}

// KeyOfFilter is the same for filters that let the same rows through in the same words.
func KeyOfFilter(f Filter) Key {
	k := keying{text: make([]byte, 0, filterBytes)}
	k.value(reflect.ValueOf(&f).Elem())
	return sha256.Sum256(k.text)
}

// keyBytes is as much as most queries write, filterBytes as most conditions.
const (
	keyBytes    = 4 << 10
	filterBytes = 512
)

// keying writes values so that no two of them are written alike: each with its type where that is open, each text and list with its length before it.
type keying struct{ text []byte }

func (k *keying) number(n uint64) { k.text = binary.BigEndian.AppendUint64(k.text, n) }

func (k *keying) string(s string) {
	k.number(uint64(len(s)))
	k.text = append(k.text, s...)
}

func (k *keying) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		k.string(v.String())
	case reflect.Bool:
		if v.Bool() {
			k.number(1)
		} else {
			k.number(0)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		k.number(uint64(v.Int())) //nolint:gosec // the bits are what counts
	case reflect.Float64:
		k.number(math.Float64bits(v.Float()))
	case reflect.Slice, reflect.Array:
		k.number(uint64(v.Len())) //nolint:gosec // a length
		for i := range v.Len() {
			k.value(v.Index(i))
		}
	case reflect.Map:
		k.entries(v)
	case reflect.Pointer:
		k.pointed(v)
	case reflect.Interface:
		k.typed(v)
	case reflect.Struct:
		k.fields(v)
	default:
		// A query is plain data; TestKeyOfAllThatAQueryHas sees to it.
		panic(fmt.Sprintf("query: a %s has no key", v.Type()))
	}
}

// entries writes a map in the order of its keys, which are texts.
func (k *keying) entries(v reflect.Value) {
	names := make([]string, 0, v.Len())
	for _, name := range v.MapKeys() {
		names = append(names, name.String())
	}
	slices.Sort(names)
	k.number(uint64(len(names)))
	for _, name := range names {
		k.string(name)
		k.value(v.MapIndex(reflect.ValueOf(name).Convert(v.Type().Key())))
	}
}

func (k *keying) pointed(v reflect.Value) {
	if v.IsNil() {
		k.number(0)
		return
	}
	k.number(1)
	k.value(v.Elem())
}

// typed writes what an interface holds with its type: 1 and "1" are two questions.
func (k *keying) typed(v reflect.Value) {
	if v.IsNil() {
		k.string("")
		return
	}
	k.string(v.Elem().Type().String())
	k.value(v.Elem())
}

func (k *keying) fields(v reflect.Value) {
	if at, ok := reflect.TypeAssert[time.Time](v); ok {
		k.number(uint64(at.Unix())) //nolint:gosec // the bits are what counts
		k.number(uint64(at.Nanosecond()))
		return
	}
	for i := range v.NumField() { //nolint:modernize // the iterator describes each field, which takes as long as to write it
		k.value(v.Field(i))
	}
}
