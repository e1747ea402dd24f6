package testenv

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// Sheet is one sheet of a workbook as a reader finds it: cells by their row and column from 0, as texts; missing ones are empty.
type Sheet struct {
	Name        string
	RightToLeft bool
	Rows        [][]string
	// Numbers says which cells hold a number, Formulas counts those that hold a formula.
	Numbers  map[[2]int]bool
	Formulas int
}

type sheetXML struct {
	Views []struct {
		RightToLeft bool `xml:"rightToLeft,attr"`
	} `xml:"sheetViews>sheetView"`
	Rows []struct {
		Number int `xml:"r,attr"`
		Cells  []struct {
			At      string  `xml:"r,attr"`
			Type    string  `xml:"t,attr"`
			Value   string  `xml:"v"`
			Inline  string  `xml:"is>t"`
			Formula *string `xml:"f"`
		} `xml:"c"`
	} `xml:"sheetData>row"`
}

// Workbook reads an XLSX file by the standard library's means alone, so that what wrote it is not what checks it.
func Workbook(t testing.TB, content []byte) []Sheet {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatalf("a workbook that is no archive: %v", err)
	}
	part := func(name string, into any) {
		t.Helper()
		f, err := archive.Open(name)
		if err != nil {
			t.Fatalf("a workbook: %v", err)
		}
		defer func() { _ = f.Close() }() // only read from
		data, err := io.ReadAll(f)
		if err == nil {
			err = xml.Unmarshal(data, into)
		}
		if err != nil {
			t.Fatalf("a workbook's %s: %v", name, err)
		}
	}
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var links struct {
		Links []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	part("xl/workbook.xml", &book)
	part("xl/_rels/workbook.xml.rels", &links)
	target := make(map[string]string)
	for _, l := range links.Links {
		target[l.ID] = "xl/" + strings.TrimPrefix(strings.TrimPrefix(l.Target, "/"), "xl/")
	}
	out := make([]Sheet, len(book.Sheets))
	for i, s := range book.Sheets {
		var x sheetXML
		part(target[s.ID], &x)
		out[i] = x.sheet(s.Name)
	}
	return out
}

func (x *sheetXML) sheet(name string) Sheet {
	out := Sheet{Name: name, Numbers: make(map[[2]int]bool)}
	for _, v := range x.Views {
		out.RightToLeft = out.RightToLeft || v.RightToLeft
	}
	for _, r := range x.Rows {
		for len(out.Rows) < r.Number {
			out.Rows = append(out.Rows, nil)
		}
		var cells []string
		for _, c := range r.Cells {
			at := 0
			for _, letter := range strings.TrimRight(c.At, "0123456789") {
				at = at*26 + int(letter-'A') + 1
			}
			for len(cells) < at {
				cells = append(cells, "")
			}
			if cells[at-1] = c.Value; c.Type == "inlineStr" {
				cells[at-1] = c.Inline
			}
			if (c.Type == "" || c.Type == "n") && c.Value != "" {
				out.Numbers[[2]int{r.Number - 1, at - 1}] = true
			}
			if c.Formula != nil {
				out.Formulas++
			}
		}
		out.Rows[r.Number-1] = cells
	}
	return out
}
