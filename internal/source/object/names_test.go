package object_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/object"
)

// wire notes every request, as it goes out.
type wire struct {
	mu    sync.Mutex
	lists []string // prefixes
	reads []string // paths
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	w.mu.Lock()
	switch q := req.URL.Query(); {
	case q.Has("list-type"):
		w.lists = append(w.lists, q.Get("prefix"))
	case req.Header.Get("Range") != "":
		w.reads = append(w.reads, req.URL.Path)
	}
	w.mu.Unlock()
	return http.DefaultTransport.RoundTrip(req)
}

func (w *wire) taken() (lists, reads []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	lists, reads = w.lists, w.reads
	w.lists, w.reads = nil, nil
	slices.Sort(lists)
	slices.Sort(reads)
	return lists, reads
}

// hostileNames are tenants that would lead somewhere else, if they were a part of a path as they are.
func hostileNames() []string {
	return []string{
		"", ".", "..", "...", "../other", "other/../acme", "acme/", "/acme", "acme/2002", "a/b", "/", "//", `\`, `..\acme2`, "acme\x00", "\x00", "acme\n", "acme\r\nx", "\t", "\x7f", "\x1b[0m",
		"*", "?", "ac*", "acm?", "[a-z]cme", "{tenant}", "{yyyy}", "acme{dd}", "a%2fb", "%2e%2e", "%2e%2e%2fother", "..%2fother", "%00", "%", "acme%20", " acme", "acme ", "ac me", "~", "~root", "$HOME", "$(id)", "`id`",
		"acme;x", "acme&x=1", "acme?versions", "acme#x", "a'b", `a"b`, "<acme>", "acme|x", "ü", "ａｃｍｅ", "acme\u202e", "\u2025", "．．", "acme\u200b", "\ufeffacme", "\xff\xfe", "аcme", strings.Repeat("x", 129), strings.Repeat("../", 50),
	}
}

// Whatever a tenant is called, it sees its own objects or none, and no request goes out for a name that is not one.
func TestTenantsStayUnderTheirPrefix(t *testing.T) {
	t.Parallel()
	day := time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, address := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBucket(t, address(t))
			for i, tenant := range []string{"acme", "acme2", "other", "a.b-c_d:e@f"} {
				for d := range 4 {
					b.put(fmt.Sprintf("posts/%s/%s/rows.csv", tenant, day.AddDate(0, 0, d).Format("2006/01/02")),
						fmt.Appendf(nil, "n,at,company\n%d,%s,%s\n", i+1, day.AddDate(0, 0, d).Format("2006-01-02 12:00:00"), tenant))
				}
			}
			seen := &wire{}
			s := b.source(func(c *object.Config) { c.Transport = seen })
			ask := func(tenant any, days int) (int64, error) {
				q := over("csv", "posts/{tenant}/{yyyy}/{mm}/{dd}/*.csv")
				q.Time, q.Range = &query.TimeField{Column: "at", Storage: "timestamp"}, query.Range{From: day, To: day.AddDate(0, 0, days)}
				q.Tenant = &query.Compare{Field: query.Field{Column: "company", Type: query.String}, Op: query.Eq, Values: []any{tenant}}
				r, err := s.Query(t.Context(), q)
				if err != nil {
					return 0, err
				}
				n, _ := r.Frame.At(1).Int(0)
				return n, nil
			}
			if n, err := ask("acme", 2); err != nil || n != 2 {
				t.Errorf("acme's two days add up to %d, %v", n, err)
			}
			lists, reads := seen.taken()
			if want := []string{"posts/acme/2002/01/01/", "posts/acme/2002/01/02/"}; !slices.Equal(lists, want) {
				t.Errorf("lists %q, want %q", lists, want)
			}
			if want := []string{"/" + b.name + "/posts/acme/2002/01/01/rows.csv", "/" + b.name + "/posts/acme/2002/01/02/rows.csv"}; !slices.Equal(reads, want) {
				t.Errorf("reads %q, want %q", reads, want)
			}
			if n, err := ask("a.b-c_d:e@f", 4); err != nil || n != 16 {
				t.Errorf("an odd name that is one adds up to %d, %v", n, err)
			}
			seen.taken()
			for _, tenant := range hostileNames() {
				n, err := ask(tenant, 4)
				lists, reads := seen.taken()
				if fault.ClassOf(err) != fault.Reject || n != 0 || len(lists)+len(reads) > 0 {
					t.Errorf("%q: sum %d, %v, after %d listings and %d reads", tenant, n, err, len(lists), len(reads))
				}
			}
			// Three widgets of a page list once and read once.
			again := b.source(func(c *object.Config) { c.Transport, c.ListFor = seen, time.Hour })
			s = again
			var widgets sync.WaitGroup
			for range 3 {
				widgets.Go(func() {
					if n, err := ask("acme", 2); err != nil || n != 2 {
						t.Errorf("a widget's sum is %d, %v", n, err)
					}
				})
			}
			widgets.Wait()
			if lists, reads := seen.taken(); len(lists) != 2 || len(reads) != 2 {
				t.Errorf("three widgets took %d listings and %d reads", len(lists), len(reads))
			}
		})
	}
}
