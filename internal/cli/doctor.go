package cli

import (
	"fmt"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/doctor"
)

type doctorCmd struct {
	Strict bool `help:"Fail on warnings, too."`
}

// Help says what is looked at, and what the exit codes mean.
func (doctorCmd) Help() string {
	return `Looks at the Redis server (version and published faults, role, persistence, eviction, clock), the input stream (group, consumers, backlog and its oldest
request, entries that nobody serves, dead letters) and each store that the catalog's datasets need. It changes nothing on a server, and takes the environment
that the consumer takes. Each line says what was found; where something is to be done, the next line says what.

  ok    fine                                 note  fine, and worth knowing
  warn  may cost something one day           fail  costs something now

Exit codes: 0 nothing fails, 1 something does (or warns, with --strict), 2 wrong usage.

  dispatcher doctor
  dispatcher --json doctor | jq -r 'select(.level == "fail") | .do'`
}

// Run looks at everything, and fails where something fails.
func (c *doctorCmd) Run(e *env) error {
	cfg, err := e.config("APP_DISPATCHER_INPUT_STREAM", "APP_DISPATCHER_CONSUMER_GROUP", "APP_DISPATCHER_REJECTED_STREAM")
	if err != nil {
		return err
	}
	findings := app.Diagnose(e.ctx, cfg)
	for _, f := range findings {
		if e.json {
			err = e.printJSON(f)
		} else {
			_, err = fmt.Fprintf(e.out, "%-4s  %-20s %s\n", f.Level, f.Check, lines(f.Found))
			if f.Do != "" && err == nil {
				_, err = fmt.Fprintf(e.out, "%-4s  %-20s → %s\n", "", "", f.Do)
			}
		}
		if err != nil {
			return err
		}
	}
	if worst := doctor.Worst(findings); worst == doctor.Fail || worst == doctor.Warn && c.Strict {
		return errReported
	}
	return nil
}

// lines keeps a text that may come from a server on lines of its own, without control characters.
func lines(text string) string {
	parts := strings.Split(text, "\n")
	for i, part := range parts {
		parts[i] = printable(part, 400)
	}
	return strings.Join(parts, "; ")
}
