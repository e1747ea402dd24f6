package query

// Join is a relation that SQL makes of the answers to other queries. The SQL comes from the catalog and holds no value of
// a request; it refers to its inputs by their names, and its result's columns are what the query over it names.
type Join struct {
	SQL    string  `json:"sql"`
	Inputs []Input `json:"inputs"`
}

// Input is one named query of a join. Its columns are Query.Columns; times among them are instants.
type Input struct {
	Name string `json:"name"`
	// Source is the catalog's name of the source that answers Query. A source that does not join rows of others has to be that of all inputs.
	Source string `json:"source"`
	Query  *Query `json:"query"`
}

// Local says whether the source of the given name answers every input of j itself, so that the join is one statement of its.
func (j *Join) Local(source string) bool {
	for i := range j.Inputs {
		if j.Inputs[i].Source != source {
			return false
		}
	}
	return true
}
