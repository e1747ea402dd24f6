package main

import (
	"cmp"
	"math"
	"slices"
)

// sums are what a group of flights adds up.
type sums struct{ n, delay, late int64 }

func (s *sums) average() float64 { return float64(s.delay) / float64(s.n) }
func (s *sums) onTime() float64  { return float64(s.n-s.late) / float64(s.n) }

func add[K comparable](to map[K]*sums, key K, s sums) {
	if to[key] == nil {
		to[key] = new(sums)
	}
	to[key].n, to[key].delay, to[key].late = to[key].n+s.n, to[key].delay+s.delay, to[key].late+s.late
}

// values are how often each delay is there, in the order of delays.
type values []struct {
	delay float64
	n     int64
}

func distribution(rows []row) values {
	v := make(values, len(rows))
	for i, r := range rows {
		v[i].delay, v[i].n = whole(r[0]), r[1].(int64)
	}
	slices.SortFunc(v, func(x, y struct {
		delay float64
		n     int64
	}) int {
		return cmp.Compare(x.delay, y.delay)
	})
	return v
}

// whole is a whole number, whatever integer type a column has.
func whole(v any) float64 {
	switch v := v.(type) {
	case int16:
		return float64(v)
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	}
	return math.NaN()
}

func (v values) total() (s sums) {
	for _, x := range v {
		s.n += x.n
		s.delay += int64(x.delay) * x.n
		if x.delay >= 15 {
			s.late += x.n
		}
	}
	return s
}

func (v values) average() float64 { s := v.total(); return s.average() }
func (v values) onTime() float64  { s := v.total(); return s.onTime() }

// quantile lies between two values in proportion, as quantile_cont has it.
func (v values) quantile(q float64) float64 {
	total := v.total()
	place := q * float64(total.n-1)
	low, high := v.at(int64(math.Floor(place))), v.at(int64(math.Ceil(place)))
	return low + (high-low)*(place-math.Floor(place))
}

// at is the value in some place of all in order.
func (v values) at(i int64) float64 {
	for _, x := range v {
		if i -= x.n; i < 0 {
			return x.delay
		}
	}
	return math.NaN()
}
