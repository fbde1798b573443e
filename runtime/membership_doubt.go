package runtime

import (
	"context"
	"time"
)

// This file is what becomes of a membership, or of a stream, when the check that is made again cannot say
// whether its owner may stay: it answers 5xx, panics or does not return. An authority that is away for a
// moment must not empty every channel, and one that stays away must not let people in for good.

// doubtPatience is how long somebody stays whose check cannot be made: long enough for a database to fail
// over, short enough to be a bound.
const doubtPatience = 2 * time.Minute

// The check is made again after doubtFirst, then after twice as long each time, and at least every doubtMost.
const (
	doubtFirst = time.Second
	doubtMost  = 30 * time.Second
)

// A doubt is that of a check that could not decide. Its owner guards it; there is none while checks decide.
type doubt struct {
	since time.Time
	next  time.Time // when the check is made again
	tries int
}

// undecided reports whether a check has failed rather than refused.
func undecided(p *Problem) bool { return p != nil && p.status() >= 500 }

// again notes that a check could not decide, once more or for the first time. It returns nil when that has
// lasted too long.
func (d *doubt) again(now time.Time) *doubt {
	if d == nil {
		d = &doubt{since: now}
	}
	left := doubtPatience - now.Sub(d.since)
	if left <= 0 {
		return nil
	}
	d.next = now.Add(min(left, jitter(min(doubtMost, doubtFirst<<min(d.tries, 8)))))
	d.tries++
	return d
}

// recheckInTime is recheck with the last word when the deadline of ctx passes. What the input points to must
// not be used again.
func (rt *realtime) recheckInTime(ctx context.Context, in *callInput, op *boundOperation, typ *channelType) (*Identity, *Problem) {
	type verdict struct {
		who *Identity
		p   *Problem
	}
	v, p := await(ctx, rt, "security check", func() (verdict, error) {
		who, p := rt.mayJoin(ctx, in, op, typ)
		return verdict{who, p}, nil
	})
	if p != nil {
		return nil, p
	}
	return v.who, v.p
}

// doubted logs that somebody could not be checked, once a second at most: with the authority, everybody's
// checks fail.
func (rt *realtime) doubted(op *boundOperation, typ *channelType, p *Problem, kept bool) {
	now := rt.clock().UnixNano()
	last := rt.doubts.Load()
	if now-last < int64(time.Second) || !rt.doubts.CompareAndSwap(last, now) {
		return
	}
	text := "a member cannot be checked again and stays for now"
	if !kept {
		text = "a member could not be checked again for too long and has been put out"
	}
	rt.log().Warn(text, "operation", op.op.ID, "channel", typ.name, "status", p.status(), "patience", doubtPatience)
}
