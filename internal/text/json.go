package text

// json goes over objects: one a line, one after the other, or in one list.
type json struct {
	limits Limits
	state  jsonState
	marks  [256]bool // what decides anything in an object
	shape  string
	line   int64 // of the text, from 1 on

	open    []byte // the brackets that are open, of this object
	escaped bool   // in a string, after a backslash
	size    int64  // of this object so far
	started int64  // the line that it starts in
	ended   int64  // the line that the last one ended in
}

type jsonState uint8

const (
	jsonBegin  jsonState = iota
	jsonNext             // before an object
	jsonAfter            // in a list, after an object
	jsonInside           // in an object
	jsonString           // in a string in it
	jsonEnd              // after the list
)

func newJSON(l Limits) *json {
	j := &json{limits: l, line: 1, shape: Lines}
	for x := range byte(' ') {
		j.marks[x] = true // control characters
	}
	for _, x := range []byte(`"\{}[]`) {
		j.marks[x] = true
	}
	return j
}

func (j *json) scan(b []byte) error {
	for i := 0; i < len(b); i++ {
		// What decides nothing is gone over at once.
		if j.state == jsonInside || j.state == jsonString && !j.escaped {
			skip := 0
			for i+skip < len(b) && !j.marks[b[i+skip]] {
				skip++
			}
			j.size += int64(skip)
			if i += skip; i == len(b) {
				break
			}
		}
		x := b[i]
		if x == '\n' {
			j.line++
		}
		var err error
		switch j.state {
		case jsonInside, jsonString:
			j.size++
			err = j.inside(x)
		case jsonBegin, jsonNext, jsonAfter, jsonEnd:
			if x != ' ' && x != '\n' && x != '\t' && x != '\r' {
				err = j.between(x)
			}
		}
		if err != nil {
			return err
		}
	}
	if j.size > j.limits.Record {
		return beyond("an object has more bytes", j.limits.Record)
	}
	return nil
}

// between takes a byte that is in no object.
func (j *json) between(x byte) error {
	switch {
	case x == '{' && (j.state == jsonBegin || j.state == jsonNext):
		if j.shape == Lines && j.ended == j.line {
			j.shape = Values
		}
		j.state, j.open, j.size, j.started = jsonInside, append(j.open[:0], x), 1, j.line
		return nil
	case x == '[' && j.state == jsonBegin:
		j.state, j.shape = jsonNext, List
		return nil
	case x == ',' && j.state == jsonAfter:
		j.state = jsonNext
		return nil
	case x == ']' && j.shape == List && (j.state == jsonAfter || j.state == jsonNext && j.ended == 0):
		j.state = jsonEnd
		return nil
	case j.state == jsonEnd:
		return wrong("line %d: there is more after the list", j.line)
	}
	return wrong("line %d: it is not an object where one is expected", j.line)
}

// inside takes a byte of an object.
func (j *json) inside(x byte) error {
	if j.state == jsonString {
		switch {
		case j.escaped:
			j.escaped = false
		case x == '\\':
			j.escaped = true
		case x == '"':
			j.state = jsonInside
		case x < ' ':
			return wrong("line %d: a control character in a string", j.line)
		}
		return nil
	}
	switch x {
	case '"':
		j.state = jsonString
	case '{', '[':
		if j.open = append(j.open, x); len(j.open) > j.limits.Depth {
			return beyond("it is nested deeper", j.limits.Depth)
		}
	case '}', ']':
		if j.open[len(j.open)-1] != x-2 { // as they stand in ASCII
			return wrong("line %d: %c closes what it has not opened", j.line, x)
		}
		if j.open = j.open[:len(j.open)-1]; len(j.open) == 0 {
			return j.record()
		}
	}
	return nil
}

// record ends an object.
func (j *json) record() error {
	if j.size > j.limits.Record {
		return beyond("an object has more bytes", j.limits.Record)
	}
	if j.shape == Lines && j.started != j.line {
		j.shape = Values
	}
	j.state, j.size, j.ended = jsonNext, 0, j.line
	if j.shape == List {
		j.state = jsonAfter
	}
	return nil
}

func (j *json) end() (Layout, error) {
	switch j.state {
	case jsonInside, jsonString:
		return Layout{}, wrong("line %d: an object has no end", j.started)
	case jsonAfter:
		return Layout{}, wrong("line %d: the list has no end", j.line)
	case jsonNext:
		if j.shape == List {
			return Layout{}, wrong("line %d: the list has no end", j.line)
		}
	case jsonBegin, jsonEnd:
	}
	return Layout{Shape: j.shape}, nil
}
