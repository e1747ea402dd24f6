package sample

import (
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/load"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

func open(t *testing.T) *Data {
	t.Helper()
	d, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func table0(t *testing.T, d *Data, name string, scale float64) *load.Table {
	t.Helper()
	out, err := d.Table(t.Context(), name, scale)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestTables holds every table to its own declaration: the number of rows, a value of the declared type or nothing in each column,
// a tenant, a time, and keys that tell rows apart.
func TestTables(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, name := range Names() {
		for _, scale := range []float64{1, 2} {
			made := table0(t, d, name, scale)
			keys := make(map[string]bool)
			rows := 0
			for row, err := range made.Rows {
				if err != nil {
					t.Fatal(err)
				}
				rows++
				if len(row) != len(made.Columns) {
					t.Fatalf("%s: a row of %d values for %d columns", name, len(row), len(made.Columns))
				}
				key := ""
				for i, c := range made.Columns {
					if !fits(c, row[i]) {
						t.Fatalf("%s.%s: %T %v", name, c.Name, row[i], row[i])
					}
					if slices.Contains(made.Key, c.Name) || c.Name == made.Time {
						key += fmt.Sprint(row[i]) + "\x00"
					}
					if row[i] == nil && (c.Name == made.Tenant || c.Name == made.Time) {
						t.Fatalf("%s: a row without %s", name, c.Name)
					}
				}
				if keys[key] {
					t.Fatalf("%s: two rows of key %q", name, key)
				}
				keys[key] = true
			}
			if rows == 0 || rows != made.Count {
				t.Errorf("%s, %v times: %d rows, but says %d", name, scale, rows, made.Count)
			}
		}
	}
}

func fits(c load.Column, v any) bool {
	switch v.(type) {
	case nil:
		return true
	case string:
		return c.Type == query.String && !c.Multi
	case []string:
		return c.Multi
	case int64:
		return c.Type == query.Int
	case float64:
		return c.Type == query.Float
	case bool:
		return c.Type == query.Bool
	case time.Time:
		return c.Type == query.Time
	}
	return false
}

// TestVersion fails where the generator makes other rows under the same version: files of the old rows would stay in use.
func TestVersion(t *testing.T) {
	t.Parallel()
	d := open(t)
	h := fnv.New64a()
	for _, name := range Names() {
		for row, err := range table0(t, d, name, 1.5).Rows {
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(h, row...)
		}
	}
	const made = "8 33748d8fad4ecede"
	if got := fmt.Sprintf("%s %016x", version, h.Sum64()); got != made {
		t.Errorf("the rows are %q, recorded is %q: change version in extract.go, and record it here", got, made)
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	d := open(t)
	if got := table0(t, d, "posts", 1).Count; got != 4150 {
		t.Errorf("by itself there are %d posts", got)
	}
	if got := table0(t, d, "posts", 10).Count; got < 37_000 || got > 46_000 {
		t.Errorf("ten times 4150 posts are %d", got)
	}
	if _, err := d.Table(t.Context(), "nope", 1); err == nil {
		t.Error("a table that is not there was made")
	}
}

// TestAuthorsGrow: authors are exactly those of the posts, whose number grows with that of the posts, and what a row says of one is what their posts say. So reach and
// unique reach can be told from either table.
func TestAuthorsGrow(t *testing.T) {
	t.Parallel()
	d := open(t)
	type told struct {
		posts     int64
		first     time.Time
		followers any
	}
	count := make(map[float64]int)
	for _, scale := range []float64{1, 8} {
		posts, authors := table0(t, d, "posts", scale), table0(t, d, "authors", scale)
		value := func(of *load.Table, row []any, name string) any {
			return row[slices.IndexFunc(of.Columns, func(c load.Column) bool { return c.Name == name })]
		}
		want, got := make(map[string]told), make(map[string]told)
		for row, err := range posts.Rows {
			if err != nil {
				t.Fatal(err)
			}
			name, at := value(posts, row, "author").(string), value(posts, row, "published_at").(time.Time)
			a, known := want[name]
			if !known || at.Before(a.first) {
				a.first = at
			}
			want[name] = told{a.posts + 1, a.first, value(posts, row, "followers")}
		}
		for row, err := range authors.Rows {
			if err != nil {
				t.Fatal(err)
			}
			got[value(authors, row, "author").(string)] = told{value(authors, row, "posts").(int64), value(authors, row, "first_seen").(time.Time), value(authors, row, "followers")}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%v times: %d authors are not the %d of the posts", scale, len(got), len(want))
		}
		count[scale] = len(got)
	}
	// 2,458 threads by 900 authors; the others have six for each 16 threads, but for helpers whom nobody needed.
	if grown := float64(count[8]-count[1]) / (7 * 2458); count[1] != 900 || grown < 0.36 || grown > 6.0/16 {
		t.Errorf("authors by size: %v, %.3f a generated thread", count, grown)
	}
}

// TestTerms: whatever customers said of a survey has terms to group it by, in the language that they wrote in.
func TestTerms(t *testing.T) {
	t.Parallel()
	answers := table0(t, open(t), "answers", 1)
	at := func(name string) int {
		return slices.IndexFunc(answers.Columns, func(c load.Column) bool { return c.Name == name })
	}
	texts, terms := make(map[any]int), make(map[string]int)
	for row, err := range answers.Rows {
		if err != nil {
			t.Fatal(err)
		}
		of := row[at("terms")].([]string)
		if (row[at("words")] == nil) != (len(of) == 0) || (row[at("words")] == nil) != (row[at("language")] == nil) {
			t.Fatalf("words %v, terms %v in %v", row[at("words")], of, row[at("language")])
		}
		for _, term := range of {
			if arabic := strings.ContainsAny(term, "ابتدرسعفقكلمنوي"); arabic != (row[at("language")] == "ar") {
				t.Errorf("%q in %v", term, row[at("language")])
			}
			terms[term]++
		}
		texts[row[at("words")]]++
	}
	if len(texts) != 17 || len(terms) < 12 || terms["answer"] < 20 || terms["إجابة"] < 10 {
		t.Errorf("%d texts, terms %v", len(texts), terms)
	}
}

func TestBusinessTime(t *testing.T) {
	t.Parallel()
	at := func(s string) time.Time {
		v, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, test := range []struct {
		from, to string
		want     time.Duration
	}{
		{"2002-09-06 16:00", "2002-09-09 10:00", 2 * time.Hour}, // Friday to Monday
		{"2002-09-07 10:00", "2002-09-08 20:00", 0},             // a weekend
		{"2002-09-04 08:00", "2002-09-04 09:30", 30 * time.Minute},
		{"2002-09-04 12:00", "2002-09-05 12:00", 8 * time.Hour},
	} {
		if got := businessTime(at(test.from), at(test.to)); got != test.want {
			t.Errorf("%s to %s: %v, want %v", test.from, test.to, got, test.want)
		}
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	begin := time.Date(2002, 9, 4, 8, 0, 0, 0, time.UTC)
	of := func(steps ...int) thread { // minutes, negative by the customer
		out := thread{messages: []message{{sender: "c", at: begin}}}
		for _, s := range steps {
			m := message{sender: "a", agent: true, at: begin.Add(time.Duration(s) * time.Minute)}
			if s < 0 {
				m = message{sender: "c", at: begin.Add(time.Duration(-s) * time.Minute)}
			}
			out.messages = append(out.messages, m)
		}
		return out
	}
	for _, test := range []struct {
		thread      thread
		first, next any
	}{
		{of(), nil, nil},
		{of(-5), nil, nil},
		{of(-5, 10), int64(600), nil},                   // from the first question on
		{of(10, 20, -30, 45), int64(600), int64(900)},   // an agent's second answer ends no wait
		{of(1, -2, 3, -10, 40), int64(60), int64(1800)}, // the longest
	} {
		if first, next := waits(test.thread); first != test.first || next != test.next {
			t.Errorf("%v: first %v next %v", test.thread.messages, first, next)
		}
	}
}

func TestExtract(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for range 2 {
		if err := Extract(t.Context(), root); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(root, Folder, "interactions.parquet")
	first, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, Folder, ".version"), []byte("of another time"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Extract(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	if again, err := os.Stat(file); err != nil || again.Size() != first.Size() {
		t.Errorf("files of another version were kept: %v, %v", again, err)
	}
	entries, err := os.ReadDir(filepath.Join(root, Folder))
	if err != nil || len(entries) != len(Names())+1 {
		t.Errorf("%d files: %v, %v", len(entries), entries, err)
	}
}

// TestAnswers: a brand has answered no more of what others opened than there is, and whatever it has answered it has written in, that much later.
func TestAnswers(t *testing.T) {
	t.Parallel()
	social := table0(t, open(t), "social", 1)
	at := func(name string) int {
		return slices.IndexFunc(social.Columns, func(c load.Column) bool { return c.Name == name })
	}
	asked, answered := make(map[bool]int), make(map[bool]int) // by private
	waits := make(map[any]int64)
	first := make(map[any]int64) // message of the brand's
	for row, err := range social.Rows {
		if err != nil {
			t.Fatal(err)
		}
		private, opens := row[at("private")].(bool), row[at("reply_to")] == nil
		in := row[at("direction")] == "in"
		waited, ok := row[at("response_s")].(int64)
		switch age := row[at("age_s")].(int64); {
		case opens && in:
			if asked[private]++; ok {
				answered[private]++
				waits[row[at("thread_id")]] = waited
			}
		case ok:
			t.Fatalf("an answer to %v", row)
		case !in && !opens:
			if known, again := first[row[at("thread_id")]]; !again || age < known {
				first[row[at("thread_id")]] = age
			}
		}
	}
	if !maps.Equal(waits, first) {
		t.Errorf("%d threads are said to be answered, %d are", len(waits), len(first))
	}
	for private, want := range map[bool]float64{true: 0.85, false: 0.35} {
		if got := float64(answered[private]) / float64(asked[private]); got < want-0.05 || got > want+0.05 {
			t.Errorf("private %t: %d of %d answered", private, answered[private], asked[private])
		}
	}
}
