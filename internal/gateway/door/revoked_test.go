package door

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
)

// gone are revocations of one token's id.
type gone struct {
	id    string
	fault error
}

func (g gone) Await(context.Context) error     { return g.fault }
func (g gone) Revoked(who *caller.Caller) bool { return who.TokenID == g.id }

func TestRevokedTokensAreRefused(t *testing.T) {
	t.Parallel()
	d := newDoor(t, withSecret(Options{Revocations: gone{id: "t1"}}))
	ask := func(d *Door, method, path, id string, cookie bool) (status int, code func()) {
		header := []string{"Authorization", "Bearer " + hs(t, map[string]any{"jti": id})}
		if cookie {
			header = []string{"Cookie", localCookie + "=" + hs(t, map[string]any{"jti": id})}
		}
		w := ask(d, from(request(t, method, path, header...), "127.0.0.1"))
		return w.Code, func() { wantProblem(t, w, http.StatusUnauthorized, "token_revoked") }
	}
	for _, path := range []string{"/v1/it", "/v1/session", "/v1/streams/x/events"} {
		for _, cookie := range []bool{false, true} {
			if status, _ := ask(d, "GET", path, "t2", cookie); status != http.StatusOK {
				t.Errorf("%s: another token: %d", path, status)
			}
			_, refused := ask(d, "GET", path, "t1", cookie)
			refused()
		}
	}
	_, refused := ask(d, "POST", "/v1/session", "t1", false)
	refused()
	// Nobody can say yet: nobody is let in.
	starting := newDoor(t, withSecret(Options{Revocations: gone{fault: errors.New("not read yet")}}))
	if status, _ := ask(starting, "GET", "/v1/it", "t2", false); status != http.StatusServiceUnavailable {
		t.Errorf("got %d", status)
	}
}
