package cli

import (
	"encoding/json"
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

type cancelCmd struct {
	Request string `arg:"" name:"request-id" help:"The request_id that its producer chose, else the id of its entry, as send prints it."`
}

// Help is shown by --help.
func (cancelCmd) Help() string {
	return `Puts a message on the input stream that cancels a request: what runs of it is stopped, wherever it runs, and what waits is not begun. What was sent of it stays, and
its page ends with Page__Complete, status cancelled. A request that has ended, or that nobody knows, is no error.

  dispatcher cancel 1767225600000-0
  dispatcher --json cancel r-17 | jq -r .entry`
}

// Run sends the message and prints its entry id.
func (c *cancelCmd) Run(e *env) error {
	cfg, err := e.config("APP_DISPATCHER_INPUT_STREAM")
	if err != nil {
		return err
	}
	payload, err := json.Marshal(map[string]any{"eventName": "cancel_request", "eventData": map[string]string{"cancel_request": c.Request}})
	if err != nil {
		return err
	}
	if _, err := (models.Decoder{}).Decode(string(payload)); err != nil {
		return err
	}
	rdb, err := e.broker(cfg)
	if err != nil {
		return err
	}
	defer rdb.Close()
	entry, err := send(e.ctx, rdb, cfg.Stream.Input, payload)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(map[string]string{"entry": entry, "request_id": c.Request})
	}
	_, err = fmt.Fprintf(e.out, "asked to cancel %s, as entry %s\n", c.Request, entry)
	return err
}
