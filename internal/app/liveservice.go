package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/sink/live"
)

// liveService makes what speaks the live service's protocol.
func liveService(c *config.Live, log *slog.Logger) (live.Service, error) {
	at := strings.TrimRight(c.URL.Reveal(), "/") + "/" + strings.TrimLeft(c.Path, "/")
	if c.Kind == config.LivePost {
		return &live.Post{URL: at, Keys: c.SigningKeys()}, nil
	}
	key, err := liveKey(c, log)
	if err != nil {
		return nil, err
	}
	if c.Kind == config.LiveCentrifugo {
		return &live.Centrifugo{URL: at, Key: key, Prefix: c.Prefix}, nil
	}
	return &live.Mercure{URL: at, Key: key, Prefix: c.Prefix, Type: c.MercureType, Public: c.MercurePublic}, nil
}

// liveKey returns what the service's key is at the moment: a file may be replaced.
func liveKey(c *config.Live, log *slog.Logger) (func() string, error) {
	if c.KeyFile == "" {
		return c.Key.Reveal, nil
	}
	key, err := process.NewReread(log, func() (config.Secret, error) {
		text, err := os.ReadFile(c.KeyFile)
		if err != nil {
			return config.Secret{}, fmt.Errorf("live service: key (APP_LIVE_KEY_FILE): %w", err)
		}
		switch key := strings.TrimRight(string(text), "\r\n"); {
		case key == "":
			return config.Secret{}, errors.New("live service: key (APP_LIVE_KEY_FILE): the file is empty")
		case c.Kind == config.LiveMercure && len(key) < live.ShortestMercureKey:
			return config.Secret{}, fmt.Errorf("live service: key (APP_LIVE_KEY_FILE): it has fewer than %d bytes", live.ShortestMercureKey)
		default:
			return config.NewSecret(key), nil
		}
	})
	if err != nil {
		return nil, err
	}
	return func() string { return key.Now(context.Background()).Reveal() }, nil
}
