package parquet

// value is one field of a struct: a whole number or a truth in num, what a binary holds, or the encoding of a struct or a list in raw. at is where
// its own encoding starts, after its head.
type value struct {
	id   int16
	kind byte
	at   int
	num  int64
	raw  []byte
}

// eachField yields the fields of the struct that data begins with, and returns how many bytes it takes.
func eachField(data []byte, f func(v value)) (size int, err error) {
	r := reader{data: data}
	var last int16
	for {
		kind, err := r.field(&last)
		if err != nil {
			return 0, err
		}
		if kind == kindStop {
			return r.at, nil
		}
		v := value{id: last, kind: kind, at: r.at}
		switch kind {
		case kindTrue:
			v.num = 1
		case kindI16, kindI32, kindI64:
			v.num, err = r.varint()
		case kindBinary:
			v.raw, err = r.binary()
		default:
			err = r.skip(kind, false, 0)
			v.raw = data[v.at:r.at]
		}
		if err != nil {
			return 0, err
		}
		f(v)
	}
}

// is says whether v is the field of that id and kind.
func (v value) is(id int16, kind byte) bool { return v.id == id && v.kind == kind }

// into puts a whole number where it belongs, if v is the field of that id and kind.
func (v value) into(id int16, kind byte, n *int64) {
	if v.is(id, kind) {
		*n = v.num
	}
}
