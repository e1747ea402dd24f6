package query

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// deepest is how many levels down a query is filled, since queries and measures may have others in them.
const deepest = 7

// filled returns a query in which everything is set, by what its types have: what is added to a query is in it, too.
func filled(t *testing.T) *Query {
	t.Helper()
	var q Query
	fill(t, reflect.ValueOf(&q).Elem(), 0)
	return &q
}

func fill(t *testing.T, v reflect.Value, depth int) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString("a")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Slice:
		if depth > deepest {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0), depth+1)
	case reflect.Map:
		value := reflect.New(v.Type().Elem()).Elem()
		fill(t, value, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("a").Convert(v.Type().Key()), value)
	case reflect.Pointer:
		if depth > deepest {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), depth+1)
	case reflect.Interface:
		v.Set(reflect.ValueOf(held(t, v.Type())))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2002, 5, 1, 12, 0, 0, 0, time.UTC)))
			return
		}
		for _, field := range v.Fields() {
			fill(t, field, depth+1)
		}
	default:
		t.Fatalf("a query has a %s, which has no key", v.Type())
	}
}

// held is what stands in an interface.
func held(t *testing.T, in reflect.Type) any {
	t.Helper()
	switch in {
	case reflect.TypeFor[Filter]():
		return And{Or{Not{Of: Compare{Field: Field{Column: "a", Type: Int}, Op: Eq, Values: []any{int64(1)}, Storage: "a", Zone: "a"}}}}
	case reflect.TypeFor[Expr]():
		return Binary{Op: "+", Left: Number(1), Right: Ref("a")}
	case reflect.TypeFor[any]():
		return map[string]any{"a": []any{Template{{Text: "a"}}}}
	}
	t.Fatalf("a query has a %s, of which this test knows no values", in)
	return nil
}

// changes calls f with each value in v changed, one after the other, by its place.
func changes(t *testing.T, place string, v reflect.Value, f func(place string)) {
	t.Helper()
	with := func(other reflect.Value) {
		was := reflect.New(v.Type()).Elem()
		was.Set(v)
		v.Set(other)
		f(place)
		v.Set(was)
	}
	as := func(value any) reflect.Value { return reflect.ValueOf(value).Convert(v.Type()) }
	switch v.Kind() {
	case reflect.String:
		with(as("b"))
	case reflect.Bool:
		with(as(!v.Bool()))
	case reflect.Int, reflect.Int64:
		with(as(4))
	case reflect.Float64:
		with(as(0.25))
	case reflect.Slice:
		if v.Len() == 0 {
			return
		}
		with(reflect.Zero(v.Type()))
		with(reflect.AppendSlice(v, v))
		changes(t, place+"[0]", v.Index(0), f)
	case reflect.Map:
		with(reflect.Zero(v.Type()))
		other := reflect.MakeMap(v.Type())
		other.SetMapIndex(as2(v, "b"), v.MapIndex(as2(v, "a")))
		with(other)
	case reflect.Pointer:
		if !v.IsNil() {
			with(reflect.Zero(v.Type()))
			changes(t, place, v.Elem(), f)
		}
	case reflect.Interface:
		with(reflect.Zero(v.Type()))
		inner := reflect.New(v.Elem().Type()).Elem()
		inner.Set(v.Elem())
		changes(t, place, inner, func(place string) {
			was := v.Elem()
			v.Set(inner)
			f(place)
			v.Set(was)
		})
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			with(as(v.Interface().(time.Time).Add(time.Nanosecond)))
			return
		}
		for i := range v.NumField() {
			changes(t, place+"."+v.Type().Field(i).Name, v.Field(i), f)
		}
	default:
		t.Fatalf("%s is a %s", place, v.Type())
	}
}

func as2(m reflect.Value, key string) reflect.Value {
	return reflect.ValueOf(key).Convert(m.Type().Key())
}

// Whatever of a query is another, its key is another.
func TestKeyOfAllThatAQueryHas(t *testing.T) {
	t.Parallel()
	q := filled(t)
	if q.Key() != filled(t).Key() {
		t.Fatal("equal queries have two keys")
	}
	keys := map[Key]string{q.Key(): "nothing"}
	places := 0
	changes(t, "", reflect.ValueOf(q).Elem(), func(place string) {
		places++
		if was, ok := keys[q.Key()]; ok {
			t.Errorf("a change of %s is that of %s", place, was)
		}
		keys[q.Key()] = place
	})
	if places < 200 || len(keys) != places+1 {
		t.Errorf("%d changes make %d keys", places, len(keys))
	}
}

// Values that are written alike are not alike.
func TestKeysKnowTypes(t *testing.T) {
	t.Parallel()
	at := time.Date(2002, 5, 1, 0, 0, 0, 0, time.UTC)
	keys := make(map[Key]string)
	for name, where := range map[string]Filter{
		"1": Compare{Values: []any{int64(1)}}, "1.0": Compare{Values: []any{float64(1)}}, "'1'": Compare{Values: []any{"1"}}, "true": Compare{Values: []any{true}},
		"a time": Compare{Values: []any{at}}, "its text": Compare{Values: []any{at.String()}}, "a, b": Compare{Values: []any{"a", "b"}}, "'a, b'": Compare{Values: []any{"a, b"}},
		"and": And{Compare{}, Compare{}}, "or": Or{Compare{}, Compare{}}, "and of and": And{And{Compare{}, Compare{}}}, "none": nil,
	} {
		for _, key := range []Key{(&Query{Where: where}).Key(), KeyOfFilter(where)} {
			if other, ok := keys[key]; ok {
				t.Errorf("%s and %s have one key", name, other)
			}
			keys[key] = name
		}
	}
	if a, b := (&Query{Range: Range{From: at}}), (&Query{Range: Range{From: at.In(time.FixedZone("", 3600))}}); a.Key() != b.Key() {
		t.Error("an instant has two keys")
	}
}

// No two tenants share a key, whatever they ask.
func TestTenantsShareNoKey(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ask := func(tenant string) *Query {
			return &Query{Dataset: "d", Tenant: &Compare{Field: Field{Column: "company", Type: String}, Op: Eq, Values: []any{tenant}}}
		}
		text := rapid.String()
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		qa, qb := ask(a), ask(b)
		column := text.Draw(t, "column")
		qa.Where = Compare{Field: Field{Column: column}, Op: Eq, Values: []any{text.Draw(t, "value")}}
		qb.Where = Compare{Field: Field{Column: column}, Op: Eq, Values: []any{text.Draw(t, "value")}}
		if (qa.Key() == qb.Key()) != reflect.DeepEqual(qa, qb) {
			t.Fatalf("%q and %q", a, b)
		}
	})
}

func BenchmarkKey(b *testing.B) {
	q := &Query{Dataset: "posts", Groups: []Group{{Name: "day", Buckets: &Buckets{Edges: make([]time.Time, 91)}}}, Measures: make([]Measure, 4)}
	for b.Loop() {
		_ = q.Key()
	}
}
