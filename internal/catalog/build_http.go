package catalog

import (
	"slices"
	"strings"
	"time"
)

func authKinds() []string { return []string{"bearer", "basic", "api_key", "oauth2"} }

// authKeys are the values that a kind of proof needs, and its further keys.
func authKeys() map[string]struct{ needs, more []string } {
	return map[string]struct{ needs, more []string }{
		"bearer":  {needs: []string{"token"}},
		"basic":   {needs: []string{"user", "password"}},
		"api_key": {needs: []string{"value"}, more: []string{"header", "query"}},
		"oauth2":  {needs: []string{"token_url", "id", "secret"}, more: []string{"token_url", "scopes", "secret_in"}},
	}
}

// http reads what a source of kind http says.
func (b *builder) http(v *value) HTTP {
	span := func(key string) time.Duration {
		d, _ := time.ParseDuration(v.get(key).str("")) // checked by the spec
		return d
	}
	return HTTP{
		Timeout: span("timeout"), Reuse: span("reuse"), Rate: v.get("rate").float(),
		MaxBytes: int64(v.get("max_bytes").int(0)), MaxTotalBytes: int64(v.get("max_total_bytes").int(0)), MaxPages: v.get("max_pages").int(0),
		AllowPrivate: v.get("allow_private").bool(false), Health: v.get("health").str(""),
		Auth: b.auth(v.get("auth")),
	}
}

func (b *builder) auth(v *value) Auth {
	kind := v.get("kind").str("")
	keys, ok := authKeys()[kind]
	if !ok {
		return Auth{} // none, or reported by the spec
	}
	known := append([]string{"kind"}, keys.more...)
	for _, name := range keys.needs {
		known = append(known, name+"_env", name+"_file")
	}
	for _, e := range v.keys {
		if !slices.Contains(known, e.name) {
			b.faults.add(e.at, "it takes "+strings.Join(known[1:], ", "), "%s does not go with auth of kind %s", e.name, kind)
		}
	}
	for _, name := range keys.needs {
		places := slices.DeleteFunc([]string{name, name + "_env", name + "_file"}, func(key string) bool { return !slices.Contains(known, key) })
		if len(slices.DeleteFunc(slices.Clone(places), func(key string) bool { return !v.wrote(key) })) != 1 {
			b.faults.add(v.at, "", "auth of kind %s needs one of %s", kind, strings.Join(places, ", "))
		}
	}
	if kind == "api_key" && v.wrote("header") == v.wrote("query") {
		b.faults.add(v.at, "", "auth of kind api_key needs one of header and query: where the key goes")
	}
	if h := v.get("header"); h != nil && framing(h.text) {
		b.faults.add(h.at, "", "header %s is not the catalog's to set", h.text)
	}
	at := func(name string) Reference {
		return Reference{Env: v.get(name + "_env").str(""), File: v.get(name + "_file").str("")}
	}
	a := Auth{
		Kind: kind, Token: at("token"), User: at("user"), Password: at("password"), Value: at("value"),
		TokenURL: at("token_url"), ID: at("id"), Secret: at("secret"),
		Header: v.get("header").str(""), Query: v.get("query").str(""), InBody: v.get("secret_in").str("") == "body",
	}
	a.TokenURL.Text = v.get("token_url").str("")
	for _, s := range v.get("scopes").all() {
		a.Scopes = append(a.Scopes, s.text)
	}
	return a
}

// framing says whether a header belongs to the connection and not to what is asked.
func framing(name string) bool {
	switch strings.ToLower(name) {
	case "host", "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding",
		"upgrade", "content-length", "content-encoding", "accept-encoding", "expect", "range", "if-range":
		return true
	}
	return false
}
