package frame_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/go-dispatcher/dispatcher/internal/frame"
)

// textsOf is a column of texts; an empty one stands for a null.
func textsOf(t *testing.T, texts ...string) *frame.Frame {
	t.Helper()
	b, err := frame.NewBuilder(frame.Field{Name: "n", Kind: frame.Int}, frame.Field{Name: "text", Kind: frame.String})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range texts {
		var v any
		if s != "" {
			v = s
		}
		if err := b.Append(int64(i), v); err != nil {
			t.Fatal(err)
		}
	}
	return b.Frame()
}

// Codes say which text each row has, once for a frame, and a column that is made of them is the one that they are of.
func TestCodesAreTheTexts(t *testing.T) {
	t.Parallel()
	texts := []string{"a", "a", "", "b", "a", "c", ""}
	f := textsOf(t, texts...)
	codes := f.At(1).Codes()
	if want := []string{"a", "b", "c"}; !slices.Equal(codes.Texts, want) || !slices.Equal(codes.Rows, []int32{0, 0, -1, 1, 0, 2, -1}) {
		t.Errorf("%+v", codes)
	}
	if f.At(1).Codes() != codes {
		t.Error("they were made again")
	}
	if f.At(0).Codes() != nil {
		t.Error("numbers have codes")
	}
	if part := f.Slice(3, 6).At(1).Codes(); fmt.Sprint(part.Texts, part.Rows) != "[b a c] [0 1 2]" {
		t.Errorf("some rows: %+v", part)
	}
	made := frame.OfCoded(f.Fields(), []arrow.Array{f.At(0).Array(), nil}, []*frame.Codes{nil, codes})
	if got := made.At(1).Codes(); !slices.Equal(got.Texts, codes.Texts) || !slices.Equal(got.Rows, codes.Rows) {
		t.Errorf("made of codes: %+v", got)
	}
	for i := range texts {
		if got, want := made.At(1).Value(i), f.At(1).Value(i); got != want {
			t.Errorf("row %d is %v, want %v", i, got, want)
		}
	}
}

// Where nearly each row has another text there are no codes, and what codes may take is counted before there are any.
func TestManyTextsHaveNoCodes(t *testing.T) {
	t.Parallel()
	texts := make([]string, 4096)
	for i := range texts {
		texts[i] = fmt.Sprint("text ", i/2) // as many as are worth it
	}
	few := textsOf(t, texts...)
	if codes := few.At(1).Codes(); codes == nil || len(codes.Texts) != 2048 {
		t.Fatal("there are no codes")
	} else if taken := int64(4*len(codes.Rows) + 16*len(codes.Texts)); few.CodedBytes() < few.Bytes()+taken {
		t.Errorf("%d bytes with codes, %d without, %d for them", few.CodedBytes(), few.Bytes(), taken)
	}
	texts[0] = "one more"
	many := textsOf(t, texts...).At(1)
	for range 2 {
		if many.Codes() != nil {
			t.Error("there are codes")
		}
	}
	each := &frame.Codes{Texts: texts, Rows: make([]int32, len(texts))}
	for i := range each.Rows {
		each.Rows[i] = int32(i)
	}
	if made := frame.OfCoded(few.Fields(), []arrow.Array{few.At(0).Array(), nil}, []*frame.Codes{nil, each}); made.At(1).Codes() != nil || made.At(1).Value(4) != texts[4] {
		t.Error("there are codes of a column that was made of them")
	}
}
