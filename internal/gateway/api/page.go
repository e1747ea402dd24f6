package api

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
)

// Page is what a form and a dashboard need to know of a page.
type Page struct {
	PageSummary
	Widgets    []Widget        `json:"widgets"`
	Request    PageRequest     `json:"request"`
	Parameters []PageParameter `json:"parameters"`
	Time       PageTime        `json:"time"`
	Filters    []PageFilter    `json:"filters"`
}

// PageRequest is the least that asks for the page.
type PageRequest struct {
	EventName string            `json:"eventName"`
	EventData map[string]string `json:"eventData"`
}

// PageTime is the zone that days are read in where a request names none, and, where the catalog knows one, a range that has data.
type PageTime struct {
	Zone    string            `json:"zone"`
	Example map[string]string `json:"example,omitempty"`
}

// PageFilter is a member that requests may filter by.
type PageFilter struct {
	Name      string   `json:"name"`
	Label     string   `json:"label"`
	Type      string   `json:"type"`
	Operators []string `json:"operators"`
	// Datasets have the member: widgets over others cannot be filtered by it.
	Datasets []string `json:"datasets"`
	// Values is where its values are counted; empty where that would list times or fractions.
	Values string `json:"values,omitempty"`
}

// Widget is a widget as the catalog describes it.
type Widget struct {
	ID          string      `json:"id"`
	Event       string      `json:"event"`
	Kind        string      `json:"kind"`
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Dataset     string      `json:"dataset"`
	Grain       string      `json:"grain,omitempty"`
	Compare     string      `json:"compare,omitempty"`
	Measures    []Measure   `json:"measures"`
	Dimensions  []Dimension `json:"dimensions"`
	Sortable    []string    `json:"sortable,omitempty"`
	PageSize    int         `json:"page_size,omitzero"`
}

// Measure is a number with its definition.
type Measure struct {
	Name        string `json:"name"`
	Label       string `json:"label"`
	Unit        string `json:"unit"`
	Description string `json:"description"`
	DownIsGood  bool   `json:"down_is_good"`
}

// Dimension is a field that a widget groups by, or a column.
type Dimension struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Type  string `json:"type"`
}

// page answers with a page.
func (a *API) onePage(w http.ResponseWriter, r *http.Request) error {
	p, err := a.asked(r)
	if err != nil {
		return err
	}
	cat, err := a.catalog()
	if err != nil {
		return err
	}
	language := r.URL.Query().Get("language")
	out := a.describe(p, language)
	out.Parameters = parametersOf(p, cat, caller.From(r.Context()), language)
	writeJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) describe(p *catalog.Page, language string) *Page {
	out := &Page{
		PageSummary: a.summary(p, language), Widgets: []Widget{}, Time: timeOfPage(p), Filters: filtersOf(p, language),
		Request: PageRequest{EventName: a.eventOf(p), EventData: map[string]string{"page_name": p.Key.Page}},
	}
	if p.Key.Product != "" {
		out.Request.EventData["product"] = p.Key.Product
	}
	for _, w := range p.Widgets {
		out.Widgets = append(out.Widgets, widgetOf(p, w, language))
	}
	return out
}

func widgetOf(p *catalog.Page, w *catalog.Widget, language string) Widget {
	out := Widget{
		ID: w.ID, Event: p.Key.Page + "__" + w.ID, Kind: string(w.Kind), Title: w.Title.In(language, w.ID), Description: w.Description.In(language, ""),
		Dataset: w.Dataset.Name, Grain: string(w.Grain), Compare: string(w.Compare), Measures: []Measure{}, Dimensions: []Dimension{},
	}
	for _, m := range w.Measures {
		out.Measures = append(out.Measures, Measure{Name: m.Name, Label: m.Label.In(language, m.Name), Unit: m.Unit, Description: m.Definition, DownIsGood: m.DownIsGood})
	}
	for _, d := range w.Dimensions {
		out.Dimensions = append(out.Dimensions, Dimension{Name: d.Name, Label: d.Label.In(language, d.Name), Type: string(d.Field.Type)})
	}
	if w.Kind == catalog.Table || w.Kind == catalog.Feed {
		out.PageSize = w.PageSize
		for word := range w.Sortable {
			out.Sortable = append(out.Sortable, word)
		}
		if len(w.Sortable) == 0 {
			for _, d := range w.Dimensions {
				out.Sortable = append(out.Sortable, d.Name)
			}
			for _, m := range w.Measures {
				out.Sortable = append(out.Sortable, m.Name)
			}
		}
		slices.Sort(out.Sortable)
	}
	return out
}

// timeOfPage takes the example of the first dataset that has one.
func timeOfPage(p *catalog.Page) PageTime {
	t := PageTime{Zone: "UTC"}
	for _, d := range p.Datasets() {
		if len(d.Example) == 2 {
			t.Example = map[string]string{"start_date": d.Example[0], "end_date": d.Example[1]}
			break
		}
	}
	return t
}

// filtersOf lists the members that a request may filter by, with the datasets that have each. What is hidden or masked is not listed, nor parts of times.
func filtersOf(p *catalog.Page, language string) []PageFilter {
	out := []PageFilter{}
	for _, d := range p.Datasets() {
		for _, dim := range p.Members(d) {
			if i := slices.IndexFunc(out, func(f PageFilter) bool { return f.Name == dim.Name }); i >= 0 {
				out[i].Datasets = append(out[i].Datasets, d.Name)
				continue
			}
			out = append(out, PageFilter{
				Name: dim.Name, Label: dim.Label.In(language, dim.Name), Type: string(dim.Field.Type), Operators: operatorsOf(dim), Datasets: []string{d.Name},
				Values: valuesLink(p, dim),
			})
		}
	}
	return out
}

func valuesLink(p *catalog.Page, dim *catalog.Dimension) string {
	if !dim.Countable() {
		return ""
	}
	link := "/v1/pages/" + escapeSegment(p.Key.Page) + "/members/" + escapeSegment(dim.Name) + "/values"
	if p.Key.Product != "" {
		link += "?product=" + url.QueryEscape(p.Key.Product)
	}
	return link
}
