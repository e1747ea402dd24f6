package process

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Reread is what files hold that may be replaced while the process runs. Files that do not fit together, as in the middle of a replacement, leave
// in use what they held before; that is logged once.
type Reread[T any] struct {
	read func() (T, error)
	log  *slog.Logger

	mu    sync.Mutex
	last  T
	fault string
}

// NewReread reads the files for the first time, when a fault is one of the start.
func NewReread[T any](log *slog.Logger, read func() (T, error)) (*Reread[T], error) {
	first, err := read()
	if err != nil {
		return nil, err
	}
	return &Reread[T]{read: read, log: log, last: first}, nil
}

// Now returns what the files hold.
func (r *Reread[T]) Now(ctx context.Context) T {
	r.mu.Lock()
	defer r.mu.Unlock()
	got, err := r.read()
	switch {
	case err == nil:
		r.last, r.fault = got, ""
	case r.fault != err.Error():
		r.fault = err.Error()
		r.log.WarnContext(ctx, "what a file held before stays in use", telemetry.Err(err))
	}
	return r.last
}

// dialer returns what connects to a Redis over TLS, with the certificates and authorities that their files hold then; nil where TLS is off.
func dialer(c *config.Redis, log *slog.Logger) (func(ctx context.Context, network, addr string) (net.Conn, error), error) {
	if !c.TLS {
		return nil, nil //nolint:nilnil // no TLS is no fault
	}
	conf, err := NewReread(log, func() (*tls.Config, error) { return tlsOf(c) })
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		return (&tls.Dialer{NetDialer: &net.Dialer{Timeout: redisDial}, Config: conf.Now(ctx)}).DialContext(ctx, network, addr)
	}, nil
}

// tlsOf returns how a server is reached over TLS. The server's name is that of the address that is dialed. An error names the file's purpose: the
// broker's and the backend's variables differ in their prefix alone.
func tlsOf(c *config.Redis) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLSCAFile != "" {
		pem, err := os.ReadFile(c.TLSCAFile)
		if err != nil {
			return nil, fmt.Errorf("redis: authorities (TLS_CA_FILE): %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("redis: authorities (TLS_CA_FILE): the file holds no certificate")
		}
	}
	if c.TLSCertFile != "" {
		cert, err := tls.LoadX509KeyPair(c.TLSCertFile, c.TLSKeyFile)
		if err != nil {
			return nil, fmt.Errorf("redis: certificate (TLS_CERT_FILE, TLS_KEY_FILE): %w", err)
		}
		conf.Certificates = []tls.Certificate{cert}
	}
	return conf, nil
}

// login returns what a new connection says who it is: the password is what its file holds then. It is nil where the password is no file's.
func login(c *config.Redis, log *slog.Logger) (func(context.Context) (user, password string, err error), error) {
	if c.PasswordFile == "" {
		return nil, nil //nolint:nilnil // no file is no fault
	}
	password, err := NewReread(log, func() (config.Secret, error) { return passwordIn(c.PasswordFile, "PASSWORD_FILE") })
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (string, string, error) { return c.Username, password.Now(ctx).Reveal(), nil }, nil
}

// sentinelLogin returns what a new connection says to a sentinel: the password is what its file holds then. It is nil where the password is no file's.
// The driver asks nobody for it, but calls this for each connection, to sentinels and to the primary: who still wants a password by then is a sentinel,
// since the primary was told its own before.
func sentinelLogin(c *config.Redis, log *slog.Logger) (func(context.Context, *redis.Conn) error, error) {
	if c.SentinelPasswordFile == "" {
		return nil, nil //nolint:nilnil // no file is no fault
	}
	password, err := NewReread(log, func() (config.Secret, error) { return passwordIn(c.SentinelPasswordFile, "SENTINEL_PASSWORD_FILE") })
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, conn *redis.Conn) error {
		if err := conn.Ping(ctx).Err(); err == nil || !strings.HasPrefix(err.Error(), "NOAUTH") {
			return nil // what else is wrong is said by the commands that follow
		}
		words := []any{"AUTH", password.Now(ctx).Reveal()}
		if c.SentinelUsername != "" {
			words = slices.Insert(words, 1, any(c.SentinelUsername))
		}
		if err := conn.Do(ctx, words...).Err(); err != nil {
			return fmt.Errorf("redis: log in to a sentinel: %w", err)
		}
		return nil
	}, nil
}

// passwordIn reads a password, without the line break that editors put at its end. An error names the file by the end of its variable.
func passwordIn(file, variable string) (config.Secret, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return config.Secret{}, fmt.Errorf("redis: password (%s): %w", variable, err)
	}
	password := strings.TrimRight(string(text), "\r\n")
	if password == "" {
		return config.Secret{}, fmt.Errorf("redis: password (%s): the file is empty", variable)
	}
	return config.NewSecret(password), nil
}
