package frame_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
)

// Rows that are taken are those that were there, nulls and all, in the order that was asked for; columns of whole numbers are made as others are.
func TestTakeKeepsRowsWhole(t *testing.T) {
	t.Parallel()
	at := time.Date(2001, 3, 1, 0, 0, 0, 0, time.UTC)
	rows := [][]any{
		{"a", int64(1), int64(7), 0.5, true, at},
		{nil, nil, int64(8), nil, nil, nil},
		{"", int64(0), int64(9), -1.0, false, at.Add(time.Microsecond)},
	}
	b, err := frame.NewBuilder(frame.Field{Name: "text", Kind: frame.String}, frame.Field{Name: "some", Kind: frame.Int}, frame.Field{Name: "all", Kind: frame.Int},
		frame.Field{Name: "part", Kind: frame.Float}, frame.Field{Name: "is", Kind: frame.Bool}, frame.Field{Name: "at", Kind: frame.Time})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := b.Append(row...); err != nil {
			t.Fatal(err)
		}
	}
	all := b.Frame()
	order := []int{2, 0, 1, 0}
	got, err := all.Take(order)
	if err != nil {
		t.Fatal(err)
	}
	if got.Rows() != len(order) {
		t.Fatalf("%d rows", got.Rows())
	}
	for i, row := range order {
		for j := range rows[row] {
			if is, want := fmt.Sprint(got.At(j).Value(i)), fmt.Sprint(rows[row][j]); is != want {
				t.Errorf("row %d, column %d: %s, want %s", i, j, is, want)
			}
		}
	}
	const bytes = 1 + 8 + 0 + 3*(2*8+3*8) // of texts, and 8 for whatever else there is
	if !all.Within(bytes) || all.Within(bytes-1) || !all.Within(0) {
		t.Error("bytes are not counted as a builder does")
	}
	if _, err := frame.ColumnOf(frame.Int, 1, func(int) any { return "no number" }); err == nil {
		t.Error("a text is no whole number")
	}
}
