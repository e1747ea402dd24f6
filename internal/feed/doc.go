// Package feed hands the messages of Redis output streams to many subscribers of one process.
//
// One connection reads all streams that anybody follows, however many follow them. A message is decoded once, kept in a window of its stream's
// latest messages, and handed to each subscriber as the same bytes. A subscriber has no queue of its own: it is a place in that window, so that
// what waits for one that is slow is bounded by the window's bytes. Who falls out of it is given the newest message of each widget.
//
// A subscriber that comes back with the mark of the last message that it had goes on behind it, without a gap and without a double, or is told
// that this is not possible (Reset) and given the newest message of each widget. Marks are of an epoch: that of one run of a Redis server as
// a primary, since another one may not have what this one had sent.
//
// It writes nothing to Redis, and decides nothing about who may read what.
package feed
