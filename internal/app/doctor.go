package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/broker"
	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/doctor"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// askLimit bounds the questions to one server.
const askLimit = 5 * time.Second

// Diagnose looks at everything that a deployment needs. It changes nothing, and says everything in its findings.
func Diagnose(ctx context.Context, c *config.Config) []doctor.Finding {
	findings := diagnoseRedis(ctx, "redis", c.Broker, c, func(ctx context.Context, rdb redis.UniversalClient) []doctor.Finding {
		return diagnoseStreams(ctx, rdb, c)
	})
	if c.Backend.Addr() != c.Broker.Addr() {
		findings = append(findings, diagnoseRedis(ctx, "backend", c.Backend, c, nil)...)
	}
	return append(findings, diagnoseStores(ctx, c)...)
}

// diagnoseRedis judges a server, and what more there is to ask it.
func diagnoseRedis(ctx context.Context, subject string, at config.Redis, c *config.Config, more func(context.Context, redis.UniversalClient) []doctor.Finding) []doctor.Finding {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	const do = "see whether it runs, and whether address, password and TLS are right: dispatcher config shows them"
	rdb, err := process.Connect(at, slog.New(slog.DiscardHandler))
	if err != nil {
		return []doctor.Finding{doctor.Unreachable(subject, err, do)}
	}
	defer rdb.Close()
	s, err := broker.Ask(ctx, rdb)
	if err != nil {
		return []doctor.Finding{doctor.Unreachable(subject, fmt.Errorf("%s: %w", at.Where(), err), do)}
	}
	findings := doctor.Redis(subject, s, c.Dispatcher.AllowEviction)
	if more != nil {
		findings = append(findings, more(ctx, rdb)...)
	}
	return findings
}

// stuckShown bounds how many stuck entries are looked for.
const stuckShown = 10

// diagnoseStreams looks at the stream of each class.
func diagnoseStreams(ctx context.Context, rdb redis.UniversalClient, c *config.Config) (findings []doctor.Finding) {
	for _, k := range process.Classes(c) {
		findings = append(findings, diagnoseStream(ctx, rdb, c, k)...)
	}
	return findings
}

func diagnoseStream(ctx context.Context, rdb redis.UniversalClient, c *config.Config, k process.Class) []doctor.Finding {
	names := commit.NamesOf(k.Stream)
	s := &doctor.Stream{
		Subject: "stream", Name: k.Stream, Group: c.Stream.Group, Lease: c.Dispatcher.Lease, StaleAfter: c.EventTimeout, DeliveryLimit: c.Dispatcher.DeliveryLimit,
	}
	input := k.Name == models.Interactive
	if !input {
		s.Subject += "." + string(k.Name)
		s.Places = "APP_DISPATCHER_" + strings.ToUpper(string(k.Name)) + "_SLOTS"
	}
	unknown := func(err error) []doctor.Finding {
		return []doctor.Finding{doctor.Unreachable("stream", err, "the user needs the rights of a consumer on these keys (docs/operations.md)")}
	}
	var err error
	if s.State, err = broker.Look(ctx, rdb, names.Stream, names.Delayed, s.Group); err != nil {
		return unknown(err)
	}
	if !input && !s.State.Exists && s.State.Length == 0 {
		return nil // nothing has come of it, and nobody serves it
	}
	if s.DeadLetters, err = rdb.XLen(ctx, c.Stream.Rejected).Result(); err != nil {
		return unknown(err)
	}
	if s.State.Exists {
		if s.Members, err = broker.Members(ctx, rdb, s.State.At, names.Stream, names.Consumers, s.Group); err != nil {
			return unknown(err)
		}
		pending := broker.Pending{Stream: names.Stream, Group: s.Group, IdleOver: 2 * s.Lease, Most: stuckShown}
		if s.Stuck, err = pending.Entries(ctx, rdb, s.State.At); err != nil {
			return unknown(err)
		}
	}
	return s.Judge()
}

// diagnoseStores asks each source of the catalog.
func diagnoseStores(ctx context.Context, c *config.Config) []doctor.Finding {
	pages, err := OpenPages(ctx, c, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return []doctor.Finding{doctor.Unreachable("catalog", err, "dispatcher catalog check")}
	}
	defer func() { _ = pages.Close() }() // nothing was written
	var findings []doctor.Finding
	names, errs := pages.current.Load().health.Each(ctx)
	for i, name := range names {
		f := doctor.Finding{Check: "store." + name, Level: doctor.OK, Found: "answers"}
		switch err := errs[i]; {
		case err == nil:
		case fault.ReasonOf(err) == "source_not_configured":
			f.Level, f.Found, f.Do = doctor.Note, fault.SafeText(err), "set what the catalog's source names, where its pages are used"
		default:
			f.Level, f.Found, f.Do = doctor.Fail, err.Error(), "see whether it runs, and whether the variables that the catalog's source names are right; until then its widgets say source_unavailable"
		}
		findings = append(findings, f)
	}
	return findings
}
