package frame_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/frame"
)

// A builder takes rows up to its limit, and says that the next one does not fit.
func TestRowsKeepToTheLimit(t *testing.T) {
	t.Parallel()
	b, err := frame.NewBuilder(frame.Field{Name: "text", Kind: frame.String}, frame.Field{Name: "n", Kind: frame.Int})
	if err != nil {
		t.Fatal(err)
	}
	b.Limit(40)
	for range 2 {
		if err := b.Append("123456789012", int64(1)); err != nil { // 12 and 8 bytes
			t.Fatal(err)
		}
	}
	if err := b.Append("", nil); !errors.Is(err, frame.ErrTooLarge) {
		t.Errorf("a row beyond the limit: %v", err)
	}
	if got := b.Frame(); got.Rows() != 2 || got.Bytes() < 40 {
		t.Errorf("%d rows of %d bytes", got.Rows(), got.Bytes())
	}
	if err := b.Append(strings.Repeat("x", 32), int64(1)); err != nil {
		t.Errorf("the next frame has the limit to itself: %v", err)
	}
}
