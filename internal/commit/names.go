package commit

import (
	"strconv"
	"time"
)

// Names are the keys that belong to one input stream. All of them start with the stream's name, so that on
// a cluster they share its slot when that name has a hash tag.
type Names struct {
	Stream string
	// Delayed is the sorted set of requests that wait for their next attempt, by due time in ms.
	Delayed string
	// Consumers is the hash of heartbeats: consumer → server time in ms.
	Consumers string
	// DonePrefix and LedgerPrefix begin the keys of done marks and ledgers.
	DonePrefix, LedgerPrefix string
	// AskedPrefix begins the keys of queries that are under way.
	AskedPrefix string
	// AnswersPrefix begins the keys of answers that are shared beyond their computation.
	AnswersPrefix string
	// Purges is the hash that says of which datasets nothing counts that was kept before.
	Purges string
	// Kept is the hash of what each consumer keeps of days that are over, as it last said.
	Kept string
	// Asked is the sorted set of the tenants whose pages are remembered, AskedPages begins the keys of theirs.
	Asked, AskedPages string
	// Warming is the lease of who asks for these pages, Warmed the last time at which they were, in ms.
	Warming, Warmed string
	// CooldownPrefix begins the keys of alerts that were delivered a while ago.
	CooldownPrefix string
	// Schedule is the hash of the last request of each scheduled job: job → time in ms.
	Schedule string
	// Turns is the hash of the keys that have an entry on the stream by Queue: key → the id under which it first came. Waiting is the hash that counts those
	// behind them, in its field WaitingField.
	Turns, Waiting string
	// linePrefix begins the keys of the streams of those that wait.
	linePrefix string
	// Tenants is the list of the tenants that take turns, Credit the hash of what each may still spend, and TenantPrefix begins the lists of what each
	// has waiting.
	Tenants, Credit, TenantPrefix string
	// roundsPrefix begins the keys that say whose rounds are answered.
	roundsPrefix string
	// Marks is the hash of withdrawn requests: request → as what. Withdrawn is the stream by which consumers hear of them.
	Marks, Withdrawn string
	// Paused is the hash of who paused reading; it is not there where nobody did.
	Paused string
	// newestPrefix begins the keys that say which request is the newest.
	newestPrefix string
	// Absent is a key that never is: a node that is handing the slot over refuses a step that names it, before it has begun.
	Absent string
}

// Parked is the consumer that entries are pending for while they wait for their tenant's turn. Nobody is it.
const Parked = "~parked"

// Class returns the names that belong to the stream of a class of requests. What is known of a request is known of it wherever it is served.
func (n Names) Class(stream string) Names {
	own := NamesOf(stream)
	own.DonePrefix, own.LedgerPrefix, own.CooldownPrefix, own.Schedule, own.roundsPrefix = n.DonePrefix, n.LedgerPrefix, n.CooldownPrefix, n.Schedule, n.roundsPrefix
	own.Marks, own.Withdrawn, own.Paused = n.Marks, n.Withdrawn, n.Paused
	return own
}

// Rounds is the key of who is answered in rounds for a page and a routing key.
func (n Names) Rounds(product, page, routingKey string) string {
	return n.roundsPrefix + product + "/" + page + "/" + routingKey
}

// WaitingField is the only field of Waiting.
const WaitingField = "entries"

// Line is the stream of a key's entries that wait for their turn.
func (n Names) Line(key string) string { return n.linePrefix + key }

// NamesOf returns the names that belong to an input stream.
func NamesOf(stream string) Names {
	tag := stream + ":"
	return Names{
		Stream: stream, Delayed: tag + "delayed", Consumers: tag + "consumers",
		DonePrefix: tag + "done:", LedgerPrefix: tag + "ledger:", AskedPrefix: tag + "asked:", AnswersPrefix: tag + "answers:", Purges: tag + "purges", Kept: tag + "kept", Asked: tag + "pages", AskedPages: tag + "pages:of:", Warming: tag + "pages:lease", Warmed: tag + "pages:last", CooldownPrefix: tag + "cooldown:", Schedule: tag + "schedule",
		roundsPrefix: tag + "rounds:", Turns: tag + "turns", Waiting: tag + "waiting", linePrefix: tag + "line:",
		Tenants: tag + "tenants", Credit: tag + "tenants:credit", TenantPrefix: tag + "tenants:of:", Marks: tag + "withdrawn:marks", Withdrawn: tag + "withdrawn",
		newestPrefix: tag + "newest:", Paused: tag + "paused", Absent: tag + "absent",
	}
}

// DoneKeys are the keys in which a request's done mark is, if it is anywhere, at a time that the server's clock and the caller's tell a little differently.
func DoneKeys(prefix string, window time.Duration, at time.Time) []string {
	bucket := at.Unix() / seconds(window)
	var keys []string
	for b := bucket - 1; b <= bucket+1; b++ {
		keys = append(keys, prefix+strconv.FormatInt(b, 10))
	}
	return keys
}
