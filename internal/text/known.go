package text

import (
	"bytes"
	"unicode/utf8"
)

// known refuses what is plainly something else, by how it begins, in words that help.
func known(b []byte, format string) error {
	for _, k := range []struct{ begin, is string }{
		{"\x1f\x8b", "gzip"}, {"\x28\xb5\x2f\xfd", "zstd"}, {"BZh", "bzip2"}, {"\xfd7zXZ", "xz"}, {"PK\x03\x04", "a zip archive"},
		{"PAR1", "a Parquet file"}, {"ORC", "an ORC file"}, {"Obj\x01", "an Avro file"}, {"\xff\xfe", "UTF-16"}, {"\xfe\xff", "UTF-16"},
	} {
		if bytes.HasPrefix(b, []byte(k.begin)) && (k.begin != "ORC" || bytes.IndexByte(b, 0) >= 0) && (k.begin != "BZh" || !utf8.Valid(b)) {
			return wrong("it is %s, where %s was expected", k.is, format)
		}
	}
	start := bytes.ToLower(bytes.TrimLeft(b[:min(len(b), 512)], " \t\r\n"))
	for _, begin := range []string{"<!doctype", "<html", "<?xml", "<error", "<head", "<body"} {
		if bytes.HasPrefix(start, []byte(begin)) {
			return wrong("it is a web page or XML, where %s was expected", format)
		}
	}
	return nil
}

// runes checks that bytes are UTF-8 without nulls, however they are cut.
type runes struct {
	begun []byte // the start of a character whose rest is still to come
}

func (r *runes) check(b []byte, ended bool) error {
	if bytes.IndexByte(b, 0) >= 0 {
		return wrong("it holds a byte of zero, which no text does")
	}
	for len(r.begun) > 0 && len(b) > 0 && !utf8.FullRune(r.begun) {
		r.begun, b = append(r.begun, b[0]), b[1:]
	}
	if len(r.begun) > 0 && (utf8.FullRune(r.begun) || ended) {
		if !utf8.Valid(r.begun) {
			return wrong("it is not UTF-8")
		}
		r.begun = r.begun[:0]
	}
	whole := len(b)
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				whole = len(b) - i
			}
			break
		}
	}
	if ended {
		whole = len(b)
	}
	if !utf8.Valid(b[:whole]) {
		return wrong("it is not UTF-8")
	}
	r.begun = append(r.begun, b[whole:]...)
	return nil
}
