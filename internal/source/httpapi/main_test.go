package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/goleak"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// local returns what computes over rows in these tests.
func local(t testing.TB) source.Local {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Connections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
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
