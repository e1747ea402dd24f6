package commit

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// plainFields is how many fields of an entry stay as they are. A script cannot hand a command more than about 8,000 values (Lua's stack), names and
// values counted, and whoever reads a stream wants to see the first ones.
const plainFields = 1000

// MoreField is the field that holds what Fold took out of an entry.
const MoreField = "__more"

// Fold makes an entry of any number of fields (name, value, name, value, …) one that scripts can write: what is beyond the first thousand becomes the
// value of MoreField, each text with its length before it. The payload, wherever it stands, is among those that stay.
func Fold(fields []string) []string {
	if len(fields) <= 2*plainFields {
		return fields
	}
	plain, rest := make([]string, 0, 2*plainFields+2), make([]string, 0, len(fields)-2*plainFields)
	lifted := false
	for i := 0; i+1 < len(fields); i += 2 {
		first := !lifted && fields[i] == "payload"
		lifted = lifted || first
		if first || len(plain) < 2*plainFields-2 {
			plain = append(plain, fields[i], fields[i+1])
		} else {
			rest = append(rest, fields[i], fields[i+1])
		}
	}
	return append(plain, MoreField, pack(rest))
}

// Unfold returns the fields that Fold was given, those that it moved among the others at the end. What is no work of Fold's stays as it is.
func Unfold(fields []string) []string {
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] != MoreField {
			continue
		}
		rest, err := unpack(fields[i+1])
		if err != nil || len(rest)%2 != 0 {
			return fields
		}
		out := make([]string, 0, len(fields)+len(rest)-2)
		return append(append(append(out, fields[:i]...), fields[i+2:]...), rest...)
	}
	return fields
}

// pack makes one text of many, each with its length before it.
func pack(texts []string) string {
	var b strings.Builder
	for _, text := range texts {
		var n [binary.MaxVarintLen64]byte
		b.Write(n[:binary.PutUvarint(n[:], uint64(len(text)))])
		b.WriteString(text)
	}
	return b.String()
}

func unpack(packed string) (texts []string, err error) {
	rest := []byte(packed)
	for len(rest) > 0 {
		size, n := binary.Uvarint(rest)
		if n <= 0 || size > uint64(len(rest)-n) {
			return nil, fmt.Errorf("commit: packed fields are cut off after %d of %d bytes", len(packed)-len(rest), len(packed))
		}
		texts = append(texts, string(rest[n:n+int(size)]))
		rest = rest[n+int(size):]
	}
	return texts, nil
}
