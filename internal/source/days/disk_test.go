package days_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// entryOf is an entry whose content follows from its key, so that who reads it can tell whether it is right.
func entryOf(tb testing.TB, key days.Key) days.Entry {
	tb.Helper()
	b, err := frame.NewBuilder(frame.Field{Name: "channel", Kind: frame.String}, frame.Field{Name: "posts", Kind: frame.Int})
	if err != nil {
		tb.Fatal(err)
	}
	random := rand.New(rand.NewPCG(uint64(key.From), uint64(key.To))) //nolint:gosec // any two numbers
	for i := range 50 + random.IntN(200) {
		if err := b.Append(fmt.Sprint("channel ", i), random.Int64N(1000)); err != nil {
			tb.Fatal(err)
		}
	}
	return days.Entry{
		Frame: b.Frame(), At: time.Unix(key.To, 123456000).UTC(), Dataset: fmt.Sprint("posts", key.From%2),
		Days: []time.Time{time.Unix(key.From, 0).UTC(), time.Unix(key.To, 0).UTC()},
	}
}

func keyOf(n int64) days.Key {
	return days.Key{Shape: sha256.Sum256([]byte{byte(n % 7)}), Span: days.Span{From: 1 + n, To: 1 + n*2}}
}

// is checks an entry that was read.
func is(tb testing.TB, key days.Key, got days.Entry) {
	tb.Helper()
	want := entryOf(tb, key)
	same := got.At.Equal(want.At) && got.Dataset == want.Dataset && slices.EqualFunc(got.Days, want.Days, time.Time.Equal) && got.Frame.Rows() == want.Frame.Rows()
	for i := 0; same && i < want.Frame.Rows(); i++ {
		same = got.Frame.At(0).Value(i) == want.Frame.At(0).Value(i) && got.Frame.At(1).Value(i) == want.Frame.At(1).Value(i)
	}
	if !same {
		tb.Errorf("entry %d-%d is another: %d rows, as of %s, days %v, of %s", key.From, key.To, got.Frame.Rows(), got.At, got.Days, got.Dataset)
	}
}

func open(tb testing.TB, dir string, budget int64) *days.Disk {
	tb.Helper()
	d, err := days.OpenDisk(dir, budget)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// files are those of a folder.
func files(tb testing.TB, dir string) []string {
	tb.Helper()
	var out []string
	if err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			out = append(out, path)
		}
		return err
	}); err != nil {
		tb.Fatal(err)
	}
	return out
}

// What is on the disk is there for the next process, and for one beside; purging takes a dataset's entries away.
func TestDiskKeepsEntries(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir, 64<<20)
	for n := range int64(20) {
		d.Put(t.Context(), keyOf(n), entryOf(t, keyOf(n)))
	}
	beside := open(t, dir, 64<<20)
	for n := range int64(20) {
		e, ok := beside.Get(t.Context(), keyOf(n))
		if !ok {
			t.Fatalf("entry %d is not there", n)
		}
		is(t, keyOf(n), e)
		if !slices.Contains(beside.Spans(t.Context(), keyOf(n).Shape), keyOf(n).Span) {
			t.Errorf("entry %d is not listed", n)
		}
	}
	if s := beside.Stats(); s.Entries != 20 || s.Hits != 20 || s.Bytes <= 0 || s.Budget != 64<<20 {
		t.Errorf("%+v", s)
	}
	if n, err := d.Purge(t.Context(), "posts1"); n != 10 || err != nil {
		t.Errorf("%d were purged, %v", n, err)
	}
	if n, err := d.Purge(t.Context(), ""); n != 10 || err != nil {
		t.Errorf("then %d, %v", n, err)
	}
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

// Whatever happens to a file, what is read is right or absent: each of its bytes changed, cut off after each, another entry's file in its place, or what another program left there.
func TestBrokenFilesAreAbsent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir, 64<<20)
	key := keyOf(3)
	put := func() []byte {
		d.Put(t.Context(), key, entryOf(t, key))
		data, err := os.ReadFile(files(t, dir)[0])
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	data := put()
	path := files(t, dir)[0]
	absent := func(what string, data []byte) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok := d.Get(t.Context(), key); ok {
			t.Errorf("%s: it is served", what)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: it is still there", what)
		}
	}
	for i := range data {
		broken := slices.Clone(data)
		broken[i] ^= 1 << (i % 8)
		absent(fmt.Sprint("bit in byte ", i), broken)
		if i%16 == 0 {
			absent(fmt.Sprint("cut after ", i), data[:i])
		}
	}
	absent("more behind it", append(slices.Clone(data), 0))
	absent("zeros", make([]byte, len(data)))
	elsewhere := t.TempDir()
	open(t, elsewhere, 64<<20).Put(t.Context(), keyOf(10), entryOf(t, keyOf(10)))
	foreign, err := os.ReadFile(files(t, elsewhere)[0])
	if err != nil {
		t.Fatal(err)
	}
	absent("another entry's", foreign)
	if d.Corrupt() == 0 {
		t.Error("none was counted")
	}
	put()
	e, ok := d.Get(t.Context(), key)
	if !ok {
		t.Fatal("what is put after that is not there")
	}
	is(t, key, e)
}

// A folder takes no more than its budget, whoever writes; what was used last is what is left.
func TestDiskStaysWithinItsBudget(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const budget = 1 << 20
	old := time.Now().Add(-time.Hour)
	var writers sync.WaitGroup
	for w := range int64(3) {
		d := open(t, dir, budget)
		writers.Go(func() {
			for n := range int64(150) {
				d.Put(t.Context(), keyOf(w*1000+n), entryOf(t, keyOf(w*1000+n)))
			}
		})
	}
	writers.Wait()
	total := int64(0)
	for _, path := range files(t, dir) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if total > budget || total == 0 {
		t.Errorf("the files have %d bytes of %d", total, int64(budget))
	}
	d := open(t, dir, budget)
	d.Put(t.Context(), keyOf(5000), entryOf(t, keyOf(5000)))
	open(t, dir, 64<<10)
	if _, ok := d.Get(t.Context(), keyOf(5000)); !ok {
		t.Error("what was used last is gone")
	}
}

// A process that is killed while it writes, at any moment, leaves entries that are right, or none.
func TestKilledWritersLeaveNoWrongEntry(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("DAYS_TEST_WRITE"); dir != "" {
		d := open(t, dir, 8<<20)
		for n := int64(0); ; n++ {
			d.Put(t.Context(), keyOf(n%300), entryOf(t, keyOf(n%300)))
		}
	}
	dir := t.TempDir()
	read := 0
	for round := range 12 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledWritersLeaveNoWrongEntry$")
		cmd.Env = append(os.Environ(), "DAYS_TEST_WRITE="+dir)
		start := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		testenv.Eventually(t, time.Minute, "it has written", func() (bool, string) {
			all := files(t, dir)
			return slices.ContainsFunc(all, func(path string) bool {
				info, err := os.Stat(path)
				return err == nil && filepath.Ext(path) == ".kept1" && info.ModTime().After(start)
			}), fmt.Sprint(len(all), " files")
		})
		time.Sleep(time.Duration(rand.IntN(30*(1+round%3))) * time.Millisecond) // any moment
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		d := open(t, dir, 8<<20)
		for n := range int64(300) {
			if e, ok := d.Get(t.Context(), keyOf(n)); ok {
				is(t, keyOf(n), e)
				read++
			}
		}
		if n := d.Corrupt(); n > 0 {
			t.Errorf("round %s: %d files were not whole", strconv.Itoa(round), n)
		}
	}
	if read == 0 {
		t.Error("nothing was written")
	}
	t.Logf("%d entries were read", read)
}

// What a process has kept is there for the next one: it asks for the open days alone.
func TestKeptDaysSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inner := &listening{Source: sourcetest.NewPlain([]sourcetest.Row{{"at": time.Date(2001, 3, 5, 12, 0, 0, 0, time.UTC), "channel": "a"}})}
	for i, want := range []string{"1-16 16-20", "16-20"} {
		tiers := days.NewTiers(days.NewMemory(1<<20), open(t, dir, 1<<20))
		s := days.New(inner, days.Origin{Scope: "rows"}, days.Options{Store: tiers, Now: time.Now})
		q := &query.Query{
			Dataset: "posts", Relation: query.Relation{Table: "rows"}, MaxRows: 100, Time: &query.TimeField{Column: "at", Storage: query.StorageTimestamp},
			Range:  query.Range{From: time.Date(2001, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2001, 3, 20, 0, 0, 0, 0, time.UTC)},
			Groups: []query.Group{{Name: "channel", Field: query.Field{Column: "channel", Type: query.String}}}, Measures: []query.Measure{{Name: "posts", Agg: query.Count}},
		}
		q.Keep = keepOf(q.Range, time.UTC, time.Date(2001, 3, 16, 0, 0, 0, 0, time.UTC))
		r, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := r.Frame.At(1).Int(0); r.Frame.Rows() != 1 || n != 1 {
			t.Errorf("process %d: %d rows, %d posts", i, r.Frame.Rows(), n)
		}
		if got := inner.heard(); got != want {
			t.Errorf("process %d asked %q, want %q", i, got, want)
		}
		for range 2 {
			if err := tiers.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
