package cli

import "github.com/go-dispatcher/dispatcher/internal/config"

type configCmd struct{}

// Run prints the effective configuration. A tool's own needs do not matter here: what is missing is shown as such.
func (configCmd) Run(e *env) error {
	c, err := e.config()
	if err != nil {
		return err
	}
	if e.json {
		return config.WriteJSON(e.out, c.Effective())
	}
	return config.WriteTable(e.out, c.Effective())
}
