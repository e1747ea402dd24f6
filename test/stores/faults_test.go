package stores

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// through puts a proxy before a server, and returns it with the URL that leads through it.
func through(t *testing.T, address string) (*toxiproxy.Proxy, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, "p", "127.0.0.1:0", u.Host)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	u.Host = proxy.Listen
	return proxy, u.String()
}

// Networks that are slow, cut answers off, reset connections or swallow everything cost an error of the right class, and
// nothing once they are well again.
//
//nolint:paralleltest // the sources read their URLs from the environment
func TestFaultyNetworksCostClassifiedErrorsOnly(t *testing.T) {
	root, columns, rows := posts(t)
	for name, put := range map[string]func(t *testing.T) store{
		"mongodb": func(t *testing.T) store {
			t.Helper()
			return inMongoDB(t, columns, rows)
		},
		"minio": func(t *testing.T) store {
			t.Helper()
			return inBucket(t, testenv.MinIO(t), root, "STORES_TEST_MINIO")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := put(t)
			proxy, address := through(t, s.url)
			s.url = address
			if name == "mongodb" {
				s.url += "?serverSelectionTimeoutMS=1000"
			}
			before := runtime.NumGoroutine()
			pages := opened(t, s, root)
			src := pages.Snapshot().Engine.Sources["conversations"]
			month := 0
			ask := func(limit time.Duration) error {
				// Another month each time, so that nothing of it is at hand.
				month++
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				_, err := src.Query(ctx, total(t, pages, month))
				return err
			}
			if err := ask(10 * time.Second); err != nil {
				t.Fatalf("a sound network: %v", err)
			}
			for _, c := range []struct {
				toxic string
				limit time.Duration
				want  map[fault.Class]bool // none: it works
			}{
				{`{"name":"x","type":"latency","attributes":{"latency":80,"jitter":20}}`, 20 * time.Second, nil},
				{`{"name":"x","type":"bandwidth","attributes":{"rate":200}}`, 20 * time.Second, nil},
				{`{"name":"x","type":"slicer","attributes":{"average_size":50,"size_variation":20,"delay":10}}`, 20 * time.Second, nil},
				{`{"name":"x","type":"reset_peer","attributes":{"timeout":0}}`, 20 * time.Second, map[fault.Class]bool{fault.Transient: true}},
				{`{"name":"x","type":"limit_data","attributes":{"bytes":100}}`, 20 * time.Second, map[fault.Class]bool{fault.Transient: true}},
				{`{"name":"x","type":"timeout","attributes":{"timeout":0}}`, 700 * time.Millisecond, map[fault.Class]bool{fault.Timeout: true, fault.Transient: true}},
			} {
				if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(c.toxic)); err != nil {
					t.Fatal(err)
				}
				err := ask(c.limit)
				switch {
				case len(c.want) == 0 && err != nil, len(c.want) > 0 && !c.want[fault.ClassOf(err)]:
					t.Errorf("%s: %v, %v", c.toxic, fault.ClassOf(err), err)
				}
				if err := proxy.Toxics.RemoveToxic(t.Context(), "x"); err != nil {
					t.Fatal(err)
				}
				recovered := time.Now().Add(15 * time.Second)
				for err = ask(5 * time.Second); err != nil && time.Now().Before(recovered); err = ask(5 * time.Second) {
					t.Logf("not yet well after %s: %v", c.toxic, err)
				}
				if err != nil {
					t.Fatalf("after %s: %v", c.toxic, err)
				}
			}
			if err := pages.Close(); err != nil {
				t.Error(err)
			}
			proxy.Stop()
			end := time.Now().Add(10 * time.Second)
			for runtime.NumGoroutine() > before+3 && time.Now().Before(end) {
				runtime.Gosched()
			}
			if n := runtime.NumGoroutine(); n > before+3 {
				buf := make([]byte, 1<<20)
				t.Errorf("%d goroutines are left of %d\n%s", n, before, buf[:runtime.Stack(buf, true)])
			}
		})
	}
}

// total returns the query for the posts of a month of 2002, another one for each number.
func total(t *testing.T, pages *app.Pages, n int) *query.Query {
	t.Helper()
	s := pages.Snapshot()
	from := time.Date(2002, time.Month(1+n%12), 1+n/12, 0, 0, 0, 0, time.UTC)
	p, err := plan.Build(&models.Request{
		CompanyID: "1", StartDate: from.Format(time.DateOnly), EndDate: from.AddDate(0, 0, 20).Format(time.DateOnly), SelectedWidgets: []string{"total_posts"},
	}, s.Catalog.Pages["ResearchInsightsPage"], s.Catalog, time.Now())
	if err != nil || len(p.Widgets) != 1 || len(p.Widgets[0].Steps) == 0 {
		t.Fatal(fmt.Errorf("no plan: %w", err))
	}
	return p.Widgets[0].Steps[0].Query
}
