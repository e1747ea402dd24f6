package tracing

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// headers are those of the standard variables, and the credentials of the collector's URL where the variables have none of their own. The exporter reads
// the variables, too, and says what it does not understand of them; but headers that are set here take the place of them all.
func headers(user *url.Userinfo) map[string]string {
	given := os.Getenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS")
	if strings.TrimSpace(given) == "" {
		given = os.Getenv("OTEL_EXPORTER_OTLP_HEADERS")
	}
	password, _ := user.Password()
	out := map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password))}
	for pair := range strings.SplitSeq(given, ",") {
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(value)
		if name = http.CanonicalHeaderKey(strings.TrimSpace(name)); ok && err == nil && name != "" && !strings.ContainsFunc(name, notOfAName) {
			out[name] = strings.TrimSpace(value)
		}
	}
	return out
}

// notOfAName says that no header's name has a letter.
func notOfAName(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}
