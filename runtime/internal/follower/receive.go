package follower

import "fmt"

// A frame has the members of all frames that a follower looks into.
type frame struct {
	T         string              `json:"t"`
	ID        any                 `json:"id"` // a number, or the id of an event
	Status    int                 `json:"status"`
	Subs      []channelFrame      `json:"subs"`
	Data      struct{ ID string } `json:"data"`
	Type      string              `json:"type"`
	Prev      *uint64             `json:"prev"`
	From      uint64              `json:"from"`
	To        uint64              `json:"to"`
	State     string              `json:"state"`
	Recovered bool                `json:"recovered"`
	Reason    string              `json:"reason"`
	Code      int                 `json:"code"`
	channelFrame
}

type channelFrame struct {
	Ch      uint64  `json:"ch"`
	Address string  `json:"address"`
	Epoch   string  `json:"epoch"`
	Seq     *uint64 `json:"seq"`
	Last    string  `json:"last"`
}

func (in *frame) seq() uint64 {
	if in.Seq == nil {
		return 0
	}
	return *in.Seq
}

func (f *Follower) receive(in *frame) ([]string, error) {
	switch in.T {
	case "welcome":
		f.welcomed = true
		return f.rejoin(), nil
	case "res":
		return f.result(in)
	case "ch":
		return f.channel(in)
	case "ev":
		return nil, f.event(in)
	case "gap":
		return nil, f.gap(in)
	case "ping":
		return []string{`{"t":"pong"}`}, nil
	case "bye":
		f.byes = append(f.byes, in.Code)
	case "problem":
		return nil, fmt.Errorf("the server finds a fault where there is none")
	}
	return nil, nil
}

// result is the answer to a call of ours.
func (f *Follower) result(in *frame) ([]string, error) {
	id, _ := in.ID.(float64)
	call, ok := f.calls[uint64(id)]
	if !ok {
		return nil, fmt.Errorf("answer to a call that is not open")
	}
	delete(f.calls, uint64(id))
	r := call.room
	if !call.join {
		r.parting = r.state == live && in.Status/100 == 2 && !f.rules.Apart
		return nil, nil // the ch frame counts
	}
	if in.Status/100 != 2 {
		r.state = out
		return nil, nil // while draining, for one; the next connection tries again
	}
	if len(in.Subs) != 1 || in.Subs[0].Address != r.address || in.Subs[0].Seq == nil {
		return nil, fmt.Errorf("a subscribing call that joins something else")
	}
	sub := in.Subs[0]
	f.enter(r, sub.Ch, sub.Epoch, *sub.Seq, sub.Last)
	if !r.wanted {
		return []string{f.call(f.rules.Leave, r, false)}, nil
	}
	return nil, nil
}

// enter begins at a position: a new snapshot.
func (f *Follower) enter(r *room, number uint64, epoch string, seq uint64, last string) {
	r.state, r.number, r.epoch, r.seq, r.last, r.parting = live, number, epoch, seq, last, false
	f.byNumber[number] = r
}

// channel is news about the membership in a channel.
func (f *Follower) channel(in *frame) ([]string, error) {
	var r *room
	for _, one := range f.rooms {
		if one.address == in.Address {
			r = one
		}
	}
	if r == nil {
		return nil, fmt.Errorf("a channel that was never asked for")
	}
	switch in.State {
	case "live":
		switch {
		case r.state != resuming || !in.Recovered:
			return nil, fmt.Errorf("live, in state %d", r.state)
		case in.seq() != r.seq || plain(in.Epoch) != plain(r.epoch):
			return nil, fmt.Errorf("goes on at %s.%d, the client is at %s.%d", in.Epoch, in.seq(), r.epoch, r.seq)
		}
		f.enter(r, in.Ch, in.Epoch, r.seq, r.last)
		r.fresh = true
		f.stats.Recovered++
		if !r.wanted {
			return []string{f.call(f.rules.Leave, r, false)}, nil
		}
	case "reset":
		if r.state != resuming {
			return nil, fmt.Errorf("reset, in state %d", r.state)
		}
		r.state = out
		f.stats.Resets[in.Reason]++
		return f.rejoin(), nil
	case "gone":
		if r.state != live || r.number != in.Ch {
			return nil, fmt.Errorf("gone, in state %d", r.state)
		}
		delete(f.byNumber, r.number)
		r.state = out
		return f.rejoin(), nil
	default:
		return nil, fmt.Errorf("an unknown state")
	}
	return nil, nil
}

// event is where the promise is kept or broken.
func (f *Follower) event(in *frame) error {
	if in.Ch == 0 {
		return nil
	}
	r := f.byNumber[in.Ch]
	if r == nil || r.state != live {
		return fmt.Errorf("an event of a channel that the client is not in")
	}
	if r.parting {
		return fmt.Errorf("an event behind the answer to the call that leaves")
	}
	if in.Seq == nil {
		return nil // volatile
	}
	seq, prev := *in.Seq, *in.Seq-1
	if in.Prev != nil {
		prev = *in.Prev
	}
	switch {
	case seq <= r.seq:
		return fmt.Errorf("event %d again: the client has %d", seq, r.seq)
	case prev != r.seq:
		return fmt.Errorf("event %d after %d: the client has %d, nobody told it of the rest", seq, prev, r.seq)
	case prev != seq-1 && !(f.rules.Latest && r.fresh):
		return fmt.Errorf("event %d skips what came after %d", seq, prev)
	}
	id, _ := in.ID.(string)
	r.seq, r.last, r.fresh = seq, id, false
	r.applied = append(r.applied, applied{epoch: plain(r.epoch), seq: seq, id: id})
	f.stats.Events++
	return nil
}

func (f *Follower) gap(in *frame) error {
	r := f.byNumber[in.Ch]
	switch {
	case r == nil || r.state != live:
		return fmt.Errorf("a gap in a channel that the client is not in")
	case r.parting:
		return fmt.Errorf("a gap behind the answer to the call that leaves")
	case !f.rules.Gaps:
		return fmt.Errorf("a gap in a channel that may have none")
	case in.From != r.seq+1 || in.To < in.From:
		return fmt.Errorf("a gap from %d to %d: the client has %d", in.From, in.To, r.seq)
	}
	r.seq, r.last, r.fresh = in.To, "", false
	f.stats.Gaps++
	return nil
}
