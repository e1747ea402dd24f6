package strategies

// RegisterAll is the registration file: every hand-written strategy is named here, and
// nowhere else but in key.ByHand, for the gateway. Catalog pages need no line: they are found by their names.
func RegisterAll(r *Registry) error {
	return r.Register(Key{Page: EchoPage}, Echo{})
}
