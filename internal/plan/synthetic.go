package plan

import (
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// synthetic lists the generated columns that a widget reads, to group, to filter or to compute by: whichever way it
// reads one, its numbers are not all real.
func synthetic(w *Widget) []string {
	var out []string
	add := func(needs []query.Need, generated []string) {
		for _, n := range needs {
			if slices.Contains(generated, n.Column) && !slices.Contains(out, n.Column) {
				out = append(out, n.Column)
			}
		}
	}
	for _, s := range w.Asked() {
		if u := w.Spec.Dataset.Union; u != nil {
			out = append(out, generated(u, s.Query.Needs(), w.Language)...)
		}
		add(s.Query.Needs(), w.Spec.Dataset.SyntheticColumns)
		join := s.Query.Relation.Join
		if join == nil || len(w.Spec.Dataset.SyntheticColumns) > 0 {
			continue // a join that names its generated columns says what of its inputs gets into which
		}
		for i, in := range w.Spec.Dataset.Join.Inputs {
			add(join.Inputs[i].Query.Needs(), in.Dataset.SyntheticColumns)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// generated are what is generated of a union: a whole member, by its label, or columns of one.
func generated(u *catalog.Union, needs []query.Need, language string) (out []string) {
	for _, m := range u.Members {
		of := m.Input.Dataset
		if of.Synthetic {
			out = append(out, of.Label.In(language, of.Name))
			continue
		}
		for _, n := range needs {
			if c := m.Columns[n.Column]; c != nil && slices.Contains(of.SyntheticColumns, c.Field.Column) {
				out = append(out, n.Column)
			}
		}
	}
	return out
}
