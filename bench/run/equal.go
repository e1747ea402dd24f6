package run

import (
	"math"
	"reflect"
)

// Tolerance is how far two numbers may lie apart, relative to their size, that are quotients, or lie between two others: nothing says in which order their parts are added. Two whole
// numbers are equal or they are not.
const Tolerance = 1e-9

// Same compares values as JSON has them.
func Same(x, y any) bool {
	switch a := x.(type) {
	case float64:
		b, ok := y.(float64)
		return ok && (a == b || math.Abs(a-b) <= Tolerance*max(math.Abs(a), math.Abs(b)) && (a != math.Trunc(a) || b != math.Trunc(b)))
	case []any:
		b, ok := y.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !Same(a[i], b[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(x, y)
}
