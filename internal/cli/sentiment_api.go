package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/load"
)

// Where the catalog of the demo over all stores looks for the API of sentiment.
const (
	sentimentURL   = "STORES_SENTIMENT"
	sentimentToken = "STORES_SENTIMENT_TOKEN"
)

type dataServeCmd struct {
	Addr     string `default:"127.0.0.1:8091" help:"Address to listen on."`
	TokenEnv string `name:"token-env" default:"STORES_SENTIMENT_TOKEN" help:"The variable that holds the bearer token that the API asks for."`
}

// Help is shown by --help.
func (dataServeCmd) Help() string {
	return "Serves the sentiment of the embedded conversations by channel and day, as the HTTP API that catalogs/stores asks.\n" +
		"Example:\n  export STORES_SENTIMENT=http://127.0.0.1:8091 STORES_SENTIMENT_TOKEN=something-long\n  dispatcher data serve"
}

// Run serves until the command is ended.
func (c *dataServeCmd) Run(e *env) error {
	token, ok := e.lookup(c.TokenEnv)
	if !ok || token == "" {
		return fmt.Errorf("the variable %s, which is to hold the API's token, is not set", c.TokenEnv)
	}
	url, stop, err := serveSentiment(e.ctx, c.Addr, token)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.err, "serving sentiment at %s/v1/companies/1/sentiment; Ctrl-C ends it\n", url)
	<-e.ctx.Done()
	return stop()
}

// serveSentiment serves the API; stop ends it and waits for that.
func serveSentiment(ctx context.Context, addr, token string) (url string, stop func() error, err error) {
	api, err := sentimentAPI(ctx, token)
	if err != nil {
		return "", nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return "", nil, fmt.Errorf("serve sentiment: %w", err)
	}
	server := &http.Server{Handler: api, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	return "http://" + l.Addr().String(), func() error {
		closing := server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			return errors.Join(err, closing)
		}
		return closing
	}, nil
}

func sentimentAPI(ctx context.Context, token string) (api *load.Sentiment, err error) {
	dir, err := os.MkdirTemp("", "dispatcher-data-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the data: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	data, err := load.OpenConversations(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	return load.NewSentiment(ctx, data, token)
}

// demoSentiment starts the API in this process, unless the environment names one, and tells the catalog where it is.
func demoSentiment(ctx context.Context, e *env) (stop func(), err error) {
	if url, ok := e.lookup(sentimentURL); ok && url != "" {
		return func() {}, nil
	}
	token := rand.Text()
	url, end, err := serveSentiment(ctx, "127.0.0.1:0", token)
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{sentimentURL: url, sentimentToken: token} {
		// The catalog's sources read the environment of this process, which is the demo's own.
		if err := os.Setenv(name, value); err != nil {
			return nil, errors.Join(err, end())
		}
	}
	fmt.Fprintf(e.err, "%-10s %-9s served by the demo itself at %s, from the embedded posts\n", "http", "sentiment", url)
	return func() {
		_ = os.Unsetenv(sentimentURL)
		_ = os.Unsetenv(sentimentToken)
		_ = end() // nobody asks any more
	}, nil
}
