package duckdb_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
)

// A statement that was prepared answers for other values, too, and for other rows and columns once files have changed; a connection keeps a bounded number of them, a closed source none.
func TestPreparedStatementsAnswerAnew(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, "days.csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("day,place\n1,north\n2,north\n2,south\n")
	s, err := duckdb.Open(t.Context(), duckdb.Config{DataRoot: root, Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	on := func(day int64) *query.Query {
		q := csvQuery("days.csv")
		q.Where = query.Compare{Field: query.Field{Column: "day", Type: query.Int}, Op: query.Eq, Values: []any{day}}
		return q
	}
	for day, want := range []int64{0, 1, 2, 0} {
		if n := count(t, s, on(int64(day))); n != want {
			t.Errorf("day %d has %d rows, want %d", day, n, want)
		}
	}
	if n := s.Prepared(); n != 1 {
		t.Errorf("%d statements are prepared for one question", n)
	}
	places := csvQuery("days.csv")
	places.Groups = []query.Group{{Name: "place", Field: query.Field{Column: "place", Type: query.String}}}
	places.Order = []query.Order{{Name: "place"}}
	for _, name := range []string{"north", "7"} {
		if name == "7" {
			write("day,place\n1,7\n2,7\n2,8\n") // a column of numbers now
		}
		r, err := s.Query(t.Context(), places)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Frame.At(0).Value(0); got != name {
			t.Errorf("the first place is %v, want %s", got, name)
		}
	}
	write("place,day\nnorth,3\nnorth,3\nsouth,3\n") // and the columns are in another order
	for day, want := range []int64{0, 0, 0, 3} {
		if n := count(t, s, on(int64(day))); n != want {
			t.Errorf("when the file has changed, day %d has %d rows, want %d", day, n, want)
		}
	}
	write("place,day\nnorth,a\nsouth,b\n") // which are no numbers any more
	if _, err := s.Query(t.Context(), on(3)); err == nil {
		t.Error("a text is compared with a number")
	}
	write("place,day\nnorth,3\n")
	if n := count(t, s, on(3)); n != 1 {
		t.Errorf("after an error, day 3 has %d rows", n)
	}
	for i := range 2 * duckdb.MostPrepared {
		q := on(3)
		q.MaxRows += i // the limit is a part of the text
		if n := count(t, s, q); n != 1 {
			t.Fatalf("one of many questions: %d rows", n)
		}
	}
	if n := s.Prepared(); n != duckdb.MostPrepared {
		t.Errorf("%d statements are prepared, want %d", n, duckdb.MostPrepared)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if n := s.Prepared(); n != 0 {
		t.Errorf("%d statements are prepared in a closed database", n)
	}
}
