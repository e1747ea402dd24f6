package catalog

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

func (b *builder) dataset(name string, v *value) *Dataset {
	d := &Dataset{
		Name: name, Label: v.get("label").labels(name), Description: v.get("description").str(""),
		Watermark:        v.get("watermark").str("now"),
		Dimensions:       map[string]*Dimension{},
		Measures:         map[string]*Measure{},
		Limits:           b.limits(v.get("limits")),
		FirstDayOfWeek:   slices.Index(weekdays(), v.get("first_day_of_week").str("monday")),
		FirstMonthOfYear: v.get("first_month_of_year").int(1),
		SmallestGrain:    Grain(v.get("smallest_time_grain").str(string(Minute))),
		Synthetic:        v.get("synthetic").bool(false),
	}
	for _, c := range v.get("synthetic_columns").all() {
		d.SyntheticColumns = append(d.SyntheticColumns, c.text)
	}
	for _, day := range v.get("example").all() {
		d.Example = append(d.Example, day.text)
	}
	if s := v.get("source"); s != nil {
		if d.Source = b.cat.Sources[s.text]; d.Source == nil {
			b.unknown(s, "source", s.text, slices.Collect(maps.Keys(b.cat.Sources)))
		}
	}
	d.Relation = b.relation(name, v)
	b.fits(d, v)
	if t := v.get("time"); t != nil {
		d.Time = &query.TimeField{
			Column: t.get("field").str(""), Storage: t.get("storage").str("timestamp"), Zone: b.zone(t.get("zone"), "UTC"),
		}
	}
	if d.Watermark == "data" && d.Time == nil {
		b.faults.add(v.get("watermark").at, "give the dataset a time", "watermark: data needs a time field")
	}
	d.Keep = b.keep(v.get("keep"), d)
	d.RowsPerDay = int64(v.get("rows_per_day").int(0))
	if d.RowsPerDay > 0 && d.Time == nil {
		b.faults.add(v.get("rows_per_day").at, "give the dataset a time", "rows_per_day needs a time field")
	}
	d.Share = b.shared(v.get("share"))
	d.Tenant = b.tenant(v.get("tenant"))
	b.tables(d, v.get("tables"))
	b.native(d, v)
	for _, e := range v.get("dimensions").entries() {
		d.Dimensions[e.name] = b.dimension(e.name, e.val, d.Time)
		d.Dimensions[e.name].Link = b.link(e.val, d.Dimensions[e.name], d, v)
	}
	b.measures(d, v.get("measures"))
	b.masks(d, v)
	d.RowFilter = b.condition(v.get("row_filter"), "row_filter", d)
	b.request(d, v)
	b.tenancy(d, v)
	return d
}

// tables reads where other sources see a dataset's rows.
func (b *builder) tables(d *Dataset, v *value) {
	for _, e := range v.entries() {
		if b.cat.Sources[e.name] == nil {
			b.faults.add(e.at, Suggest(e.name, sortedKeys(b.cat.Sources)), "unknown source %q", e.name)
			continue
		}
		if kind, known := sourceKinds()[b.cat.Sources[e.name].Kind]; known && !kind.joins && !kind.joinsOwn {
			b.faults.add(e.at, "", "source %s, of kind %s, computes no sql over inputs, for which tables are there", e.name, b.cat.Sources[e.name].Kind)
		}
		b.whole(b.cat.Sources[e.name], e.val)
		if d.Tables == nil {
			d.Tables = make(map[string]string)
		}
		d.Tables[e.name] = e.val.text
	}
}

// tenancy sees that a dataset's rows are those of one tenant: by a column, by the query that makes them, or by their table.
func (b *builder) tenancy(d *Dataset, v *value) {
	if d.Tenant == nil {
		if strings.Contains(d.Relation.Table, "{") {
			b.faults.add(v.get("table").at, "", "table %s names the tenant, which dataset %s has not", d.Relation.Table, d.Name)
		}
		return
	}
	t := v.get("tenant")
	if d.Tenant.Field.Column != "" || t.kind != mapping || t.wrote("field") {
		return
	}
	switch bound := slices.Contains(d.Binds, query.ParamTenant); {
	case !bound && !namesTenant(d.Relation.Table):
		b.faults.add(t.at, "name the column that holds it", "tenant has no field")
	case slices.ContainsFunc(slices.Collect(maps.Values(d.Tables)), func(t string) bool { return !namesTenant(t) }):
		b.faults.add(t.at, "name the column that holds it", "tenant has no field, which the tables of other sources need")
	}
}

// namesTenant says that each tenant has a table of its own.
func namesTenant(table string) bool { return strings.Contains(table, "{"+query.ParamTenant+"}") }

func (b *builder) limits(v *value) Limits {
	l := Limits{
		Rows: v.get("rows").int(10_000), Timeout: 30 * time.Second,
		Bytes: int64(v.get("bytes").int(64 << 20)), ReadBytes: int64(v.get("read_bytes").int(0)),
	}
	if t := v.get("timeout"); t != nil {
		l.Timeout, _ = time.ParseDuration(t.text) // checked by the spec
	}
	return l
}

func (b *builder) relation(name string, v *value) query.Relation {
	files, table, format := v.get("files"), v.get("table"), v.get("format")
	r := query.Relation{Table: table.str(""), Format: format.str("")}
	places := []string{"files", "table", "native", "request"}
	switch {
	case v.wrote("sql"), v.wrote("union"):
		return query.Relation{} // made when all datasets are known
	case v.wrote("like") && !slices.ContainsFunc(places, v.wrote):
		return query.Relation{} // what it is like was reported
	case !slices.ContainsFunc(places, v.wrote) && b.cat.Sources[v.get("source").str("")].calls():
		b.faults.add(v.at, "", "dataset %s has no request", name)
	case !slices.ContainsFunc(places, v.wrote):
		b.faults.add(v.at, "", "dataset %s has neither files nor table", name)
	case files != nil && table != nil:
		b.faults.add(table.at, "keep one of them", "dataset %s has both files and table", name)
	case format != nil && files == nil:
		b.faults.add(format.at, "", "format goes with files")
	}
	if files != nil && len(files.all()) == 0 {
		b.faults.add(files.at, "", "files is empty")
	}
	for _, f := range files.all() {
		if bad := badPath(f.text); bad != "" {
			b.faults.add(f.at, "write it relative to the data root", "file pattern %q %s", f.text, bad)
			continue
		}
		r.Files = append(r.Files, f.text)
		if format != nil {
			continue
		}
		inferred := formatOf(f.text)
		switch {
		case inferred == "":
			b.faults.add(f.at, "say format: parquet, csv or json", "the format of %q is not known from its ending", f.text)
		case r.Format != "" && r.Format != inferred:
			b.faults.add(f.at, "", "files of one dataset must have one format: %s and %s", r.Format, inferred)
		}
		r.Format = inferred
	}
	return r
}

// badPath says why a pattern may not be used: it must stay below the data root.
func badPath(p string) string {
	switch {
	case p == "":
		return "is empty"
	case strings.HasPrefix(p, "/") || strings.Contains(p, ":"):
		return "is not relative"
	case strings.ContainsAny(p, "\\\x00\n'\""):
		return "holds a character that is not allowed"
	case slices.Contains(strings.Split(p, "/"), ".."):
		return "leaves the data root"
	}
	return ""
}

func formatOf(p string) string {
	p = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(p), ".gz"), ".zst")
	switch path.Ext(p) {
	case ".parquet":
		return "parquet"
	case ".csv", ".tsv":
		return "csv"
	case ".json", ".jsonl", ".ndjson":
		return "json"
	}
	return ""
}

func (b *builder) tenant(v *value) *Tenant {
	if v == nil || v.kind != mapping {
		return nil
	}
	pattern := defaultTenant
	if p := v.get("pattern"); p != nil {
		pattern = p.text
		if _, err := regexp.Compile(pattern); err != nil {
			b.faults.add(p.at, "", "tenant pattern is not a regular expression: %s", err)
		}
	}
	return &Tenant{
		Parameter: v.get("parameter").str(""),
		Field:     query.Field{Column: v.get("field").str(""), Type: query.Type(v.get("type").str("string"))},
		Pattern:   "^(?:" + pattern + ")$",
	}
}

func (b *builder) dimension(name string, v *value, tf *query.TimeField) *Dimension {
	d := &Dimension{
		Name: name, Label: v.get("label").labels(name),
		Field:  query.Field{Column: v.get("field").str(name), Type: query.Type(v.get("type").str("string")), Multi: v.get("multi").bool(false)},
		Part:   query.Part(v.get("part").str("")),
		Unit:   v.get("unit").str(""),
		Hidden: v.get("hidden").bool(false),
		Mask:   v.get("mask").bool(false),
	}
	if d.Mask && (d.Field.Type != query.String || d.Field.Multi || d.Part != "") {
		b.faults.add(v.get("mask").at, "", "mask goes with a text; %s is none", name)
	}
	if d.Part != "" {
		if t := v.get("type"); t != nil && d.Field.Type != query.Time && d.Field.Type != query.Int {
			b.faults.add(t.at, "leave type out", "a part belongs to a time column, not to one of type %s", t.text)
		}
		// The column is a time; the part itself reads as an int.
		d.Field.Type = query.Time
	}
	isTime := d.Field.Type == query.Time
	if d.Field.Multi && isTime {
		b.faults.add(v.get("multi").at, "", "a list of times is not supported")
	}
	for _, key := range []string{"storage", "zone"} {
		if x := v.get(key); x != nil && !isTime {
			b.faults.add(x.at, "say type: time", "%s goes with a time column; %s is %s", key, name, d.Field.Type)
		}
	}
	if isTime {
		storage, zone := "timestamp", "UTC"
		if tf != nil && tf.Column == d.Field.Column {
			storage, zone = tf.Storage, tf.Zone
		}
		d.Storage, d.Zone = v.get("storage").str(storage), b.zone(v.get("zone"), zone)
	}
	if u := v.get("unit"); u != nil && d.Field.Type != query.Int && d.Field.Type != query.Float {
		b.faults.add(u.at, "say type: int or float", "unit goes with a number; %s is %s", name, d.Field.Type)
	}
	return d
}

func (b *builder) zone(v *value, fallback string) string {
	if v == nil {
		return fallback
	}
	if _, err := time.LoadLocation(v.text); err != nil || v.text == "Local" || v.text == "" {
		b.faults.add(v.at, "use an IANA name such as Asia/Riyadh", "unknown time zone %q", v.text)
		return fallback
	}
	return v.text
}
