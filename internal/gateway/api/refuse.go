package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// at names a key of the body's eventData as a JSON pointer.
func at(key string) string { return "/eventData/" + pointer(key) }

// pointer writes a key as the token of a JSON pointer; the index behind an element of a list becomes a token of its own.
func pointer(key string) string {
	key, index, _ := strings.Cut(key, "[")
	key = strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
	if index = strings.TrimSuffix(index, "]"); index != "" {
		key += "/" + index
	}
	return key
}

// unusable says what is wrong with a request's body, by the decoder's error.
func unusable(err error) problem.Problem {
	code, text := fault.ReasonOf(err), fault.SafeText(err)
	if code == models.ReasonTooLarge {
		return problem.New(http.StatusRequestEntityTooLarge, code, text)
	}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.At == "" {
		return problem.New(http.StatusBadRequest, code, text)
	}
	return problem.New(http.StatusBadRequest, code, text, problem.Field{Pointer: at(f.At), Detail: text})
}

// bad is a request whose fault is in one place.
func bad(status int, code, pointer, detail string) problem.Problem {
	return problem.New(status, code, detail, problem.Field{Pointer: pointer, Detail: detail})
}

func notFound(code, detail string) problem.Problem {
	return problem.New(http.StatusNotFound, code, detail)
}

// answer writes a problem for an error: its own, or that the broker cannot be asked.
func (a *API) answer(ctx context.Context, w http.ResponseWriter, err error) {
	if p, ok := errors.AsType[problem.Problem](err); ok {
		p.Write(w)
		return
	}
	if ctx.Err() != nil {
		return // the caller is gone
	}
	a.o.Log.LogAttrs(ctx, slog.LevelWarn, "the broker did not do what a caller asked", telemetry.Err(err))
	w.Header().Set("Retry-After", "2")
	problem.New(http.StatusServiceUnavailable, "broker_unavailable", "the broker does not answer; try again").Write(w)
}
