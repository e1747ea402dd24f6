package catalog

import "slices"

// pageParameter finds what has the parameter's value in each dataset of the page's widgets.
func (b *builder) pageParameter(e entry, p *Page) PageParameter {
	out := PageParameter{Name: e.name, Required: e.val.get("required").bool(false), Dimensions: make(map[string]*Dimension)}
	asked := e.val.get("dimension")
	if asked == nil {
		return out // reported already
	}
	own := make(map[string]*value)
	for _, x := range e.val.get("datasets").entries() {
		own[x.name] = x.val
	}
	for _, d := range p.datasets() {
		if d == nil || out.Dimensions[d.Name] != nil {
			continue
		}
		at := asked
		if x := own[d.Name]; x != nil {
			at = x
		} else if slices.Contains(d.Binds, e.name) {
			continue // its own query takes the key
		}
		delete(own, d.Name)
		dim := d.Dimensions[at.text]
		switch {
		case dim == nil:
			b.faults.add(at.at, Suggest(at.text, sortedKeys(d.Dimensions)), "parameter %s: dataset %s has no dimension %q", e.name, d.Name, at.text)
		case dim.Part != "":
			b.faults.add(at.at, "", "parameter %s: %s is a part of a time and cannot be filtered by", e.name, at.text)
		case dim.Mask:
			b.faults.add(at.at, "", "parameter %s: %s is masked and cannot be filtered by", e.name, at.text)
		default:
			out.Dimensions[d.Name] = dim
		}
	}
	for name, x := range own {
		if out.Dimensions[name] == nil {
			b.faults.add(x.at, "", "parameter %s: no widget of the page is of dataset %q", e.name, name)
		}
	}
	return out
}
