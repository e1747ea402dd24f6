package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// engine computes over rows in all tests of this process.
var engine struct {
	once sync.Once
	*duckdb.Source
	err error
}

func TestMain(m *testing.M) {
	testenv.Main(m, func() {
		if engine.Source != nil {
			_ = engine.Close()
		}
	})
}

// local returns what computes over rows in these tests.
func local(t testing.TB) source.Local {
	t.Helper()
	engine.once.Do(func() {
		engine.Source, engine.err = duckdb.Open(context.Background(), duckdb.Config{Connections: 16}) //nolint:usetesting // it outlives the test that needs it first
	})
	if engine.err != nil {
		t.Fatal(engine.err)
	}
	return engine.Source
}

// serve starts a server on loopback.
func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// opened returns a source over a server on loopback.
func opened(t testing.TB, url string, cfg httpapi.Config) *httpapi.Source {
	t.Helper()
	cfg.URL, cfg.AllowPrivate = httpapi.Text(url), true
	return openedAs(t, cfg)
}

func openedAs(t testing.TB, cfg httpapi.Config) *httpapi.Source {
	t.Helper()
	if cfg.Local == nil {
		cfg.Local = local(t)
	}
	s, err := httpapi.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// template parses a template that is sound.
func template(t testing.TB, text string) query.Template {
	t.Helper()
	out, err := query.ParseTemplate(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
