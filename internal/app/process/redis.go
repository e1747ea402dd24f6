package process

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/config"
)

const (
	redisDial = 5 * time.Second
	redisCall = 10 * time.Second
	// A blocking read must not be sent twice; commits are retried by their own rules.
	redisRetries = -1
	// RESP2 serves Redis 7, Valkey and the embedded server alike.
	redisProtocol = 2
	// clusterRedirects is how often a command follows a slot to another node, or waits for one that is on its way.
	clusterRedirects = 8
)

// Connect returns a client of the configured server, of the primary that the configured sentinels name, or of the configured cluster. It does not
// dial yet. Files of certificates and passwords are read anew for each connection, and must be whole now.
func Connect(c config.Redis, log *slog.Logger) (redis.UniversalClient, error) {
	dial, err := dialer(&c, log)
	if err != nil {
		return nil, err
	}
	who, err := login(&c, log)
	if err != nil {
		return nil, err
	}
	if nodes := c.ClusterAddrs(); len(nodes) > 0 {
		return redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: nodes, Username: c.Username, Password: c.Password.Reveal(), CredentialsProviderContext: who, Dialer: dial, MaxRedirects: clusterRedirects,
			DialTimeout: redisDial, ReadTimeout: redisCall, WriteTimeout: redisCall,
			MaxRetries: redisRetries, Protocol: redisProtocol, DisableIdentity: true,
		}), nil
	}
	if sentinels := c.SentinelAddrs(); len(sentinels) > 0 {
		greet, err := sentinelLogin(&c, log)
		if err != nil {
			return nil, err
		}
		return redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: c.SentinelMaster, SentinelAddrs: sentinels, SentinelUsername: c.SentinelUsername, SentinelPassword: c.SentinelPassword.Reveal(),
			Username: c.Username, Password: c.Password.Reveal(), CredentialsProviderContext: who, DB: c.DB, Dialer: dial, OnConnect: greet,
			DialTimeout: redisDial, ReadTimeout: redisCall, WriteTimeout: redisCall,
			MaxRetries: redisRetries, Protocol: redisProtocol, DisableIdentity: true,
		}), nil
	}
	return redis.NewClient(&redis.Options{
		Addr: c.Addr(), Username: c.Username, Password: c.Password.Reveal(), CredentialsProviderContext: who, DB: c.DB, Dialer: dial,
		DialTimeout: redisDial, ReadTimeout: redisCall, WriteTimeout: redisCall,
		MaxRetries: redisRetries, Protocol: redisProtocol, DisableIdentity: true,
	}), nil
}

// BackendOf connects to the Redis of buffers and statuses; nil where it is the broker.
func BackendOf(c *config.Config, log *slog.Logger) (redis.UniversalClient, error) {
	if c.Backend.Addr() == c.Broker.Addr() {
		return nil, nil //nolint:nilnil // there is no other
	}
	return Connect(c.Backend, log)
}

// driverLog has what the driver says of its connections in the log, for whoever looks for a fault: it would write lines of its own to standard error. What
// matters of it comes back as the error of a command, too.
type driverLog struct{ *slog.Logger }

// Printf is the driver's.
func (l driverLog) Printf(ctx context.Context, format string, args ...any) {
	if l.Enabled(ctx, slog.LevelDebug) {
		l.LogAttrs(ctx, slog.LevelDebug, "go-redis: "+fmt.Sprintf(format, args...))
	}
}
