package stores

import (
	"time"

	"pgregory.net/rapid"
)

// drawFilters draws a request's filters in one of their forms.
func drawFilters(t *rapid.T) any {
	if rapid.Bool().Draw(t, "explicit") {
		var list []any
		for range rapid.IntRange(1, 3).Draw(t, "conditions") {
			list = append(list, drawExplicit(t, 2))
		}
		return list
	}
	return drawPlain(t, 2)
}

func drawExplicit(t *rapid.T, depth int) any {
	if depth > 0 && often(t, "joined", 3) {
		var of []any
		for range rapid.IntRange(1, 3).Draw(t, "of") {
			of = append(of, drawExplicit(t, depth-1))
		}
		return map[string]any{oneOf(t, "word", "and", "or", "not"): of}
	}
	member := oneOf(t, "member", members()...)
	op, values := drawComparison(t, member)
	c := map[string]any{"member": member, "operator": op}
	if often(t, "qualified", 1) {
		c["member"] = "posts." + member // known to one of the datasets alone
	}
	if len(values) > 0 {
		c["values"] = values
	}
	return c
}

func drawPlain(t *rapid.T, depth int) any {
	out := make(map[string]any)
	for range rapid.IntRange(1, 3).Draw(t, "members") {
		if depth > 0 && often(t, "joined", 3) {
			of := []any{drawPlain(t, depth-1)}
			if rapid.Bool().Draw(t, "two") {
				of = append(of, drawPlain(t, depth-1))
			}
			out[oneOf(t, "word", "and", "or", "not")] = of
			continue
		}
		if often(t, "legacy", 2) {
			out[oneOf(t, "key", "languages", "topics", "users", "excludeUser")] = []any{drawValue(t, "text"), drawValue(t, "language")}
			continue
		}
		member := oneOf(t, "member", members()...)
		op, values := drawComparison(t, member)
		switch {
		case op == "in" && rapid.Bool().Draw(t, "bare"):
			out[member] = values
		case len(values) == 1:
			out[member] = map[string]any{op: values[0]}
		case len(values) == 0:
			out[member] = map[string]any{op: true}
		default:
			out[member] = map[string]any{op: values}
		}
	}
	return out
}

func members() []string {
	return []string{"channel", "text", "author", "language", "keyword", "n", "big", "x", "wild", "flag", "at", "tz", "wall", "day", "es", "ems", "id"}
}

func drawComparison(t *rapid.T, member string) (op string, values []any) {
	ops := []string{"eq", "equals", "ne", "!=", "in", "not_in", "notIn", "exists", "notSet"}
	ranges := []string{"gt", ">", "gte", "lt", "<=", "lte", "range", "inDateRange", "afterDate"}
	switch member {
	case "keyword":
		ops = append(ops, "contains", "notContains", "prefix")
	case "channel", "text", "author", "language", "id":
		ops = append(append(ops, "contains", "notContains", "startsWith"), ranges[:6]...)
	case "flag":
	default:
		ops = append(ops, ranges...)
	}
	op = oneOf(t, "operator", ops...)
	n := 1
	switch op {
	case "exists", "notSet":
		n = 0
	case "range", "inDateRange":
		n = 2
	case "in", "not_in", "notIn", "contains", "notContains", "prefix", "startsWith":
		n = rapid.IntRange(1, 3).Draw(t, "values")
	}
	for range n {
		values = append(values, drawValue(t, member))
	}
	return op, values
}

func drawValue(t *rapid.T, member string) any {
	switch member {
	case "n":
		return rapid.Int64Range(-21, 21).Draw(t, "n")
	case "big":
		return rapid.SampledFrom(wholes()).Draw(t, "big")
	case "x":
		return float64(rapid.Int64Range(-130, 130).Draw(t, "quarters")) / 4
	case "wild":
		if f := rapid.SampledFrom(wilds()).Draw(t, "wild"); finite(f) {
			return f
		}
		return 0
	case "flag":
		return rapid.SampledFrom([]any{true, false, "true", "no", 1}).Draw(t, "flag")
	case "id":
		return oneOf(t, "id", "000", "017", "113", "404", "9")
	case "language":
		return oneOf(t, "language", "en", "tr", "xx")
	case "channel", "text", "author", "keyword":
		return rapid.SampledFrom(texts()).Draw(t, "text")
	}
	at := drawMoment(t)
	switch oneOf(t, "as", "day", "day", "rfc", "clock", "unix") {
	case "day":
		return at.Format(time.DateOnly)
	case "clock":
		return at.Format("2006-01-02 15:04:05")
	case "unix":
		return max(0, at.Unix())
	}
	return at.Format(time.RFC3339Nano)
}
