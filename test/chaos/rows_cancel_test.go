package chaos

// cancelRows cancel requests while their workers are harmed. What was canceled may be answered all the same; it ends once, as one or the other.
func cancelRows() []row {
	how := mix{millis: 20, passing: 5, cancels: 50}
	return []row{{
		matrix: "1", name: "cancel-and-kill", fault: "half of the requests are cancelled as soon as they are sent; SIGKILL of a random worker, again and again", short: true,
		few: 1200, many: 10_000, how: how, harm: killWorkers, check: someCanceled,
	}, {
		matrix: "2", name: "cancel-at-every-step", fault: "half of the requests are cancelled; SIGKILL before, within and after each step of both", short: true,
		few: 600, many: 3000, how: how, harm: func(s *site) { s.crashAt(cancelSteps(), 8) }, collect: alsoLive, check: someCanceled,
	}, {
		matrix: "15", name: "cancel-and-move", fault: "half of the requests are cancelled; Cluster: slots move from node to node in load", cluster: 3, redis: slowToJudge(),
		few: 600, many: 5000, how: how, harm: moveSlots, check: someCanceled,
	}}
}

func cancelSteps() (list []step) {
	for _, name := range []string{"withdraw", "withdrawn", "progress", "commit"} {
		for _, m := range []moment{unsent, unheard, heard} {
			list = append(list, step{name: name, stream: input, m: m})
		}
	}
	return append(list, step{name: "XREAD", stream: input + ":withdrawn", m: heard})
}

// someCanceled holds a row to its purpose: some of those that a message cancels end so. How many are answered before is up to the machine.
func someCanceled(s *site) {
	messages := 0
	for _, r := range s.ledger.requests {
		if r.canceled {
			messages++
		}
	}
	s.verdict.note("%d requests to cancel, %d ended so", messages, s.verdict.canceled)
	if s.verdict.canceled == 0 {
		s.t.Error("nothing was tested")
	}
}
