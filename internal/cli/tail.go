package cli

type tailCmd struct {
	RoutingKey string `arg:"" help:"The routing key that the request named."`
	From       string `default:"0" help:"Stream id to start after: 0 for everything, $ for what is new."`
	Keep       bool   `help:"Go on after the page is complete."`
}

// Help is shown by --help.
func (tailCmd) Help() string {
	return "Draws each widget as it arrives and ends after the page's closing message.\nWith --json: one line a message, as it is on the stream."
}

// Run follows the routing key.
func (c *tailCmd) Run(e *env) error {
	cfg, err := e.config("APP_DISPATCHER_OUTPUT_STREAM_PREFIX")
	if err != nil {
		return err
	}
	rdb, err := e.broker(cfg)
	if err != nil {
		return err
	}
	defer rdb.Close()
	return follow(e, rdb, cfg.Stream.OutputPrefix+c.RoutingKey, c.From, !c.Keep)
}
