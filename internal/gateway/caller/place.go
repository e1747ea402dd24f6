package caller

import "context"

// Place is what an open stream takes up of its caller's limits. Whoever has given it takes it back when the handler returns, unless the answer goes on.
type Place struct{ back func() }

type placeKey struct{}

// WithPlace returns a context that carries a place, which back takes back.
func WithPlace(ctx context.Context, back func()) (context.Context, *Place) {
	p := &Place{back}
	return context.WithValue(ctx, placeKey{}, p), p
}

// Keep takes the place of a request over: it is the caller's to give it back then, once.
func Keep(ctx context.Context) *Place {
	p, ok := ctx.Value(placeKey{}).(*Place)
	if !ok {
		return &Place{}
	}
	kept := &Place{p.back}
	p.back = nil
	return kept
}

// Back gives the place back, unless it was taken over, or given back before.
func (p *Place) Back() {
	if p.back != nil {
		p.back()
		p.back = nil
	}
}
