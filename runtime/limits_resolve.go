package runtime

import (
	"strconv"
	"strings"
	"time"
)

// limits are the limits in force: what the document and the options say, and the defaults for
// the rest. Each number has its reason; welcome announces those that a client can run into.
type limits struct {
	message  int // bytes of one message
	inflight int // running calls
	channels int // memberships
	batch    int // frames of one message
	queue    int // bytes waiting to be written
	rate     rate

	queueFrames   int           // frames waiting; small frames cost more than their bytes
	hard          int           // bytes after which a message ends the socket instead of one call
	channelName   int           // bytes of a channel's address
	headers       int           // bytes of the headers of a call
	writeDeadline time.Duration // for one write to make progress
	hello         time.Duration // for the first frame, and for each hook of the handshake
	fragments     int           // WebSocket frames of one message
	controls      int           // control frames per second
	faults        int           // bad frames that a socket survives
}

func resolveLimits(l Limits) limits {
	r := limits{
		message:       positive(l.Message, 64<<10),
		inflight:      positive(l.Inflight, 64),
		channels:      positive(l.Channels, 128),
		batch:         positive(l.Batch, 32),
		queue:         positive(l.Queue, 1<<20),
		queueFrames:   4096,
		hard:          2 << 20, // above the largest body that HTTP takes by default, so that such a one is a 413 on both
		channelName:   255,
		headers:       8 << 10,
		writeDeadline: 5 * time.Second,
		hello:         10 * time.Second,
		fragments:     1024,
		controls:      10,
		faults:        20,
	}
	r.rate, _ = parseRate(l.Rate)
	return r
}

// maxSocketMessage is the largest body that a message is made to fit, and envelope what may stand around
// it: the headers of a call, its parameters, its name.
const (
	maxSocketMessage = 1 << 20
	envelope         = 16 << 10
)

// fitBodies raises the limit of a message to bodies of a size, within reason.
func (l *limits) fitBodies(bytes int64) {
	if bytes > 0 {
		l.message = max(l.message, int(min(bytes, maxSocketMessage))+envelope)
	}
}

func positive(n, fallback int) int {
	if n > 0 {
		return n
	}
	return fallback
}

// overlay returns l with the fields of over that are set.
func (l Limits) overlay(over Limits) Limits {
	l.Message = positive(over.Message, l.Message)
	l.Inflight = positive(over.Inflight, l.Inflight)
	l.Channels = positive(over.Channels, l.Channels)
	l.Batch = positive(over.Batch, l.Batch)
	l.Queue = positive(over.Queue, l.Queue)
	if over.Rate != "" {
		l.Rate = over.Rate
	}
	return l
}

// A rate is so many per period; the zero value is no limit.
type rate struct {
	n   int
	per time.Duration
}

// parseRate reads "N/s" or "N/m".
func parseRate(s string) (rate, bool) {
	count, unit, _ := strings.Cut(s, "/")
	n, err := strconv.Atoi(count)
	if err != nil || n <= 0 {
		return rate{}, false
	}
	switch unit {
	case "s":
		return rate{n, time.Second}, true
	case "m":
		return rate{n, time.Minute}, true
	}
	return rate{}, false
}

// A bucket measures a rate: it holds as many tokens as the rate has per period and fills up
// evenly. Its owner guards it.
type bucket struct {
	tokens float64
	filled time.Time
}

// take takes a token, or says how long until there is one.
func (b *bucket) take(r rate, now time.Time) (wait time.Duration, ok bool) {
	if r.n == 0 {
		return 0, true
	}
	if b.filled.IsZero() {
		b.tokens = float64(r.n)
	} else {
		gained := float64(now.Sub(b.filled)) / float64(r.per) * float64(r.n)
		b.tokens = min(float64(r.n), b.tokens+gained)
	}
	b.filled = now
	if b.tokens < 1 {
		// At least a moment: a wait of nothing would be asked for again and again.
		return max(1, time.Duration((1-b.tokens)/float64(r.n)*float64(r.per))), false
	}
	b.tokens--
	return 0, true
}

// duration reads a duration of the document, or takes the fallback.
func duration(s string, fallback time.Duration) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return fallback
	}
	return d
}
