package plan

import (
	"slices"

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
	return out
}
