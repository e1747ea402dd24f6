package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/rollup"
)

// How says in which way a query answers a step.
type How string

// A step asks for itself, or has its measures in a query with those of others, or is added up from finer groups.
const (
	Alone    How = "alone"
	Together How = "together"
	Derived  How = "derived"
)

// Asked is a query that a page's run asks of a source, and the steps that it answers.
type Asked struct {
	Source  string
	Query   *query.Query
	Answers []Answered
	// Sent is what sources are sent for it: itself, or its inputs where it joins or unites them.
	Sent []plan.Step
}

// Answering names the widgets that it answers, each once.
func (a *Asked) Answering() []string {
	var out []string
	for _, one := range a.Answers {
		if !slices.Contains(out, one.Widget) {
			out = append(out, one.Widget)
		}
	}
	return out
}

// Answered is a step as a query answers it.
type Answered struct {
	Widget string
	Role   plan.Role
	How    How
	why    func() string
}

// Why says why it is so, in a sentence.
func (a *Answered) Why() string { return a.why() }

// Asked returns the queries that a run of a page asks of its sources, those of each in the order in which they begin. It asks none of them; what
// waits for others' answers is not among them. Of what is kept it knows what this process keeps.
func (e *Engine) Asked(ctx context.Context, p *plan.Plan) []Asked {
	return e.Prepare(p, func(string) bool { return false }).Asked(ctx)
}

// Asked is that of Engine, of the run that is prepared.
func (r *Prepared) Asked(ctx context.Context) []Asked {
	if r.queues == nil {
		r.look(ctx, func(one end) { r.ended = append(r.ended, one) })
	}
	var out []Asked
	for _, name := range slices.Sorted(maps.Keys(r.queues)) {
		q := r.queues[name]
		for _, t := range q.made() {
			a := t.explained(name, q.tasks)
			a.Sent = r.engine.sent(plan.Step{Role: plan.Main, Source: name, Query: a.Query})
			out = append(out, a)
		}
	}
	return out
}

func (t task) explained(source string, queue []task) Asked {
	a := Asked{Source: source, Query: t.query()}
	for _, s := range append([]task{t}, t.also...) {
		step := s.widget.Steps[s.step]
		one := Answered{Widget: s.widget.ID, Role: step.Role, How: Alone}
		switch {
		case t.rolled:
			one.How = Derived
			one.why = func() string {
				return "added up from an answer " + grouped(a.Query) + ", of which " + count(len(t.also)+1, "query") + " of the page are made; the store reads the rows once"
			}
		case len(t.also) > 0:
			one.How = Together
			one.why = func() string { return "one query for the same rows " + grouped(a.Query) + " has the measures of all" }
		default:
			one.why = func() string { return alone(s, queue) }
		}
		a.Answers = append(a.Answers, one)
	}
	return a
}

// sent are the queries that sources are asked for a step.
func (e *Engine) sent(step plan.Step) []plan.Step {
	made, err := united(step)
	if err != nil || made.Query.Relation.Join == nil || whole(e.Sources[step.Source], made) {
		return []plan.Step{made}
	}
	var out []plan.Step
	for _, in := range made.Query.Relation.Join.Inputs {
		out = append(out, plan.Step{Role: plan.Input, Source: in.Source, Query: in.Query})
	}
	return out
}

// alone says why a step asks for itself.
func alone(t task, queue []task) string {
	q := t.widget.Steps[t.step].Query
	_, adds := rollup.Uncut(q)
	switch {
	case t.gathering == queue[0].gathering:
		return "the cheapest widget of its source asks for itself, so that nothing delays it"
	case q.Rows:
		return "it shows rows, which are not added up from anything"
	case q.Relation.Join != nil || q.Relation.Union != nil:
		return "its rows are made of others, which are asked for by themselves"
	case !adds:
		return "its answer is not made of groups that add up"
	case !rollup.Exact(q.Measures):
		return "its values would not be the same to the last digit: sums of fractions depend on their order, and approximate percentiles on the whole"
	}
	return "nothing else on the page asks the same rows in groups that divide its own"
}

// grouped says in which groups a query answers.
func grouped(q *query.Query) string {
	if len(q.Groups) == 0 {
		return "as a whole"
	}
	var by []string
	for _, g := range q.Groups {
		switch {
		case g.Buckets != nil:
			by = append(by, count(len(g.Buckets.Edges)-1, "stretch")+" of "+g.Field.Column)
		case g.Bins != nil:
			by = append(by, count(g.Bins.Count, "bin")+" of "+g.Field.Column)
		case g.Part != "":
			by = append(by, string(g.Part)+" of "+g.Field.Column)
		default:
			by = append(by, g.Field.Column)
		}
	}
	return "by " + strings.Join(by, ", ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	switch {
	case strings.HasSuffix(what, "y"):
		what = strings.TrimSuffix(what, "y") + "ie"
	case strings.HasSuffix(what, "ch"):
		what += "e"
	}
	return fmt.Sprintf("%d %ss", n, what)
}
