package cli

import (
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

type versionCmd struct{}

// Run prints the version that the build recorded.
func (versionCmd) Run(e *env) error {
	build := telemetry.ReadBuild()
	if e.json {
		return e.printJSON(build)
	}
	_, err := fmt.Fprintf(e.out, "dispatcher %s (%s)\n", build.Version, build.Go)
	return err
}
