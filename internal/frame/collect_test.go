package frame_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/frame"
)

// Builders collect in memory that others have collected in before. What a frame holds stays, whoever builds the next one.
func TestFramesKeepTheirValues(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	b, err := frame.NewBuilder(frame.Field{Name: "text", Kind: frame.String}, frame.Field{Name: "n", Kind: frame.Int})
	if err != nil {
		t.Fatal(err)
	}
	var frames []*frame.Frame
	var rows [][][2]any
	for i := range 40 {
		of := make([][2]any, rng.IntN(300))
		nulls := i%3 == 0
		for row := range of {
			of[row] = [2]any{strings.Repeat(fmt.Sprint(i), rng.IntN(3)), rng.Int64() - rng.Int64()}
			for column := range of[row] {
				if nulls && rng.IntN(3) == 0 || i == 7 && row == 0 || i == 8 {
					of[row][column] = nil
				}
			}
			if err := b.Append(of[row][:]...); err != nil {
				t.Fatal(err)
			}
		}
		frames, rows = append(frames, b.Frame()), append(rows, of)
	}
	for i, f := range frames {
		if f.Rows() != len(rows[i]) {
			t.Fatalf("frame %d: %d rows, want %d", i, f.Rows(), len(rows[i]))
		}
		for column := range 2 {
			nulls := 0
			for row, want := range rows[i] {
				if got := f.At(column).Value(row); got != want[column] {
					t.Fatalf("frame %d, row %d, column %d: %v, want %v", i, row, column, got, want[column])
				}
				if want[column] == nil {
					nulls++
				}
			}
			if got := f.At(column).Array().NullN(); got != nulls {
				t.Errorf("frame %d, column %d: %d nulls, want %d", i, column, got, nulls)
			}
		}
		if full := int64(16*f.Rows() + 1024); f.Bytes() > full {
			t.Errorf("frame %d: %d bytes for %d rows", i, f.Bytes(), f.Rows())
		}
	}
}
