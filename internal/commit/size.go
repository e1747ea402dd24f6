package commit

// sizeOf is about how many bytes a submission has on its way.
func sizeOf(s *Submission) (n int) {
	for i := range s.Outputs {
		n += sizeOfOps(s.Outputs[i].Ops)
		if u := s.Outputs[i].Unless; u != nil {
			n += sizeOfOps(u.Else)
		}
	}
	return n
}

func sizeOfOps(ops []Op) (n int) {
	for _, op := range ops {
		switch op := op.(type) {
		case Append:
			n += sizeOfFields(op.Fields)
		case Queue:
			n += sizeOfFields(op.Fields)
		case SetField:
			n += len(op.Value)
		}
	}
	return n
}

func sizeOfFields(fields []string) (n int) {
	for _, f := range fields {
		n += len(f)
	}
	return n
}
