package cli

import (
	"fmt"
	"runtime/debug"
)

type versionCmd struct{}

// Run prints the version that the build recorded.
func (versionCmd) Run(e *env) error {
	v := map[string]string{"version": "devel"}
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" && info.Main.Version != "(devel)" {
			v["version"] = info.Main.Version
		}
		v["go"] = info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v["revision"] = s.Value
			}
		}
	}
	if e.json {
		return e.printJSON(v)
	}
	_, err := fmt.Fprintf(e.out, "dispatcher %s (%s)\n", v["version"], v["go"])
	return err
}
