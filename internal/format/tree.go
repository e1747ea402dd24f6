package format

import (
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// tree is a row a node, each before its answers, the answers to one node in the order of their time: its name, the node that it hangs under, its depth, how many
// answer it, whether the row that it answers is missing, and the widget's dimensions. Nodes deeper than the widget's depth are left out, and said.
func tree(t *table) error {
	f := t.main()
	id, err := f.Column(plan.ColumnID)
	if err != nil {
		return err
	}
	parent, err := f.Column(plan.ColumnParent)
	if err != nil {
		return err
	}
	g := grow(column(id), column(parent))
	order, deeper := g.walk(t.in.Widget.Spec.Tree.Depth)
	if err := t.dimensions(); err != nil { // in the order of time, put into the tree's below
		return err
	}
	shown, fields := t.data.Data.Values, t.data.Schema.Fields
	t.data.Data.Values, t.data.Schema.Fields = [][]any{}, []Field{}
	each := func(name, title string, kind frame.Kind, value func(at int) any) {
		out := make([]any, len(order))
		for i, at := range order {
			out[i] = value(at)
		}
		t.add(Field{Name: name, Type: jsonType(kind), Role: roleNode, Kind: kind, Config: Config{DisplayName: title}}, out)
	}
	ids := column(id)
	each(catalog.ColumnNode, t.say("Node", "العقدة"), id.Field.Kind, func(at int) any { return ids[at] })
	each(catalog.ColumnParent, t.say("Answers", "رد على"), id.Field.Kind, func(at int) any {
		if g.parent[at] < 0 {
			return nil
		}
		return ids[g.parent[at]]
	})
	each(catalog.ColumnDepth, t.say("Depth", "العمق"), frame.Int, func(at int) any { return int64(g.depth[at]) })
	each(catalog.ColumnChildren, t.say("Answers received", "الردود المستلمة"), frame.Int, func(at int) any { return int64(len(g.children[at])) })
	each(catalog.ColumnOrphan, t.say("Answers what is missing", "الأصل مفقود"), frame.Bool, func(at int) any { return g.orphan[at] })
	for i, field := range fields {
		values := make([]any, len(order))
		for k, at := range order {
			values[k] = shown[i][at]
		}
		t.add(field, values)
	}
	if err := t.paging(); err != nil {
		return err
	}
	t.pruned(g, deeper)
	return nil
}

// pruned says what a reader does not see, or sees elsewhere than it was.
func (t *table) pruned(g *grown, deeper int) {
	if p := t.data.Paging; p.Total != nil && *p.Total > int64(t.main().Rows()) {
		t.data.Status = statusPartial
		t.data.notice("warning", "truncated", noticeEarliest, t.main().Rows(), *p.Total)
	}
	if deeper > 0 {
		t.data.Status = statusPartial
		t.data.notice("warning", "depth_cut", noticeDeeper, deeper, t.in.Widget.Spec.Tree.Depth)
	}
	if g.orphans > 0 {
		t.data.notice("info", "orphans", noticeOrphans, g.orphans)
	}
	if g.cycles > 0 {
		t.data.notice("warning", "cycle", noticeCycle, g.cycles)
	}
}
