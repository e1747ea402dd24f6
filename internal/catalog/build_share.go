package catalog

import "time"

// longestShared bounds how old a shared answer may get: what is to hold for longer is kept by days.
const longestShared = 24 * time.Hour

// shared reads how long answers are shared.
func (b *builder) shared(v *value) *Share {
	if v == nil {
		return nil
	}
	of := func(key string) time.Duration {
		d, _ := time.ParseDuration(v.get(key).str("0s")) // checked by the spec
		if d > longestShared {
			b.faults.add(v.get(key).at, "keep days that are over for longer (keep)", "%s is at most %s", key, longestShared)
		}
		return d
	}
	s := &Share{FreshFor: of("fresh_for"), StaleFor: of("stale_for")}
	if s.FreshFor < time.Millisecond && v.get("fresh_for") != nil {
		b.faults.add(v.get("fresh_for").at, "leave share out", "fresh_for is at least 1ms")
	}
	return s
}
