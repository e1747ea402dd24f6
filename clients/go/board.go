package client

// Board keeps the newest message of each widget: what a page shows. Its zero value is empty. It is for one goroutine.
type Board struct {
	Widgets map[string]*Message
	// Complete is the end of the page; nil until it comes.
	Complete *Message
}

// Apply takes in an event.
func (b *Board) Apply(e Event) {
	switch e.Type {
	case Reset:
		*b = Board{}
	case Complete:
		b.Complete = e.Message
	case Widget:
		if b.Widgets == nil {
			b.Widgets = make(map[string]*Message)
		}
		b.Widgets[e.Message.Widget()] = e.Message
	}
}
