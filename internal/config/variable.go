package config

import "slices"

// variable is one row of the table that loading, print-outs and documentation are made from.
type variable struct {
	name, section string
	doc           string
	// def is the default as one would set it; defText describes one that depends on other things.
	def, defText string
	// process: cmd/consumer and cmd/server do not start without it.
	process bool
	// ours: an addition to the contract.
	ours bool
	// older is a former name, fallback another variable whose value stands in.
	older, fallback string
	// unit of a duration: "ms" or "s".
	unit string
	// min and max bound numbers; max 0 is no bound.
	min, max int64
	// oneOf are the words that are allowed.
	oneOf []string
	// host: the value is a host, without scheme or port; path: it begins with a slash; schemes are a URL's.
	host, path bool
	schemes    []string
	// into returns the field, whose type decides how the value is read.
	into func(*Config) any
	// derive returns the value and its source where the variable is not set and has no plain default.
	derive func(*Config) (value, source string)
}

func variables() []variable {
	return slices.Concat(streamVariables(), redisVariables(), storeVariables(), httpVariables(),
		behaviorVariables(), ownVariables(), gatewayVariables(), observabilityVariables(), brandingVariables())
}

// ProcessVariables returns the variables that cmd/consumer and cmd/server require.
func ProcessVariables() []string {
	var names []string
	for _, v := range variables() {
		if v.process {
			names = append(names, v.name)
		}
	}
	return names
}
