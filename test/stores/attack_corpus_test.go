package stores

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// attack is one line of the corpus: a text, an object or whatever else JSON can be, and some things that it cannot be.
type attack struct {
	Kind string `json:"kind"`
	// Value is the attack; JSON is one that is no value that could stand in the corpus; Bytes are the bytes of a text, in hexadecimal.
	Value json.RawMessage `json:"value"`
	JSON  string          `json:"json"`
	Bytes string          `json:"bytes"`
	// Repeat is how often a text stands in the attack.
	Repeat int `json:"repeat"`
	// Expect is the class of the attack: a plain text, a scalar of another type, an object or list, or what is no JSON of a request at all.
	Expect string `json:"expect"`
}

// raw is the attack as it stands in a request.
func (a *attack) raw(t *testing.T) string {
	t.Helper()
	switch {
	case a.JSON != "":
		return a.JSON
	case a.Bytes != "":
		b, err := hex.DecodeString(a.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		return `"` + string(b) + `"`
	case a.Repeat > 0:
		var s string
		if err := json.Unmarshal(a.Value, &s); err != nil {
			t.Fatal(err)
		}
		return quoted(t, strings.Repeat(s, a.Repeat))
	}
	return string(a.Value)
}

// text is the attack as a text; false where it is none.
func (a *attack) text() (string, bool) {
	var s string
	if a.Expect != "plain" || json.Unmarshal(a.Value, &s) != nil {
		return "", false
	}
	return strings.Repeat(s, max(1, a.Repeat)), true
}

func quoted(t *testing.T, s string) string {
	t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// corpus reads all attacks, each of which is another.
func corpus(t *testing.T) []attack {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "attacks.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []attack
	seen := make(map[string]bool)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var a attack
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		if seen[lines.Text()] {
			t.Errorf("twice in the corpus: %s", lines.Text())
		}
		seen[lines.Text()] = true
		out = append(out, a)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	const least = 200
	if len(out) < least {
		t.Fatalf("%d attacks, want at least %d", len(out), least)
	}
	return out
}
