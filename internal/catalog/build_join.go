package catalog

import (
	"regexp"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// join builds what a dataset's SQL reads, once all datasets are known.
func (b *builder) join(d *Dataset, v *value) {
	sql := v.get("sql")
	if !v.wrote("sql") {
		if x := v.get("inputs"); x != nil {
			b.faults.add(x.at, "", "inputs go with sql")
		}
		if t := v.get("tenant"); t != nil && t.text == tenantOfInputs && !v.wrote("union") {
			b.faults.add(t.at, "bind it to a request parameter, or say none", "tenant: inputs goes with sql and with union")
		}
		return
	}
	for _, key := range notWithSQL() {
		if x := v.get(key); x != nil {
			b.faults.add(x.at, "the rows are what the SQL makes", "%s does not go with sql", key)
		}
	}
	if t := v.get("tenant"); t != nil && t.text != tenantOfInputs {
		b.faults.add(t.at, "say tenant: inputs", "dataset %s: each input of sql is restricted by its own dataset's tenant", d.Name)
	}
	if sql == nil || d.Source == nil {
		return // reported already
	}
	kind := sourceKinds()[d.Source.Kind]
	if !kind.joins && !kind.joinsOwn {
		b.faults.add(sql.at, "", "source %s, of kind %s, computes no sql over inputs", d.Source.Name, d.Source.Kind)
		return
	}
	if inputs := v.get("inputs"); len(inputs.entries()) == 0 && (inputs == nil && !v.wrote("inputs") || inputs != nil && !b.anyFault(inputs)) {
		b.faults.add(v.at, "name what the SQL reads", "dataset %s: sql has no inputs", d.Name)
	}
	d.Join = &Join{SQL: strings.TrimRight(strings.TrimSpace(sql.text), "; \n\t")}
	for _, e := range v.get("inputs").entries() {
		if in := b.input(d, e, kind); in != nil {
			d.Join.Inputs = append(d.Join.Inputs, in)
		}
		if !regexp.MustCompile(`\b` + e.name + `\b`).MatchString(d.Join.SQL) {
			b.faults.add(e.at, "", "the SQL of dataset %s does not read input %s", d.Name, e.name)
		}
	}
}

// notWithSQL are the keys of a dataset whose rows no SQL over others makes.
func notWithSQL() []string {
	return []string{"files", "table", "format", "partition", "tables", "native", "request"}
}

// readBy finds the dataset that an input of SQL or a member of a union reads; nil where there is none to read, which is reported.
func (b *builder) readBy(e entry, role, made string) *Dataset {
	ds := e.val.get("dataset")
	if ds == nil {
		return nil // reported already
	}
	of := b.cat.Datasets[ds.text]
	switch {
	case of == nil:
		b.unknown(ds, "dataset", ds.text, sortedKeys(b.cat.Datasets))
		return nil
	case of.madeBySQL():
		b.faults.add(ds.at, "read what that one reads", "%s %s: dataset %s %s", role, e.name, of.Name, made)
		return nil
	case of.Source == nil:
		return nil
	}
	return of
}

func (b *builder) input(d *Dataset, e entry, kind sourceKind) *JoinInput {
	v := e.val
	of := b.readBy(e, "input", "is made by sql itself")
	if of == nil {
		return nil
	}
	in := &JoinInput{
		Name: e.name, Dataset: of, Source: of.Source, Relation: of.Relation, Limit: v.get("limit").int(defaultInputRows),
		Where: b.condition(v.get("where"), "where", of), Rows: v.get("columns") != nil,
		Always: v.get("range").str("asked") == "all", Filtered: v.get("filtered").bool(false),
	}
	if in.Always && slices.ContainsFunc(of.Binds, func(n string) bool { return n == query.ParamFrom || n == query.ParamTo }) {
		b.faults.add(v.get("range").at, "", "input %s: the query of dataset %s binds the range that is asked for", e.name, of.Name)
	}
	if table := of.Tables[d.Source.Name]; table != "" {
		in.Source, in.Relation = d.Source, query.Relation{Table: table}
	} else if !kind.joins && of.Source != d.Source {
		b.faults.add(v.get("dataset").at, "say in that dataset where it sees the same rows: tables: {"+d.Source.Name+": …}",
			"input %s: source %s does not see dataset %s", e.name, d.Source.Name, of.Name)
	}
	b.inputColumns(in, v)
	return in
}

// madeBySQL says so before the join is built, whichever of two datasets comes first.
func (d *Dataset) madeBySQL() bool {
	return d.Join != nil || d.Relation.Table == "" && len(d.Relation.Files) == 0 && d.Relation.Native == nil && d.Relation.Call == nil
}

func (b *builder) inputColumns(in *JoinInput, v *value) {
	seen := make(map[string]bool)
	each := func(key, what string, known []string, add func(name string)) {
		for _, x := range v.get(key).all() {
			switch {
			case seen[x.text]:
				b.faults.add(x.at, "name a column once", "input %s has %q twice", in.Name, x.text)
				continue
			case !slices.Contains(known, x.text):
				b.unknown(x, what, x.text, known)
				continue
			case what == "dimension" && in.Dataset.Dimensions[x.text].Mask:
				b.faults.add(x.at, "", "input %s: %s is masked, and SQL could show it", in.Name, x.text)
				continue
			}
			seen[x.text] = true
			add(x.text)
		}
	}
	addDimension := func(name string) { in.Dimensions = append(in.Dimensions, in.Dataset.Dimensions[name]) }
	if columns := v.get("columns"); columns != nil {
		for _, key := range []string{"dimensions", "measures"} {
			if x := v.get(key); x != nil {
				b.faults.add(x.at, "keep one of them", "input %s has both columns and %s", in.Name, key)
			}
		}
		each("columns", "dimension", sortedKeys(in.Dataset.Dimensions), addDimension)
		return
	}
	if !v.wrote("dimensions") && !v.wrote("measures") {
		b.faults.add(v.at, "name its dimensions and measures, or its columns", "input %s has no columns", in.Name)
	}
	each("dimensions", "dimension", sortedKeys(in.Dataset.Dimensions), addDimension)
	each("measures", "measure", sortedKeys(in.Dataset.Measures), func(name string) { in.Measures = append(in.Measures, in.Dataset.Measures[name]) })
}
