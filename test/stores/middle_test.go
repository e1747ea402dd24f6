package stores

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// cutAfter is how many bytes of an answer come through before it ends; a large answer is some times as long.
const (
	cutAfter  = 60_000
	largeRows = 400
)

// cuts ends connections in the middle of what a server sends, as often as it is told to, and not before something else has come.
type cuts struct {
	mu         sync.Mutex
	left, made int
	after      <-chan struct{}
}

// allow has n answers cut, each once the channel is closed; nil: at once.
func (c *cuts) allow(n int, after <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.made, c.after = n, 0, after
}

func (c *cuts) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.made
}

// cutter writes to a connection until its answer is to end.
type cutter struct {
	net.Conn
	cuts *cuts
	sent int
}

func (c *cutter) Write(p []byte) (int, error) {
	c.cuts.mu.Lock()
	armed := c.cuts.left > 0
	var after <-chan struct{}
	if !armed {
		c.sent = 0
	} else if c.sent+len(p) > cutAfter {
		c.cuts.left--
		c.cuts.made++
		p, c.sent, after = p[:cutAfter-c.sent], -1, c.cuts.after
	}
	c.cuts.mu.Unlock()
	if after != nil {
		select {
		case <-after:
		case <-time.After(patience):
		}
	}
	n, err := c.Conn.Write(p)
	if armed && c.sent < 0 {
		_ = c.Close()
		return n, errors.New("cut")
	}
	if armed {
		c.sent += n
	}
	return n, err
}

// large is a set whose texts no packing makes small.
func large() *set {
	s := &set{name: "posts", tenant: "company", time: "at", id: "id", alone: true, columns: []col{
		{name: "company", kind: query.String}, {name: "id", kind: query.String}, {name: "at", kind: query.Time, storage: query.StorageTimestamp}, {name: "text", kind: query.String},
	}}
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same rows each time
	for i := range largeRows {
		text := make([]byte, 500)
		for j := range text {
			text[j] = byte('!' + r.IntN(90))
		}
		s.rows = append(s.rows, sourcetest.Row{
			"company": "acme", "id": fmt.Sprintf("%04d", i), "at": time.Date(2002, 5, 1, 0, 0, i, 0, time.UTC), "text": strings.NewReplacer("'", "a", `\`, "b").Replace(string(text)),
		})
	}
	return s
}

// An answer that ends in its middle costs a connection and is asked for again. Where it ends each time, the widget has an error of its own, and nothing of the
// half that came; the rest of the page is there before. Nothing of it is left: no connection, no goroutine, no file.
func TestAnAnswerThatEndsInTheMiddle(t *testing.T) { //nolint:paralleltest // files are counted in a folder that the environment names
	s := large()
	for _, place := range places() {
		if !slices.Contains([]string{"mongodb", "cassandra", "minio/parquet", "trino", "http"}, place.name) {
			continue
		}
		t.Run(place.name, func(t *testing.T) {
			near, far := inDuckDB(t, s), place.put(t, s)
			l := rerouted(t, far)
			temp := t.TempDir()
			t.Setenv("TMPDIR", temp)
			before := goroutines()
			pages := over(t, near.root, "version: 1\nsources:\n  near: {kind: duckdb}\n  far: "+strings.Replace(far.source, "allow_private: true", "allow_private: true, reuse: 1ns", 1)+
				fmt.Sprintf("\ndatasets:\n  near: {source: near, %s, time: {field: at}, tenant: {parameter: company_id, field: company}, dimensions: {id: {}, text: {}}, measures: {rows: {agg: count}}}\n"+
					"  far: {like: near, source: far, limits: {timeout: 5m}, %s}\n"+
					"pages:\n  P: {widgets: {near: {kind: stat, dataset: near, measures: [rows]}, far: {kind: feed, dataset: far, dimensions: [id, text], sort: [id], page_size: %d}}}\n",
					near.relation("at"), far.relation("at"), largeRows))
			for _, c := range []struct {
				what  string
				cuts  int
				class fault.Class // 0: the whole answer comes
			}{{"each time", 1000, fault.Transient}, {"once", 1, 0}, {"never", 0, 0}} {
				if place.name == "cassandra" {
					foundBack(t, pages) // its driver has no connection for a while after the many cuts
				}
				nearEnds := make(chan struct{})
				l.cuts.allow(c.cuts, nearEnds) // half an answer is what the far one has until then, and delays nothing
				near, far, rows := nearAndFar(t, pages, sync.OnceFunc(func() { close(nearEnds) }))
				if near.err != nil || c.class != 0 && near.place != 0 { // of two stores that answer, either may be first
					t.Errorf("%s: the widget of the store that answers: %+v", c.what, near)
				}
				switch {
				case c.class == 0 && (far.err != nil || rows != largeRows):
					t.Errorf("%s: %d rows, %v", c.what, rows, far.err)
				case c.class != 0 && (fault.ClassOf(far.err) != c.class || fault.ReasonOf(far.err) != "source_unavailable" || rows != 0):
					t.Errorf("%s: %d rows, %v: %v", c.what, rows, fault.ClassOf(far.err), far.err)
				}
				if n := l.cuts.count(); n < min(1, c.cuts) || n > c.cuts {
					t.Errorf("%s: %d answers were cut", c.what, n)
				}
				l.cuts.allow(0, nil)
			}
			if err := pages.Close(); err != nil {
				t.Error(err)
			}
			settles(t, "connections", 0, func() int { return int(l.open.Load()) })
			settles(t, "goroutines", before+3, goroutines)
			settles(t, "files", 0, func() int { return len(filesBelow(t, temp)) })
		})
	}
}

// rerouted puts a line before the server that the file of a place names.
func rerouted(t *testing.T, at placed) *line {
	t.Helper()
	found := regexp.MustCompile(`url_file: "([^"]+)"`).FindStringSubmatch(at.source)
	if found == nil {
		t.Fatalf("%s names no file", at.source)
	}
	address, err := os.ReadFile(found[1])
	if err != nil {
		t.Fatal(err)
	}
	l, through := through(t, strings.TrimSpace(string(address)))
	if err := os.WriteFile(found[1], []byte(through), 0o600); err != nil {
		t.Fatal(err)
	}
	return l
}

// healthy is how many answers in turn leave a breaker so few of the last ten calls that failed that those of one page open it no more.
const healthy = 6

// foundBack asks the far store until it answers, each time: it is connected then, and its breaker far from opening.
func foundBack(t *testing.T, pages *app.Pages) {
	t.Helper()
	limit, again := time.Now().Add(patience), time.NewTicker(50*time.Millisecond)
	defer again.Stop()
	for answers := 0; answers < healthy; {
		_, far, _ := nearAndFar(t, pages, func() {})
		if far.err == nil {
			answers++
			continue
		}
		if answers = 0; time.Now().After(limit) {
			t.Fatalf("not found back: %v", far.err)
		}
		<-again.C
	}
}

// nearAndFar computes the page: how its two widgets ended, and how many rows the far one has. It calls nearEnds when the near one has.
func nearAndFar(t *testing.T, pages *app.Pages, nearEnds func()) (near, far ending, rows int) {
	t.Helper()
	ends := endings(t, pages, "P", &models.Request{CompanyID: "acme", StartDate: "2002-04-01", EndDate: "2002-06-01"}, func(widget string, data *format.Data) error {
		if widget == "near" {
			nearEnds()
		} else if data != nil {
			shown, err := shown(data)
			if err != nil {
				return err
			}
			rows = len(columnsOf(shown)[0])
		}
		return nil
	})
	return ends["near"], ends["far"], rows
}
