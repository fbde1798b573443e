package runtime

import (
	"errors"
	"os"
	"strconv"
	"time"
)

// Close codes of the protocol. The class tells a client what to do, whatever the number: 40xx
// stop, 41xx get new credentials, 42xx reconnect at once, 43xx reconnect later, 44xx reconnect
// and forget positions.
const (
	closeProtocol        = 4000 // the client broke the protocol
	closeForbidden       = 4003 // a hook of the application refuses the connection
	closeNoHello         = 4008 // the first frame was no hello, or none came in time
	closeSecondHello     = 4009
	closeFrameTooLarge   = 4013
	closeFaults          = 4029 // too many bad frames
	closeDisconnected    = 4090 // the application disconnected the socket
	closeBadCredentials  = 4101
	closeExpired         = 4102
	closeRevoked         = 4103
	closeDrain           = 4200 // what it has not answered has not run
	closeCutOff          = 4201 // the time to drain is over
	closeSlowConsumer    = 4300
	closeOverloaded      = 4302
	closeInternal        = 4303
	closeEngineLost      = 4304
	closeNoPong          = 4305
	closeConnectionLimit = 4306

	// Codes of RFC 6455, section 7.4.1.
	closeNormal      = 1000
	closeBroken      = 1002
	closeUnsupported = 1003
	closeNotUTF8     = 1007
	closeAbnormal    = 1006 // never on the wire: the connection was lost
)

// closeNames are the problem types that bye carries, for the codes that the runtime uses.
var closeNames = map[int]string{
	closeProtocol:       "protocol",
	closeForbidden:      "forbidden",
	closeNoHello:        "no-hello",
	closeSecondHello:    "second-hello",
	closeFrameTooLarge:  "frame-too-large",
	closeFaults:         "too-many-faults",
	closeDisconnected:   "disconnected",
	closeBadCredentials: "credentials",
	closeExpired:        "expired",
	closeRevoked:        "revoked",
	closeDrain:          "drain",
	closeCutOff:         "cut-off",
	closeSlowConsumer:   "slow-consumer",
	closeOverloaded:     "overloaded",
	closeInternal:       "internal",
	closeEngineLost:     "engine-lost",
	closeNoPong:         "no-pong",
	closeBroken:         "websocket",
	closeUnsupported:    "binary",
	closeNotUTF8:        "not-utf-8",
}

// CloseInfo tells how a socket ended.
type CloseInfo struct {
	Code     int    // WebSocket close code; 1006 when the connection was lost without one
	Reason   string // for people; may be empty
	ByServer bool   // the server started it
}

// lingering is how long a closed connection may take to bring the last frames to the peer.
const lingering = time.Second

// close ends the socket from the server's side: a bye that says why, then the close frame.
// Frames that wait are sent before, unless the peer reads too slowly to get them. Only the first
// close counts.
func (s *Socket) close(code int, p *Problem, retry time.Duration) {
	if !s.beginClose(CloseInfo{Code: code, Reason: p.Detail, ByServer: true}) {
		return
	}
	if p.Type == "" {
		if name := closeNames[code]; name != "" {
			p.Type = problemPrefix + name
		}
	}
	discard := code == closeSlowConsumer
	v := s.out.end(discard, outEntry{data: encodeBye(code, p, retry)}, outEntry{data: encodeClose(code, p.Detail)})
	if v == mustFlush {
		s.rt.flushers.schedule(s)
	}
}

// evict closes the socket from a place that may not wait or lock.
func (s *Socket) evict(code int, detail string) {
	if s.evicted.CompareAndSwap(false, true) {
		s.out.doom()
		s.rt.workers.submit(taskFunc(func() { s.close(code, &Problem{Status: 503, Detail: detail}, 0) }))
	}
}

// answerClose ends the socket because the peer did; false when it has been ended before.
func (s *Socket) answerClose(code int, reason string) bool {
	if !s.beginClose(CloseInfo{Code: code, Reason: reason}) {
		return false
	}
	if code < closeNormal || code == 1005 || code == closeAbnormal {
		code = closeNormal
	}
	if s.out.end(true, outEntry{data: encodeClose(code, "")}) == mustFlush {
		s.rt.flushers.schedule(s)
	}
	return true
}

// beginClose makes the closing official: calls are cancelled, nothing is joined any more.
func (s *Socket) beginClose(info CloseInfo) bool {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return false
	}
	s.closed, s.info = true, info
	parked := s.berth.parked
	calls := make([]*socketCall, 0, len(s.calls))
	for _, c := range s.calls {
		calls = append(calls, c)
	}
	if s.here != nil {
		calls = append(calls, s.here)
	}
	// The peer gets a moment to take what is on its way; then the read loop ends. Whoever finds the socket
	// closed finds this deadline too, and not the one that has asked a reader to leave.
	s.wire.setReadDeadline(time.Now().Add(s.rt.limits.writeDeadline + lingering))
	s.mu.Unlock()
	s.cancel()
	for _, c := range calls {
		c.cancel(errCallCancelled)
	}
	if parked {
		s.unpark(false)
	}
	return true
}

// tookNothing is the end of a socket whose peer lets a write wait for too long.
var tookNothing = CloseInfo{Code: closeSlowConsumer, Reason: "the peer takes no data", ByServer: true}

// ended is called when the outbox has written its last frame, or has failed.
func (s *Socket) ended(err error) {
	if err != nil {
		info := CloseInfo{Code: closeAbnormal}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			info = tookNothing
		}
		s.beginClose(info)
		s.wire.close()
		return
	}
	s.mu.Lock()
	mine := s.info.ByServer
	s.mu.Unlock()
	if !mine {
		s.wire.close() // both sides have said close
		return
	}
	// Closing at once could destroy the last frames on their way: the read loop goes on, and
	// ends with the peer's close or soon by itself.
	s.wire.closeWrite()
	s.wire.setReadDeadline(time.Now().Add(lingering))
}

func encodeBye(code int, p *Problem, retry time.Duration) []byte {
	b := append(openFrame(nil), `{"t":"bye","code":`...)
	b = strconv.AppendInt(b, int64(code), 10)
	if retry > 0 {
		b = append(b, `,"retry":`...)
		b = strconv.AppendInt(b, retry.Milliseconds(), 10)
	}
	b = append(b, `,"problem":`...)
	b = appendProblem(b, p)
	return sealFrame(append(b, '}'), opText)
}

// encodeClose returns a close frame. Its reason has 123 bytes at most (RFC 6455, section 5.5).
func encodeClose(code int, reason string) []byte {
	b := openFrame(nil)
	b = append(b, byte(code>>8), byte(code))
	b = append(b, cutUTF8(reason, 123)...)
	return sealFrame(b, opClose)
}

// cutUTF8 returns the longest prefix of s with at most n bytes that ends between characters.
func cutUTF8(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
