package httpapi

import (
	"bytes"
	"context"
	"iter"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// rows yields the rows of a call with the values of the needed columns, in their order.
func (s *Source) rows(ctx context.Context, c *call, needs []query.Need, note *reading) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		r := newRowReader(needs)
		for p, err := range s.pages(ctx, c, note) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i, raw := range p.rows {
				if i%1024 == 0 && ctx.Err() != nil {
					yield(nil, classify(ctx, ctx.Err()))
					return
				}
				row, err := r.row(raw)
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

// rowReader takes the needed values out of rows. It belongs to one goroutine.
type rowReader struct {
	root    *node
	columns []*column
	dec     jsontext.Decoder
	src     bytes.Reader
	values  []any
}

// node is a key of a row: that of a column, or one that leads to some.
type node struct {
	column   int // -1 for none
	children map[string]*node
}

func newRowReader(needs []query.Need) *rowReader {
	r := &rowReader{root: &node{column: -1}}
	for i, need := range needs {
		r.columns = append(r.columns, newColumn(need))
		at := r.root
		for key := range strings.SplitSeq(need.Column, ".") {
			if at.children == nil {
				at.children = make(map[string]*node)
			}
			child, ok := at.children[key]
			if !ok {
				child = &node{column: -1}
				at.children[key] = child
			}
			at = child
		}
		at.column = i
	}
	return r
}

// row returns the values of one row; what is missing is null.
func (r *rowReader) row(raw jsontext.Value) ([]any, error) {
	r.values = make([]any, len(r.columns))
	r.src.Reset(raw)
	r.dec.Reset(&r.src)
	return r.values, r.object(r.root, nil)
}

// object reads the object that comes next.
func (r *rowReader) object(n *node, path []string) error {
	if _, err := r.dec.ReadToken(); err != nil {
		return unreadable("a row cannot be read")
	}
	for r.dec.PeekKind() != '}' {
		name, err := r.dec.ReadToken()
		if err != nil {
			return unreadable("a row cannot be read")
		}
		key := name.String()
		child := n.children[key]
		if child == nil {
			err = r.dec.SkipValue()
		} else {
			err = r.value(child, append(path, key))
		}
		if err != nil {
			return err
		}
	}
	_, err := r.dec.ReadToken()
	return err
}

// value reads the value of a key.
func (r *rowReader) value(n *node, path []string) error {
	if n.column < 0 {
		switch r.dec.PeekKind() {
		case '{':
			return r.object(n, path)
		case 'n':
			return r.dec.SkipValue()
		default:
			return mismatch("field %s is no object", strings.Join(path, "."))
		}
	}
	raw, err := r.dec.ReadValue()
	if err != nil {
		return unreadable("a row cannot be read")
	}
	if n.children != nil && raw.Kind() == '{' {
		return mismatch("field %s is an object", strings.Join(path, "."))
	}
	if r.values[n.column], err = r.columns[n.column].value(raw); err != nil {
		return err
	}
	return nil
}
