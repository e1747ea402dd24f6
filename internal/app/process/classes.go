package process

import (
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// Class is a class of requests: its stream, and how many of them a consumer runs at the same time.
type Class struct {
	Name   models.Class
	Stream string
	Slots  int
}

// Classes are all of them. What comes on the input stream is interactive, or is passed on to its class's own stream.
func Classes(c *config.Config) []Class {
	input := c.Stream.Input
	return []Class{
		{models.Interactive, input, c.Dispatcher.Slots},
		{models.Refresh, input + ":" + string(models.Refresh), c.Dispatcher.RefreshSlots},
		{models.Export, input + ":" + string(models.Export), c.Dispatcher.ExportSlots},
	}
}

// Inputs are the streams of all classes, the input stream first.
func Inputs(c *config.Config) (streams []string) {
	for _, k := range Classes(c) {
		streams = append(streams, k.Stream)
	}
	return streams
}
