package catalog

import (
	"path"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// LinkSuffix ends the name of the column of URLs beside that of the objects' names.
const LinkSuffix = "_url"

const (
	linkValid     = 15 * time.Minute
	linkValidMost = 7 * 24 * time.Hour // no store signs for longer
)

// link reads how a dimension's keys become URLs. Rows of tenants can only hand out what lies under their own tenant's prefix.
func (b *builder) link(v *value, dim *Dimension, d *Dataset, dataset *value) *Link {
	l := v.get("link")
	if l == nil || l.kind != mapping {
		return nil
	}
	out := &Link{Source: l.get("source").str(""), Prefix: l.get("prefix").str(""), Valid: linkValid}
	if s := b.cat.Sources[out.Source]; s == nil && l.wrote("source") {
		b.unknown(l.get("source"), "source", out.Source, sortedKeys(b.cat.Sources))
	} else if s != nil && s.Kind != "s3" {
		b.faults.add(l.get("source").at, "name one of kind s3", "source %s, of kind %s, holds no objects to link to", s.Name, s.Kind)
	}
	if t := l.get("valid"); t != nil {
		out.Valid, _ = time.ParseDuration(t.text) // checked by the spec
		if out.Valid < time.Second || out.Valid > linkValidMost {
			b.faults.add(t.at, "for example 15m", "a link can be valid for 1s to 168h, not for %s", t.text)
		}
	}
	if dim.Field.Type != query.String || dim.Field.Multi || dim.Part != "" {
		b.faults.add(l.at, "", "dimension %s cannot be a link: a key is one text", dim.Name)
	}
	if p := l.get("prefix"); p != nil {
		whole := strings.TrimSuffix(p.text, "/")
		if bad := badPath(whole); bad != "" || path.Clean(whole) != whole || strings.ContainsAny(strings.ReplaceAll(whole, "{tenant}", ""), "{}*?") {
			b.faults.add(p.at, "for example attachments/{tenant}/", "prefix %q is not the beginning of keys", p.text)
		}
		out.Prefix = whole + "/"
	}
	for _, key := range []string{"dimensions", "measures"} {
		if other := dataset.get(key).get(dim.Name + LinkSuffix); other != nil {
			b.faults.add(other.at, "rename it", "%s%s is the column of the links that dimension %s hands out", dim.Name, LinkSuffix, dim.Name)
		}
	}
	b.linkTenant(l, out, d, dataset)
	return out
}

// linkTenant sees that a tenant's rows cannot hand out another's objects.
func (b *builder) linkTenant(l *value, link *Link, d *Dataset, dataset *value) {
	named := strings.Contains(link.Prefix, "{tenant}")
	none := dataset.get("tenant") != nil && dataset.get("tenant").text == "none"
	switch {
	case none && named:
		b.faults.add(l.get("prefix").at, "", "the prefix names the tenant, which dataset %s has not", d.Name)
	case none:
	case d.Tenant == nil || d.Tenant.Field.Column == "":
		b.faults.add(l.at, "link from the dataset that holds the rows", "dataset %s has no column of its tenant, which a link needs", d.Name)
	case !named:
		b.faults.add(l.at, "for example prefix: attachments/{tenant}/", "dataset %s is restricted by its tenant: a link needs a prefix with {tenant}", d.Name)
	}
}
