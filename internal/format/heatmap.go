package format

import (
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// heatmap is a row a cell: its two keys and the measures. Where both keys are parts of a time the grid is whole: cells
// without rows are there with what the measure's rule says.
func heatmap(t *table) error {
	f := t.main()
	spec := t.in.Widget.Spec
	if len(spec.Dimensions) != 2 {
		return fmt.Errorf("a heat map has two dimensions, not %d", len(spec.Dimensions))
	}
	t.empty = f.Rows() == 0
	xs, err := f.Column(spec.Dimensions[0].Name)
	if err != nil {
		return err
	}
	ys, err := f.Column(spec.Dimensions[1].Name)
	if err != nil {
		return err
	}
	fromX, toX, gridX := extent(spec.Dimensions[0])
	fromY, toY, gridY := extent(spec.Dimensions[1])
	if !gridX || !gridY {
		return t.sparse(xs, ys)
	}
	at := make(map[[2]int64]int, f.Rows())
	for row := range f.Rows() {
		x, okX := xs.Int(row)
		y, okY := ys.Int(row)
		if okX && okY {
			at[[2]int64{x, y}] = row
		}
	}
	var keyX, keyY []any
	var cells []int
	for x := fromX; x <= toX; x++ {
		for y := fromY; y <= toY; y++ {
			keyX, keyY = append(keyX, x), append(keyY, y)
			row, ok := at[[2]int64{x, y}]
			if !ok {
				row = -1
			}
			cells = append(cells, row)
		}
	}
	t.add(t.dimensionField(spec.Dimensions[0], frame.Int), keyX)
	t.add(t.dimensionField(spec.Dimensions[1], frame.Int), keyY)
	for _, m := range spec.Columns() {
		c, err := f.Column(m.Name)
		if err != nil {
			return err
		}
		values := make([]any, len(cells))
		for i, row := range cells {
			if row >= 0 {
				values[i] = cell(c.Value(row))
			} else if fill(m) == "zero" {
				values[i] = int64(0)
			}
		}
		t.add(t.measureField(m), values)
	}
	return nil
}

// sparse adds the cells that have rows.
func (t *table) sparse(xs, ys frame.Column) error {
	spec := t.in.Widget.Spec
	t.add(t.dimensionField(spec.Dimensions[0], xs.Field.Kind), column(xs))
	t.add(t.dimensionField(spec.Dimensions[1], ys.Field.Kind), column(ys))
	for _, m := range spec.Columns() {
		c, err := t.main().Column(m.Name)
		if err != nil {
			return err
		}
		t.add(t.measureField(m), column(c))
	}
	return nil
}

// extent returns the first and last value of a part of a time.
func extent(d *catalog.Dimension) (from, to int64, ok bool) {
	switch d.Part {
	case query.Hour:
		return 0, 23, true
	case query.Weekday:
		return 0, 6, true
	case query.Monthday:
		return 1, 31, true
	case query.Month:
		return 1, 12, true
	}
	return 0, 0, false
}
