package sample

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"
)

// dice are the random numbers of one row: the same for the same name and number, whatever was drawn before.
type dice struct{ *rand.Rand }

func roll(name string, number int) dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))                                  // a hash never fails
	return dice{rand.New(rand.NewPCG(h.Sum64(), uint64(number)))} //nolint:gosec // not for secrets: equal seeds are to give equal rows
}

// chance is true in p of all cases.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// pick returns one of the values, the earlier ones more often.
func pick[T any](d dice, values []T) T {
	f := d.Float64()
	return values[int(f*f*float64(len(values)))]
}

// even returns one of the values, each as often.
func even[T any](d dice, values []T) T { return values[d.IntN(len(values))] }

// some returns up to n of the values, each once.
func some(d dice, values []string, n int) []string {
	out := make([]string, 0, n)
	for range n {
		v := pick(d, values)
		known := false
		for _, o := range out {
			known = known || o == v
		}
		if !known {
			out = append(out, v)
		}
	}
	return out
}

// seconds is a time of a log-normal distribution with this median.
func (d dice) seconds(median time.Duration, spread float64) int64 {
	return int64(math.Round(median.Seconds() * math.Exp(d.NormFloat64()*spread)))
}

// count is a number of a log-normal distribution with this median: most are small, few are huge.
func (d dice) count(median, spread float64) int64 {
	return int64(math.Round(median * math.Exp(d.NormFloat64()*spread)))
}

// moment is a time between two, more often by day than by night.
func (d dice) moment(from, to time.Time) time.Time {
	days := int(to.Sub(from).Hours() / 24)
	day := from.AddDate(0, 0, d.IntN(days))
	// The sum of two throws has its peak in the middle, which is put at 14 hours.
	hour := math.Mod(2+(d.Float64()+d.Float64())*12, 24)
	return day.Add(time.Duration(hour * float64(time.Hour))).Truncate(time.Second)
}
