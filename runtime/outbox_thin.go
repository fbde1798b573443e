package runtime

import "strconv"

// thin makes room among the waiting events of one membership by the rule of its channel. What
// is left out is replaced, where it would have been, by a gap: nothing that has a position
// disappears silently. Volatile events have none and just give way to newer ones.
//
// conflate keeps the newest event of each key; newest is the key of the event that is about to
// be queued. Events without a key say nothing about each other and stay. drop lets the older
// half go.
func (o *outbox) thin(m *membership, policy, newest string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.queue == nil {
		return
	}
	var out []bool
	if policy == "conflate" {
		out = o.superseded(m, newest)
	} else {
		out = o.olderHalf(m)
	}
	o.replace(m, policy, out)
}

// superseded marks the events of m that a newer one of the same key follows.
func (o *outbox) superseded(m *membership, newest string) []bool {
	entries := o.queue.entries
	out := make([]bool, len(entries))
	seen := map[string]bool{}
	if newest != "" {
		seen[newest] = true
	}
	for i := len(entries) - 1; i >= 0; i-- {
		e := &entries[i]
		if e.event != m || e.ev.gapTo != 0 || e.ev.Key == "" {
			continue
		}
		out[i] = seen[e.ev.Key]
		seen[e.ev.Key] = true
	}
	return out
}

// olderHalf marks the older half of the events of m.
func (o *outbox) olderHalf(m *membership) []bool {
	entries := o.queue.entries
	out := make([]bool, len(entries))
	n := 0
	for i := range entries {
		if entries[i].event == m && entries[i].ev.gapTo == 0 {
			n++
		}
	}
	n = (n + 1) / 2
	for i := 0; i < len(entries) && n > 0; i++ {
		if entries[i].event == m && entries[i].ev.gapTo == 0 {
			out[i] = true
			n--
		}
	}
	return out
}

// replace removes the marked events and puts one gap in place of each run of them.
func (o *outbox) replace(m *membership, why string, out []bool) {
	entries := o.queue.entries
	kept := entries[:0]
	gap := -1 // index in kept of the gap that the channel's last entry was merged into
	for i := range entries {
		e := entries[i]
		if e.event != m {
			kept = append(kept, e)
			continue
		}
		isGap := e.ev.gapTo != 0
		switch {
		case !out[i] && !isGap:
			if !e.ev.Volatile {
				gap = -1
			}
			kept = append(kept, e)
			continue
		case out[i] && e.ev.Volatile:
			o.forget(&e)
			continue
		}
		to := max(e.ev.seq, e.ev.gapTo)
		if gap >= 0 {
			kept[gap].ev.gapTo = to
			o.forget(&e)
			continue
		}
		from := e.ev.seq
		if e.ev.since != 0 {
			from = e.ev.since
		}
		o.forget(&e)
		gap = len(kept)
		kept = append(kept, outEntry{event: m, ev: &outEvent{seq: from, gapTo: to}})
	}
	clear(entries[len(kept):])
	o.queue.entries = kept
	for i := range kept {
		if e := &kept[i]; e.event == m && e.ev.gapTo != 0 && e.data == nil {
			e.data = encodeGap(m.num, e.ev.seq, e.ev.gapTo, why)
			o.bytes += len(e.data)
			m.waits(len(e.data))
			m.channel.hub.rt.observers().gap(m.channel.typ, why)
		}
	}
}

// forget takes an entry off the accounts.
func (o *outbox) forget(e *outEntry) {
	o.bytes -= len(e.data)
	e.unqueued()
	e.release()
}

func encodeGap(num, from, to uint64, why string) []byte {
	b := append(openFrame(nil), `{"t":"gap","ch":`...)
	b = strconv.AppendUint(b, num, 10)
	b = append(b, `,"from":`...)
	b = strconv.AppendUint(b, from, 10)
	b = append(b, `,"to":`...)
	b = strconv.AppendUint(b, to, 10)
	b = append(b, `,"why":`...)
	b = appendString(b, why)
	return sealFrame(append(b, '}'), opText)
}
