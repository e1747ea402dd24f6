package cli

import (
	"fmt"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/gateway/revocation"
)

type revokeCmd struct {
	TokenID      string    `help:"The token with this id (jti)."`
	Subject      string    `help:"Tokens of this subject (sub)."`
	Tenant       string    `help:"Tokens of this tenant; with a subject, that one's of this tenant alone."`
	IssuedBefore time.Time `help:"Only tokens that were issued before, RFC 3339; now where it is left out. It does not count with a token id."`
	ExpiresAt    time.Time `help:"When the last of these tokens ends by itself, RFC 3339: until then they are refused. A year from now where it is left out."`
	Why          string    `help:"Said to whoever wonders."`
}

// Help says what happens, and teaches by examples.
func (revokeCmd) Help() string {
	return `Every gateway refuses the tokens from then on (401 token_revoked), and ends their open streams and sessions, within half a second and for good: whoever may come back signs in again.

  dispatcher revoke --token-id 3f0c --expires-at 2026-01-31T12:00:00Z
  dispatcher revoke --subject ann --why "laptop stolen"
  dispatcher revoke --tenant 42 --issued-before 2026-01-01T00:00:00Z`
}

// Run revokes.
func (c *revokeCmd) Run(e *env) error {
	cfg, rdb, err := e.connect("APP_DISPATCHER_INPUT_STREAM")
	if err != nil {
		return err
	}
	defer rdb.Close()
	made, err := revocation.Add(e.ctx, rdb, revocation.Key(cfg.Stream.Input), revocation.Revocation{
		TokenID: c.TokenID, Subject: c.Subject, Tenant: c.Tenant, IssuedBefore: c.IssuedBefore, ExpiresAt: c.ExpiresAt, By: whoAmI(), Why: c.Why,
	})
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(made)
	}
	_, err = fmt.Fprintf(e.out, "revoked: %s\n", whose(&made))
	return err
}

// whoAmI names the account that runs the command.
func whoAmI() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "command line"
}

// whose names the tokens of a revocation.
func whose(r *revocation.Revocation) string {
	var parts []string
	for _, p := range []struct{ name, value string }{{"token", r.TokenID}, {"subject", r.Subject}, {"tenant", r.Tenant}} {
		if p.value != "" {
			parts = append(parts, p.name+" "+printable(p.value, 60))
		}
	}
	if r.TokenID == "" {
		parts = append(parts, "issued before "+r.IssuedBefore.Format(time.RFC3339))
	}
	return strings.Join(parts, ", ")
}

type revokedCmd struct{}

// Run lists what counts.
func (revokedCmd) Run(e *env) error {
	cfg, rdb, err := e.connect("APP_DISPATCHER_INPUT_STREAM")
	if err != nil {
		return err
	}
	defer rdb.Close()
	list, err := revocation.Counting(e.ctx, rdb, revocation.Key(cfg.Stream.Input))
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(map[string]any{"revocations": list})
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(e.out, "nothing is revoked")
		return err
	}
	out := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "AT\tTOKENS\tUNTIL\tBY\tWHY")
	for i := range list {
		r := &list[i]
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", r.At.Format(time.RFC3339), whose(r), r.ExpiresAt.Format(time.RFC3339), printable(r.By, 40), printable(r.Why, 60))
	}
	return out.Flush()
}
