package cli

import (
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/config"
)

// What a purge is to forget is read whole or refused, with what may have been meant: a mistake that forgets nothing would be noticed by nobody.
func TestWhatAPurgeMeans(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cmd  cachePurgeCmd
		want string // the first one's bounds, or the error
	}{
		"all":                   {cachePurgeCmd{Zone: "UTC"}, "0001-01-01T00:00:00Z 0001-01-01T00:00:00Z"},
		"days of a zone":        {cachePurgeCmd{Zone: "Asia/Riyadh", From: "2026-01-02", To: "2026-01-03"}, "2026-01-01T21:00:00Z 2026-01-03T21:00:00Z"},
		"one day":               {cachePurgeCmd{Zone: "UTC", From: "2026-01-02", To: "2026-01-02"}, "2026-01-02T00:00:00Z 2026-01-03T00:00:00Z"},
		"times":                 {cachePurgeCmd{Zone: "UTC", From: "2026-01-02T12:00:00Z", To: "2026-01-02T13:00:00+01:00"}, "--from is after --to"},
		"the wrong way round":   {cachePurgeCmd{Zone: "UTC", From: "2026-01-05", To: "2026-01-01"}, "--from is after --to"},
		"no day":                {cachePurgeCmd{Zone: "UTC", From: "2026-13-01"}, `--from: "2026-13-01" is neither a day such as 2026-01-31 nor a time such as 2026-01-31T12:00:00Z`},
		"no zone":               {cachePurgeCmd{Zone: "Nowhere"}, "--zone: unknown time zone Nowhere"},
		"a page of a product":   {cachePurgeCmd{Zone: "UTC", Page: "CustomDashbord"}, "--page: the catalog has no page CustomDashbord (did you mean CustomDashboard?)"},
		"a page of none":        {cachePurgeCmd{Zone: "UTC", Page: "HourlyAlertNotification"}, "--page: the catalog has no page HourlyAlertNotification (did you mean Alerts/HourlyAlertNotification?)"},
		"nothing like any page": {cachePurgeCmd{Zone: "UTC", Page: "x"}, "--page: the catalog has no page x"},
	} {
		got := ""
		purges, err := c.cmd.purges(new(config.Config))
		if err != nil {
			got = err.Error()
		} else {
			const layout = "2006-01-02T15:04:05Z07:00"
			got = purges[0].From.Format(layout) + " " + purges[0].To.Format(layout)
		}
		if strings.TrimSpace(got) != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
