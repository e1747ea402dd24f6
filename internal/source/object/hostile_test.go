package object_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/object"
)

func gzipped(t testing.TB, data string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t testing.TB, data string) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll([]byte(data), nil)
}

// over asks for the sum of n over some objects, whatever their time.
func over(format string, keys ...string) *query.Query {
	return &query.Query{
		Dataset: "hostile", Relation: query.Relation{Files: keys, Format: format}, MaxRows: 10,
		Measures: []query.Measure{{Name: "rows", Agg: query.Count}, {Name: "sum", Agg: query.Sum, Field: query.Field{Column: "n", Type: query.Int}}},
	}
}

// Text that is none, lies, or asks for too much is refused with a reason and without its objects' names; other objects are read as before.
func TestHostileTextObjects(t *testing.T) {
	t.Parallel()
	b := newBucket(t, servers()["minio"](t))
	s := b.source(nil)
	rows := "n,s\n" + strings.Repeat("1,some text\n", 50_000)
	for key, c := range map[string]struct {
		data   []byte
		reason string
	}{
		"page.csv":      {[]byte("<!DOCTYPE html><html><body>503, \"Service\" Unavailable</body></html>\n"), "source_bad_data"},
		"error.json":    {[]byte("<?xml version=\"1.0\"?><Error><Code>SlowDown</Code></Error>"), "source_bad_data"},
		"null.csv":      {[]byte("n,s\n1,a\x00b\n"), "source_bad_data"},
		"latin.json":    {[]byte("{\"n\":1,\"s\":\"\xfc\"}\n"), "source_bad_data"},
		"field.csv":     {[]byte("n,s\n1," + strings.Repeat("x", 65<<20) + "\n"), "source_limit"},
		"string.json":   {[]byte(`{"n":1,"s":"` + strings.Repeat("x", 65<<20) + `"}`), "source_limit"},
		"deep.json":     {[]byte(`{"n":1,"s":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}"), "source_limit"},
		"open.json":     {[]byte(strings.Repeat(`{"n":`, 1<<20)), "source_limit"},
		"grammar.json":  {[]byte(`{"n" 1 : 2,}` + "\n"), "source_bad_data"},
		"type.json":     {[]byte(`{"n":"many"}` + "\n"), "source_bad_data"},
		"type.csv":      {[]byte("n,s\nmany,1\n"), "source_bad_data"},
		"ragged.csv":    {[]byte("n,s\n1,2\n1,2,3\n"), "source_bad_data"},
		"twice.csv":     {[]byte("n,N\n1,2\n"), "source_bad_data"},
		"columns.csv":   {[]byte(strings.Repeat("n,", 5000) + "n\n"), "source_limit"},
		"nothing.csv":   {[]byte("\n\n\n"), "source_bad_data"},
		"bomb.csv.gz":   {gzipped(t, "n,s\n"+strings.Repeat("1,2\n", 20<<20)), "source_limit"},
		"bomb.json.zst": {zstandard(t, strings.Repeat("{\"n\":1}\n", 10<<20)), "source_limit"},
		"nested.csv.gz": {gzipped(t, string(gzipped(t, rows))), "source_bad_data"},
		"plain.csv.gz":  {[]byte(rows), "source_bad_data"},
		"cut.csv.gz":    {gzipped(t, rows)[:100], "source_bad_data"},
		"packed.csv":    {gzipped(t, rows), "source_bad_data"},
		"no-column.csv": {[]byte("m,s\n1,2\n"), "source_schema"},
		"parquet.csv":   {parquet(t, "SELECT 1 AS n"), "source_bad_data"},
	} {
		key = "secret-name/" + key
		b.put(key, c.data)
		format := "csv"
		if strings.Contains(key, ".json") {
			format = "json"
		}
		_, err := s.Query(t.Context(), over(format, key))
		if fault.ClassOf(err) != fault.Permanent || fault.ReasonOf(err) != c.reason || strings.Contains(fault.SafeText(err), "secret-name") {
			t.Errorf("%s: %v", key, err)
		}
		if c.reason != "source_schema" && err != nil && !strings.Contains(err.Error(), key) {
			t.Errorf("the log is not told of %s: %v", key, err)
		}
		if _, again := s.Query(t.Context(), over(format, key)); fault.ReasonOf(again) != c.reason {
			t.Errorf("%s, once more: %v", key, again)
		}
	}
	b.put("long.csv", []byte("n,s\n1,"+strings.Repeat("x", 8<<20-10)+"\n2,y\n"))
	b.put("long.json", []byte(`{"n":1,"s":"`+strings.Repeat("x", 8<<20-20)+"\"}\n{\"n\":2}"))
	for _, format := range []string{"csv", "json"} {
		if n := sumN(t, s, over(format, "long."+format)); n != 3 {
			t.Errorf("%s: rows as long as they may be add up to %d", format, n)
		}
	}
	b.put("sound.csv.gz", gzipped(t, rows))
	if n := sumN(t, s, over("csv", "sound.csv.gz")); n != 50_000 {
		t.Errorf("a sound object adds up to %d", n)
	}
	less := b.source(func(c *object.Config) { c.Text.Unpacked = int64(len(rows)) - 1 })
	if _, err := less.Query(t.Context(), over("csv", "sound.csv.gz")); fault.ReasonOf(err) != "source_limit" {
		t.Errorf("an object that unpacks to more than is allowed: %v", err)
	}
}

func sumN(t *testing.T, s *object.Source, q *query.Query) int64 {
	t.Helper()
	r, err := s.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := r.Frame.At(1).Int(0)
	return n
}

// What a store's objects look like may change with time: a column comes, moves, or takes another name of its type.
func TestObjectsOfOneDatasetMayDiffer(t *testing.T) {
	t.Parallel()
	b := newBucket(t, servers()["minio"](t))
	s := b.source(nil)
	for key, data := range map[string][]byte{
		"p/1.parquet": parquet(t, "SELECT 1 AS n, 'a' AS s"), "p/2.parquet": parquet(t, "SELECT 'b' AS s"), "p/3.parquet": parquet(t, "SELECT 's' AS s, 20::INTEGER AS N"),
		"p/4.parquet": parquet(t, "SELECT 300::BIGINT AS n WHERE false"),
		"c/1.csv":     []byte("n,s\n1,a\n"), "c/2.csv": []byte("s\nb\n"), "c/3.csv": []byte("x;s;N\r\n9;\"c;c\";20\r\n"), "c/4.csv": []byte("n,s\n"),
		"j/1.json": []byte(`{"n":1,"s":"a"}`), "j/2.json": []byte(`[{"s":"b"}]`), "j/3.json": []byte("{\n\"s\": {\"x\": []}, \"n\": 20}\n"), "j/4.json": []byte("\n"),
	} {
		b.put(key, data)
	}
	for format, pattern := range map[string]string{"parquet": "p/*.parquet", "csv": "c/*.csv", "json": "j/*.json"} {
		r, err := s.Query(t.Context(), over(format, pattern))
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		rows, _ := r.Frame.At(0).Int(0)
		if sum, _ := r.Frame.At(1).Int(0); rows != 3 || sum != 21 {
			t.Errorf("%s: %d rows, sum %d, want 3 and 21", format, rows, sum)
		}
	}
	// Another type is no column of this one.
	b.put("p/5.parquet", parquet(t, "SELECT 'text' AS n"))
	if _, err := s.Query(t.Context(), over("parquet", "p/*.parquet")); fault.ClassOf(err) != fault.Permanent || fault.ReasonOf(err) == "internal_error" {
		t.Errorf("a column of another type: %v", err)
	}
	if _, err := s.Query(t.Context(), over("parquet", "p/2.parquet")); fault.ReasonOf(err) != "source_schema" {
		t.Errorf("a column that no object has: %v", err)
	}
}

// An object that has changed, or gone, since it was listed is looked for once more.
func TestObjectsThatChangeAfterTheyWereListed(t *testing.T) {
	t.Parallel()
	for name, address := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBucket(t, address(t))
			s := b.source(func(c *object.Config) { c.ListFor = time.Hour })
			b.put("x/1.csv", []byte("n\n1\n"))
			b.put("x/2.csv", []byte("n\n2\n"))
			b.put("x/3.parquet", parquet(t, "SELECT 3 AS n"))
			if n := sumN(t, s, over("csv", "x/1*")); n != 1 { // lists all of x/
				t.Fatal(n)
			}
			b.put("x/2.csv", []byte("n\n20\n30\n"))
			if n := sumN(t, s, over("csv", "x/2*")); n != 50 {
				t.Errorf("the object that changed adds up to %d", n)
			}
			b.put("x/3.parquet", parquet(t, "SELECT i AS n FROM range(10) t(i)"))
			if n := sumN(t, s, over("parquet", "x/3*")); n != 45 {
				t.Errorf("the Parquet object that changed adds up to %d", n)
			}
			b.put("x/4.csv", []byte("n\n4\n"))
			s = b.source(func(c *object.Config) { c.ListFor = time.Hour })
			sumN(t, s, over("csv", "x/1*"))
			if err := b.client.RemoveObject(t.Context(), b.name, "x/4.csv", minio.RemoveObjectOptions{}); err != nil {
				t.Fatal(err)
			}
			if n := sumN(t, s, over("csv", "x/*.csv")); n != 51 {
				t.Errorf("without the object that is gone, the others add up to %d", n)
			}
		})
	}
}

// tampering changes answers on their way.
type tampering struct {
	change func(req *http.Request, res *http.Response)
}

func (t tampering) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(req)
	if err == nil {
		t.change(req, res)
	}
	return res, err
}

type endless struct{ read atomic.Int64 }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	e.read.Add(int64(len(b)))
	return len(b), nil
}

func (e *endless) Close() error { return nil }

// An answer that is not what was asked for is an outage, never data.
func TestAnswersThatAreNotTheObject(t *testing.T) {
	t.Parallel()
	b := newBucket(t, servers()["minio"](t))
	b.put("a/x.csv", []byte("n\n1\n2\n"))
	b.put("a/x.parquet", wide(t))
	isRead := func(req *http.Request) bool { return req.Header.Get("Range") != "" }
	body := func(res *http.Response, with io.Reader) {
		_ = res.Body.Close()
		res.Body = io.NopCloser(with)
	}
	flood := &endless{}
	for name, c := range map[string]struct {
		change func(req *http.Request, res *http.Response)
		only   string
	}{
		"a page in place of the object": {func(req *http.Request, res *http.Response) {
			if isRead(req) {
				res.Header = http.Header{"Content-Type": {"text/html"}}
				res.StatusCode = http.StatusOK
				body(res, strings.NewReader("<html>n\n1\n</html>"))
			}
		}, ""},
		"another version": {func(req *http.Request, res *http.Response) {
			if isRead(req) {
				res.Header.Set("ETag", `"another"`)
			}
		}, ""},
		"the wrong part": {func(req *http.Request, res *http.Response) {
			if isRead(req) {
				res.Header.Set("Content-Range", "bytes 0-7/8")
			}
		}, "parquet"},
		"a body that ends early": {func(req *http.Request, res *http.Response) {
			if isRead(req) {
				body(res, io.LimitReader(res.Body, 4))
			}
		}, ""},
		"a listing without an end": {func(req *http.Request, res *http.Response) {
			if req.URL.Query().Has("list-type") {
				_ = res.Body.Close()
				res.Body = flood
			}
		}, ""},
		"a listing that is a page": {func(req *http.Request, res *http.Response) {
			if req.URL.Query().Has("list-type") {
				body(res, strings.NewReader("<!DOCTYPE html><html><body>hello</body></html>"))
			}
		}, ""},
	} {
		for _, format := range []string{"csv", "parquet"} {
			if c.only != "" && c.only != format {
				continue
			}
			s := b.source(func(cfg *object.Config) { cfg.Transport = tampering{c.change} })
			if _, err := s.Query(t.Context(), over(format, "a/x."+format)); fault.ClassOf(err) != fault.Transient {
				t.Errorf("%s, %s: %v", name, format, err)
			}
		}
	}
	if n := flood.read.Load(); n == 0 || n > 200<<20 {
		t.Errorf("of the endless listings %d bytes were read", n)
	}
}

// A disk that is full makes room, or says so.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	b := newBucket(t, servers()["minio"](t))
	b.put("a/x.csv", []byte("n\n1\n2\n"))
	var dir string
	s := b.source(func(c *object.Config) { dir = c.CacheDir })
	sumN(t, s, over("csv", "a/x.csv"))
	kept, err := os.ReadDir(dir)
	if err != nil || len(kept) != 1 {
		t.Fatalf("%v, %v", kept, err)
	}
	// The same version in another source, whose copy is to be written to a device that is always full.
	full := b.source(func(c *object.Config) { dir = c.CacheDir })
	place := dir + "/" + kept[0].Name()
	if err := errors.Join(os.MkdirAll(place, 0o700), os.Symlink("/dev/full", place+"/plain.csv")); err != nil {
		t.Fatal(err)
	}
	if _, err := full.Query(t.Context(), over("csv", "a/x.csv")); fault.ReasonOf(err) != "source_cache" || !strings.Contains(fault.SafeText(err), "is full") {
		t.Errorf("a full disk: %v", err)
	}
	// With something to remove, it is removed, and the query answers.
	for i := range 3 {
		b.put(fmt.Sprintf("b/%d.csv", i), []byte("n\n7\n"))
	}
	if err := os.Symlink("/dev/full", place+"/plain.csv"); err != nil {
		t.Fatal(err)
	}
	if n := sumN(t, full, over("csv", "b/*.csv")); n != 21 {
		t.Error(n)
	}
	if n := sumN(t, full, over("csv", "a/x.csv")); n != 3 {
		t.Errorf("with room made, the object adds up to %d", n)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%d objects are kept, %v", len(left), err)
	}
}
