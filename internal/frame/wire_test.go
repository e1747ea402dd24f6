package frame

import (
	"math"
	"testing"
	"time"
)

// A frame comes back as it was: names, kinds, nulls, values at their bounds.
func TestFramesComeBack(t *testing.T) {
	t.Parallel()
	fields := []Field{{"s", String}, {"i", Int}, {"f", Float}, {"b", Bool}, {"t", Time}}
	rows := [][]any{
		{"", int64(math.MinInt64), -math.MaxFloat64, false, time.UnixMicro(-1).UTC()}, {nil, nil, nil, nil, nil},
		{"ü 🙂", int64(math.MaxInt64), math.SmallestNonzeroFloat64, true, time.Date(2002, 5, 1, 1, 2, 3, 4000, time.UTC)},
	}
	for _, n := range []int{0, 1, len(rows)} {
		b, err := NewBuilder(fields...)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[:n] {
			if err := b.Append(row...); err != nil {
				t.Fatal(err)
			}
		}
		data, err := b.Frame().Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if got.Rows() != n {
			t.Errorf("%d rows for %d", got.Rows(), n)
		}
		for i, field := range fields {
			column, err := got.Column(field.Name)
			if err != nil || column.Field != field {
				t.Fatalf("%v, %v", column.Field, err)
			}
			for row := range n {
				if v := column.Value(row); v != rows[row][i] {
					t.Errorf("%s of row %d: %v for %v", field.Name, row, v, rows[row][i])
				}
			}
		}
	}
}

// What was cut off, or changed on its way in one bit, is no frame.
func TestBrokenFramesAreRefused(t *testing.T) {
	t.Parallel()
	b, err := NewBuilder(Field{"s", String}, Field{"i", Int})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"a", "bb", ""} {
		if err := b.Append(s, int64(len(s))); err != nil {
			t.Fatal(err)
		}
	}
	data, err := b.Frame().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		if _, err := Decode(data[:i]); err == nil {
			t.Errorf("the first %d of %d bytes are a frame", i, len(data))
		}
		data[i] ^= 1
		if _, err := Decode(data); err == nil {
			t.Errorf("byte %d is changed, and nobody sees it", i)
		}
		data[i] ^= 1
	}
	if _, err := Decode(data); err != nil {
		t.Error(err)
	}
}
