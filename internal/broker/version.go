package broker

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Version is a server's version.
type Version struct{ Major, Minor, Patch int }

// ParseVersion reads 7.2.4; what is no number counts as 0.
func ParseVersion(text string) Version {
	var parts [3]int
	for i, part := range strings.SplitN(text, ".", 3) {
		parts[i], _ = strconv.Atoi(part)
	}
	return Version{parts[0], parts[1], parts[2]}
}

func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// Before orders versions.
func (v Version) Before(w Version) bool {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch)) < 0
}

// Least is the oldest version that is tested with.
//
//nolint:gochecknoglobals // a constant
var Least = Version{7, 0, 0}

// Advisory is a published fault of server versions that concerns what this product uses.
type Advisory struct {
	ID, Product, What string
	// From is the first version that has the fault. Fixed are the first versions without it, of each line that was mended, in ascending
	// order: what is older than the first line's fix, or of a line that is not mended, has it.
	From  Version
	Fixed []Version
}

// advisories is the list of versions that are known to be bad. Only faults of scripts and of blocking reads belong here: commits
// are scripts, and every consumer waits in a blocking read.
//
//nolint:gochecknoglobals // a constant
var advisories = []Advisory{
	{
		ID: "CVE-2025-49844", Product: "redis", What: "a script may run code of its own on the server (use after free in Lua)",
		Fixed: []Version{{6, 2, 20}, {7, 2, 11}, {7, 4, 6}, {8, 0, 4}, {8, 2, 2}},
	},
	{
		ID: "CVE-2025-49844", Product: "valkey", What: "a script may run code of its own on the server (use after free in Lua)",
		Fixed: []Version{{7, 2, 11}, {8, 0, 6}, {8, 1, 4}},
	},
	{
		ID: "CVE-2026-23479", Product: "redis", What: "a client in a blocking read may run code of its own on the server (use after free)",
		From: Version{7, 2, 0}, Fixed: []Version{{8, 6, 3}},
	},
}

// Advisories returns what is known to be wrong with a version. Distributions mend faults without a new version number; their changelog
// has the advisory's ID then.
func Advisories(product string, v Version) []Advisory {
	var out []Advisory
	for _, a := range advisories {
		if a.Product == product && a.concerns(v) {
			out = append(out, a)
		}
	}
	return out
}

func (a *Advisory) concerns(v Version) bool {
	if v.Before(a.From) {
		return false
	}
	for _, fixed := range a.Fixed {
		if v.Major == fixed.Major && v.Minor == fixed.Minor {
			return v.Before(fixed)
		}
	}
	// A line without a fix of its own: what came after the last fix was made with it.
	return v.Before(a.Fixed[len(a.Fixed)-1])
}
