package object_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/object"
)

// wide is a file of 12 columns and 400,000 rows, one a minute from 2002 on, in row groups of 100,000.
func wide(t testing.TB) []byte {
	t.Helper()
	columns := []string{"TIMESTAMP '2002-01-01' + to_minutes(i) AS at", "i AS n", "(hash(i) % 1000)::BIGINT AS k"}
	for _, c := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "j"} {
		columns = append(columns, "hash(i, '"+c+"')::VARCHAR AS "+c)
	}
	return parquet(t, "SELECT "+strings.Join(columns, ", ")+" FROM range(400000) t(i)", "ROW_GROUP_SIZE 100000")
}

func sumOf(column string, from, to time.Time) *query.Query {
	return &query.Query{
		Dataset: "wide", Relation: query.Relation{Files: []string{"wide/*.parquet"}, Format: "parquet"}, MaxRows: 10,
		Time: &query.TimeField{Column: "at", Storage: "timestamp"}, Range: query.Range{From: from, To: to},
		Measures: []query.Measure{{Name: "rows", Agg: query.Count}, {Name: "sum", Agg: query.Sum, Field: query.Field{Column: column, Type: query.Int}}},
	}
}

var start = time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)

func TestOnlyNeededPartsAreRead(t *testing.T) {
	t.Parallel()
	data := wide(t)
	b := newBucket(t, servers()["minio"](t))
	b.put("wide/2002.parquet", data)
	s := b.source(nil)
	ask := func(q *query.Query, rows int64) (fetched int64) {
		t.Helper()
		r, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := r.Frame.At(0).Int(0); n != rows {
			t.Errorf("%d rows, want %d", n, rows)
		}
		return r.Stats.Bytes
	}
	size := int64(len(data))
	all := sumOf("n", start, start.AddDate(1, 0, 0))
	if got := ask(all, 400_000); got == 0 || got > size/3 {
		t.Errorf("2 of 12 columns took %d of %d bytes, more than a third", got, size)
	}
	if got := ask(all, 400_000); got != 0 {
		t.Errorf("the second time took %d bytes", got)
	}
	// Another column is added to what is there: for one of the four row groups only.
	one := ask(sumOf("k", start.Add(100_010*time.Minute), start.Add(100_020*time.Minute)), 10)
	rest := ask(sumOf("k", start, start.AddDate(1, 0, 0)), 400_000)
	if one == 0 || rest < 2*one {
		t.Errorf("one row group took %d bytes, the other three %d", one, rest)
	}
	if got := ask(sumOf("n", start.AddDate(5, 0, 0), start.AddDate(6, 0, 0)), 0); got != 0 {
		t.Errorf("a range without rows took %d bytes", got)
	}
}

func TestChangedObjectIsReadAnew(t *testing.T) {
	t.Parallel()
	b := newBucket(t, servers()["minio"](t))
	s := b.source(func(c *object.Config) { c.WholeBelow = 1 })
	for _, rows := range []string{"10", "25"} {
		b.put("wide/x.parquet", parquet(t, "SELECT TIMESTAMP '2002-01-01' AS at, i AS n FROM range("+rows+") t(i)"))
		r, err := s.Query(t.Context(), sumOf("n", start, start.AddDate(0, 0, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := r.Frame.At(0).Int(0); (rows == "10") != (n == 10) {
			t.Errorf("%d rows, want %s", n, rows)
		}
	}
}

func TestCacheStaysWithinItsLimit(t *testing.T) {
	t.Parallel()
	b := newBucket(t, servers()["minio"](t))
	one := parquet(t, "SELECT TIMESTAMP '2002-01-01' + to_minutes(i) AS at, (hash(i) % 1000000)::BIGINT AS n FROM range(50000) t(i)")
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		b.put("wide/"+name+".parquet", one)
	}
	var dir string
	s := b.source(func(c *object.Config) { c.CacheBytes, dir = 2*int64(len(one)), c.CacheDir })
	for _, name := range []string{"a", "b", "c", "d", "e", "a"} {
		q := sumOf("n", start, start.AddDate(1, 0, 0))
		q.Relation.Files = []string{"wide/" + name + ".parquet"}
		r, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if r.Stats.Bytes == 0 {
			t.Errorf("%s was still there", name)
		}
	}
	kept, err := os.ReadDir(dir)
	if err != nil || len(kept) == 0 || len(kept) > 2 {
		t.Errorf("%d objects are kept, %v; there is room for 2", len(kept), err)
	}
	// All of them at once is more than the limit, and works.
	if _, err := s.Query(t.Context(), sumOf("n", start, start.AddDate(1, 0, 0))); err != nil {
		t.Error(err)
	}
}

// What is not a sound file is refused with a reason, quickly and without a crash.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	sound := parquet(t, "SELECT TIMESTAMP '2002-01-01' AS at, i AS n FROM range(1000) t(i)")
	footer := int(binary.LittleEndian.Uint32(sound[len(sound)-8:]))
	changed := func(at int, with ...byte) []byte {
		out := bytes.Clone(sound)
		copy(out[at:], with)
		return out
	}
	b := newBucket(t, servers()["minio"](t))
	s := b.source(func(c *object.Config) { c.WholeBelow = 1 })
	for name, data := range map[string][]byte{
		"empty of all": []byte("PAR1PAR1"), "text": []byte("not a file of this kind"), "cut off": sound[:len(sound)/2],
		"long footer": changed(len(sound)-8, 0xff, 0xff, 0xff, 0x7f), "huge footer": changed(len(sound)-8, 0xff, 0xff, 0xff, 0xff),
		"no footer": changed(len(sound)-8, 0, 0, 0, 0), "noise": changed(len(sound)-8-footer, bytes.Repeat([]byte{0xff}, footer)...),
		"no data": changed(4, make([]byte, len(sound)-8-footer-4)...),
	} {
		key := "wide/" + strings.ReplaceAll(name, " ", "-") + ".parquet"
		b.put(key, data)
		q := sumOf("n", start, start.AddDate(1, 0, 0))
		q.Relation.Files = []string{key}
		_, err := s.Query(t.Context(), q)
		if fault.ClassOf(err) != fault.Permanent || fault.ReasonOf(err) == "internal_error" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range footer {
		data := changed(len(sound)-8-footer+i, sound[len(sound)-8-footer+i]^0x55)
		if i%7 != 0 {
			continue // each of them takes a while
		}
		b.put("wide/flipped.parquet", data)
		q := sumOf("n", start, start.AddDate(1, 0, 0))
		q.Relation.Files = []string{"wide/flipped.parquet"}
		if _, err := s.Query(t.Context(), q); err != nil && fault.ReasonOf(err) == "internal_error" {
			t.Errorf("byte %d of the footer: %v", i, err)
		}
	}
}

func TestLimitsOfOneQuery(t *testing.T) {
	t.Parallel()
	b := newBucket(t, servers()["minio"](t))
	one := parquet(t, "SELECT TIMESTAMP '2002-01-01' AS at, i AS n FROM range(10) t(i)")
	for _, name := range []string{"a", "b", "c"} {
		b.put("wide/"+name+".parquet", one)
	}
	for name, change := range map[string]func(*object.Config, *query.Query){
		"objects":               func(c *object.Config, _ *query.Query) { c.MaxObjects = 2 },
		"bytes":                 func(c *object.Config, _ *query.Query) { c.MaxBytes = 100 },
		"unpacked":              func(c *object.Config, _ *query.Query) { c.MaxUnpacked = 100 },
		"rows":                  func(c *object.Config, _ *query.Query) { c.MaxRows = 29 },
		"footers":               func(c *object.Config, _ *query.Query) { c.FooterBytes = 100 },
		"the query's own bytes": func(_ *object.Config, q *query.Query) { q.MaxReadBytes = 100 },
	} {
		q := sumOf("n", start, start.AddDate(1, 0, 0))
		src := b.source(func(c *object.Config) { change(c, q) })
		if _, err := src.Query(t.Context(), q); fault.ReasonOf(err) != "source_limit" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStoreThatIsAway(t *testing.T) {
	t.Parallel()
	b := newBucket(t, servers()["minio"](t))
	q := sumOf("n", start, start.AddDate(1, 0, 0))
	secret := "swordfish"
	for name, c := range map[string]struct {
		change func(*object.Config)
		class  fault.Class
	}{
		"nobody listens": {func(c *object.Config) { c.URL = "http://key:" + secret + "@127.0.0.1:1" }, fault.Transient},
		"wrong secret":   {func(c *object.Config) { c.URL = strings.Replace(b.url, "dispatcher-test", secret, 1) }, fault.Permanent},
		"no bucket":      {func(c *object.Config) { c.Bucket = "there-is-none" }, fault.Permanent},
	} {
		s := b.source(c.change)
		for _, err := range []error{s.Ping(t.Context()), func() error { _, err := s.Query(t.Context(), q); return err }()} {
			if fault.ClassOf(err) != c.class {
				t.Errorf("%s: %v", name, err)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error tells the secret: %v", name, err)
			}
		}
	}
	if _, err := object.Open(t.Context(), object.Config{URL: "://" + secret, CacheDir: filepath.Join(t.TempDir(), "c")}); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("a bad URL: %v", err)
	}
}

func TestLinkIsReadWithoutCredentials(t *testing.T) {
	t.Parallel()
	b := newBucket(t, servers()["minio"](t))
	b.put("reports/a.csv", []byte("x"))
	s := b.source(nil)
	link, err := s.Link(t.Context(), "reports/a.csv", time.Minute)
	if err != nil || !strings.Contains(link, "X-Amz-Signature=") || strings.Contains(link, "dispatcher-test") {
		t.Fatalf("%s, %v", link, err)
	}
	if body := get(t, link); body != "x" {
		t.Errorf("the link gives %q", body)
	}
	for _, key := range []string{"", "..", "../x", "a/../../x", "/a", "a//b", "a/"} {
		if _, err := s.Link(t.Context(), key, time.Minute); fault.ClassOf(err) != fault.Reject {
			t.Errorf("%q: %v", key, err)
		}
	}
	if _, err := s.Link(t.Context(), "reports/a.csv", 0); err == nil || errors.Is(err, nil) {
		t.Error("a link that is never valid was made")
	}
}
