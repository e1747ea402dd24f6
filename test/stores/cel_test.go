package stores

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"
)

// drawCEL draws a row condition as a catalog's author writes it.
func drawCEL(t *rapid.T, depth int) string {
	if depth > 0 && often(t, "joined", 4) {
		a, b := drawCEL(t, depth-1), drawCEL(t, depth-1)
		switch oneOf(t, "word", "and", "or", "not") {
		case "and":
			return a + " && " + b
		case "or":
			return "(" + a + " || " + b + ")"
		}
		return "!(" + a + ")"
	}
	name := oneOf(t, "member", "channel", "text", "author", "keyword", "n", "big", "x", "wild", "flag", "at", "wall", "day", "es", "ems", "tz")
	switch name {
	case "flag":
		return oneOf(t, "condition", "flag", "!flag", "flag == false", "flag != true", "has(flag)", "flag == null")
	case "channel", "text", "author", "keyword":
		return drawTextCEL(t, name)
	}
	op := oneOf(t, "op", "==", "!=", ">", ">=", "<", "<=", "has", "null", "in")
	value := func() string { return celValue(t, name) }
	switch op {
	case "has":
		return "has(" + name + ")"
	case "null":
		return name + " != null"
	case "in":
		return fmt.Sprintf("%s in [%s, %s]", name, value(), value())
	}
	if often(t, "flipped", 2) {
		return value() + " " + op + " " + name
	}
	return name + " " + op + " " + value()
}

func drawTextCEL(t *rapid.T, name string) string {
	value := func() string { return celText(rapid.SampledFrom(short(texts())).Draw(t, "text")) }
	ops := []string{"==", "!=", "in", "contains", "startsWith", "has", "null"}
	if name != "keyword" {
		ops = append(ops, ">", ">=", "<", "<=")
	} else {
		ops = append(ops, "member")
	}
	switch op := oneOf(t, "op", ops...); op {
	case "has":
		return "has(" + name + ")"
	case "null":
		return name + " == null"
	case "member":
		return value() + " in " + name
	case "in":
		return fmt.Sprintf("%s in [%s, %s]", name, value(), value())
	case "contains", "startsWith":
		return fmt.Sprintf("%s.%s(%s)", name, op, value())
	default:
		return name + " " + op + " " + value()
	}
}

// short leaves out what is longer than an expression may be.
func short(list []string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return len(s) > 1000 })
}

func celValue(t *rapid.T, name string) string {
	switch name {
	case "n":
		return strconv.FormatInt(rapid.Int64Range(-21, 21).Draw(t, "n"), 10)
	case "big":
		n := rapid.SampledFrom(wholes()).Draw(t, "big")
		if n == -1<<63 {
			n++ // CEL reads a sign and a number, which has no room for this one
		}
		return strconv.FormatInt(n, 10)
	case "x":
		return strconv.FormatFloat(float64(rapid.Int64Range(-130, 130).Draw(t, "quarters"))/4, 'f', -1, 64)
	case "wild":
		f := rapid.SampledFrom(wilds()).Draw(t, "wild")
		if !finite(f) {
			f = 0
		}
		text := strconv.FormatFloat(f, 'e', -1, 64)
		return text
	}
	return fmt.Sprintf("timestamp(%q)", drawMoment(t).Format("2006-01-02T15:04:05.999999Z07:00"))
}

// celText writes a text as a literal.
func celText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f || r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		case r > 0x7e:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
