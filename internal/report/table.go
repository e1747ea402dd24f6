package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// cellMost clips texts in tables, mostRows bounds what is printed of one.
	cellMost = 280
	mostRows = 100
	// wordMost is the longest word that a column makes room for; a text of more than wideFrom bytes is given the room to be read.
	wordMost = 28
	wideFrom = 100
)

// table is rows and columns: a table widget, or the numbers behind a chart.
type table struct {
	Head []head
	Rows [][]cell
	// More says how many rows there are, where not all are here.
	More string
}

type head struct {
	Text            string
	Numeric, Moment bool
}

type cell struct {
	Text    string
	Numeric bool
	Href    string
	Muted   bool
	// Long says that a word of it may have to be broken, Wide that it is a text to be read, for which the column makes room.
	Long, Wide bool
}

// table shows every column that is meant to be seen: links stand behind the names that they belong to.
func (c *chart) table() *table {
	out := &table{}
	var shown []int
	links := map[int]int{}
	for i := range c.d.Schema.Fields {
		f := c.field(i)
		if i >= len(c.d.Data.Values) || f.Role == "link" || f.Role == "other" || f.Role == "operand" || f.Role == "window" && i != c.columns("window")[0] {
			continue
		}
		if url := c.named(f.Name + "_url"); url >= 0 && c.field(url).Role == "link" {
			links[i] = url
		}
		shown = append(shown, i)
		out.Head = append(out.Head, head{Text: c.head(i), Numeric: c.numeric(i), Moment: f.Type == "time"})
	}
	rows := c.rows()
	for row := range min(rows, mostRows) {
		cells := make([]cell, len(shown))
		for k, i := range shown {
			cells[k] = c.tableCell(i, row)
			if url, ok := links[i]; ok {
				cells[k].Href = web(c.cell(url, row))
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	total := int64(rows)
	if p := c.d.Paging; p != nil && p.Total != nil {
		total = max(total, *p.Total)
	}
	if total > int64(len(out.Rows)) {
		out.More = fmt.Sprintf(c.Rows, c.numbers.Decimal(float64(len(out.Rows)), 0), c.numbers.Decimal(float64(total), 0))
	}
	return out
}

// web returns a link that leads to the web, and nothing of what leads elsewhere.
func web(v any) string {
	s, _ := v.(string)
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}

// head names a column. The columns of a split series are named by their groups alone, which is all that tells them apart.
func (c *chart) head(i int) string {
	f := c.field(i)
	if f.Role == "time" && f.Config.DisplayName == "" {
		return c.Period
	}
	name := c.name(i)
	if f.Role == "window" { // all windows are one column, a line from the first to the last
		last := c.columns("window")
		return isolate(name) + " – " + isolate(c.name(last[len(last)-1]))
	}
	if f.Role == "edge" {
		return name + map[bool]string{true: " ≥", false: " <"}[f.Name == "from"]
	}
	return name
}

func (c *chart) numeric(i int) bool {
	f := c.field(i)
	return f.Type == "number" && f.Role != "dimension"
}

func (c *chart) tableCell(i, row int) cell {
	f := c.field(i)
	v := c.cell(i, row)
	if f.Role == "window" {
		return cell{Text: c.spark(row)}
	}
	if f.Role == "time" {
		if ms, ok := float(v); ok {
			text := c.bucketFull(ms, c.d.Grain)
			if c.open()[row] {
				text += " (" + c.Incomplete + ")"
			}
			return cell{Text: text}
		}
	}
	if f.Role == "dimension" && v == nil && c.other(row) {
		return cell{Text: c.Others, Muted: true}
	}
	text := short(c.value(v, f), cellMost)
	return cell{
		Text: text, Numeric: c.numeric(i), Muted: v == nil, Wide: len(text) > wideFrom,
		Long: slices.ContainsFunc(strings.Fields(text), func(w string) bool { return len(w) > wordMost }),
	}
}

// post is a row of a feed: its longest text, and the rest of the row as a line below.
type post struct {
	Text string
	Href string
	Meta []string
}

// feed shows rows as posts: the column with the longest texts, none of numbers or times, is what they say, all else stands below.
func (c *chart) feed() (posts []post, more string) {
	t := c.table()
	if len(t.Rows) == 0 {
		return nil, ""
	}
	longest, at := -1, 0
	for i := range t.Head {
		n := 0
		for _, row := range t.Rows {
			n += utf8.RuneCountInString(row[i].Text)
		}
		if n > longest && !t.Head[i].Numeric && !t.Head[i].Moment {
			longest, at = n, i
		}
	}
	for _, row := range t.Rows {
		p := post{Text: row[at].Text, Href: row[at].Href}
		for i, cell := range row {
			if i != at && !cell.Muted && strings.TrimSpace(cell.Text) != "" {
				p.Meta = append(p.Meta, t.Head[i].Text+": "+isolate(cell.Text))
			}
		}
		posts = append(posts, p)
	}
	return slices.Clip(posts), t.More
}
