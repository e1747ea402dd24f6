package sample

import "fmt"

// person is what listening services say of an author. Nothing of it is real: it is drawn from the handle alone.
type person struct {
	followers               any // int64, or nil where unknown
	verified                bool
	country, city, language string
	gender                  string // female, male, or unknown
}

type place struct {
	country, language string
	cities            []string
}

func places() []place {
	return []place{
		{"US", "en", []string{"New York", "Austin", "Chicago", "Seattle"}},
		{"GB", "en", []string{"London", "Leeds", "Bristol"}},
		{"SA", "ar", []string{"Riyadh", "Jeddah", "Dammam"}},
		{"AE", "ar", []string{"Dubai", "Abu Dhabi"}},
		{"EG", "ar", []string{"Cairo", "Alexandria"}},
		{"DE", "de", []string{"Berlin", "Hamburg"}},
		{"FR", "fr", []string{"Paris", "Lyon"}},
		{"MA", "ar", []string{"Casablanca", "Rabat"}},
	}
}

func personOf(handle string) person {
	d := roll("person "+handle, 0)
	p := person{gender: even(d, []string{"female", "male", "male", "female", "unknown"})}
	at := pick(d, places())
	p.country, p.city, p.language = at.country, even(d, at.cities), at.language
	followers := d.count(240, 1.9)
	p.verified = followers > 5000 && d.chance(0.5)
	if p.followers = followers; d.chance(0.08) {
		p.followers = nil
	}
	return p
}

func teams() []string { return []string{"support", "technical", "billing", "sales"} }

// agents of a team answer in its name.
func agents(team string) []string {
	out := make([]string, 3)
	for i := range out {
		out[i] = fmt.Sprintf("%s-agent-%d", team, i+1)
	}
	return out
}
