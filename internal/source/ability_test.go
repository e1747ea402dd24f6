package source_test

import (
	"fmt"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/source"
)

// can is a source with every ability.
type can struct {
	source.Source
	source.Describer
	source.Joiner
	source.Local
	source.Files
}

// A wrapper has the abilities that it is given, whatever the source below it has, and no others.
func TestAbilitiesAreExactlyThoseGiven(t *testing.T) {
	t.Parallel()
	all := can{}
	for bits := range 16 {
		var want source.Abilities
		if bits&1 != 0 {
			want.Describer = all
		}
		if bits&2 != 0 {
			want.Joiner = all
		}
		if bits&4 != 0 {
			want.Local = all
		}
		if bits&8 != 0 {
			want.Files = all
		}
		got := source.AbilitiesOf(want.On(all))
		if names(got) != names(want) {
			t.Errorf("given %s, it has %s", names(want), names(got))
		}
	}
	if got := names(source.AbilitiesOf(all)); got != "true true true true" {
		t.Errorf("of all four, %s are found", got)
	}
}

func names(a source.Abilities) string {
	return fmt.Sprint(a.Describer != nil, a.Joiner != nil, a.Local != nil, a.Files != nil)
}
