package source

// Abilities are the optional ones of a source; those that it lacks are nil.
type Abilities struct {
	Describer Describer
	Joiner    Joiner
	Local     Local
	Files     Files
	// Linker goes with none of the others: On leaves them out where it is set.
	Linker Linker
}

// AbilitiesOf returns what a source can do besides being one.
func AbilitiesOf(s any) Abilities {
	var a Abilities
	a.Describer, _ = s.(Describer)
	a.Joiner, _ = s.(Joiner)
	a.Local, _ = s.(Local)
	a.Files, _ = s.(Files)
	a.Linker, _ = s.(Linker)
	return a
}

// On returns base with exactly these abilities, so that a type assertion on a wrapper says what the wrapped source can do. What
// base itself has of them is hidden.
func (a Abilities) On(base Source) Source {
	if a.Linker != nil {
		return struct {
			below
			Linker
		}{below{base}, a.Linker}
	}
	has := func(d, j, l, f bool) bool {
		return d == (a.Describer != nil) && j == (a.Joiner != nil) && l == (a.Local != nil) && f == (a.Files != nil)
	}
	const yes, no = true, false
	switch {
	case has(yes, no, no, no):
		return struct {
			below
			Describer
		}{below{base}, a.Describer}
	case has(no, yes, no, no):
		return struct {
			below
			Joiner
		}{below{base}, a.Joiner}
	case has(yes, yes, no, no):
		return struct {
			below
			Describer
			Joiner
		}{below{base}, a.Describer, a.Joiner}
	case has(no, no, yes, no):
		return struct {
			below
			Local
		}{below{base}, a.Local}
	case has(yes, no, yes, no):
		return struct {
			below
			Describer
			Local
		}{below{base}, a.Describer, a.Local}
	case has(no, yes, yes, no):
		return struct {
			below
			Joiner
			Local
		}{below{base}, a.Joiner, a.Local}
	case has(yes, yes, yes, no):
		return struct {
			below
			Describer
			Joiner
			Local
		}{below{base}, a.Describer, a.Joiner, a.Local}
	case has(no, no, no, yes):
		return struct {
			below
			Files
		}{below{base}, a.Files}
	case has(yes, no, no, yes):
		return struct {
			below
			Describer
			Files
		}{below{base}, a.Describer, a.Files}
	case has(no, yes, no, yes):
		return struct {
			below
			Joiner
			Files
		}{below{base}, a.Joiner, a.Files}
	case has(yes, yes, no, yes):
		return struct {
			below
			Describer
			Joiner
			Files
		}{below{base}, a.Describer, a.Joiner, a.Files}
	case has(no, no, yes, yes):
		return struct {
			below
			Local
			Files
		}{below{base}, a.Local, a.Files}
	case has(yes, no, yes, yes):
		return struct {
			below
			Describer
			Local
			Files
		}{below{base}, a.Describer, a.Local, a.Files}
	case has(no, yes, yes, yes):
		return struct {
			below
			Joiner
			Local
			Files
		}{below{base}, a.Joiner, a.Local, a.Files}
	case has(yes, yes, yes, yes):
		return struct {
			below
			Describer
			Joiner
			Local
			Files
		}{below{base}, a.Describer, a.Joiner, a.Local, a.Files}
	}
	return below{base}
}
