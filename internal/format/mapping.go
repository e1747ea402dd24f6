package format

// Mapping says how values of a column are read, as in Grafana: codes stay the same in all languages.
type Mapping struct {
	Type    string          `json:"type"` // value
	Options map[string]Text `json:"options"`
}

// Text is how a value is read.
type Text struct {
	Text string `json:"text"`
}

// Read returns how a value of the column is read; itself where nothing else is said.
func (c *Config) Read(value string) string {
	for _, m := range c.Mappings {
		if t, ok := m.Options[value]; ok {
			return t.Text
		}
	}
	return value
}

// codes maps codes to words in the reader's language: pairs of English and Arabic ones.
func (t *table) codes(words map[string][2]string) []Mapping {
	options := make(map[string]Text, len(words))
	for code, w := range words {
		options[code] = Text{t.say(w[0], w[1])}
	}
	return []Mapping{{Type: "value", Options: options}}
}

// reasons are those of a trend.
func (t *table) reasons() []Mapping {
	return t.codes(map[string][2]string{
		reasonNew:     {"New", "جديد"},
		reasonFloor:   {"Hardly varied before", "تباين ضئيل من قبل"},
		reasonHistory: {"Too little history", "تاريخ غير كافٍ"},
	})
}
