package runtime

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// The frames of the protocol rtgen.v1.json. A frame is one JSON object with the discriminator
// "t"; a text message holds one or more of them, separated by LF. The twin of this file is
// frame.ts of the TypeScript runtime.
//
// From the client:
//
//	hello   spec?, client?, auth?{scheme,token}, headers?, resume?   the first frame
//	call    id, op, path?, query?, headers?, body?, enc?, timeout?   one request
//	cancel  id                                                       ends the context of a call
//	auth    id, scheme, token                                        new credentials; answered by res
//	probe   n?                                                       answered by ping
//	pong    n?                                                       answer to ping
//
// From the server:
//
//	welcome session, spec, stale?, ping, limits, auth?{expires_in}   stale: the client was made from another document
//	res     id, status, headers?, body?, enc?, subs?, pub?, stream?, again?  one for each id, always; stream: items follow
//	item    id, event?, eid?, retry?, body?                          one item of a streamed answer
//	end     id, problem?                                             no more items; problem: it was cut short
//	ch      ch, name, address, state, epoch, seq, last?, recovered?, reason?
//	ev      ch, seq?, prev?, type, id, data                          ch 0: to this socket alone, with name and address
//	gap     ch, from, to, why                                        why: "conflate", "drop" or "rate"
//	ping    n
//	auth    due                                                      credentials end in so many ms
//	drain   after, deadline
//	problem ref?, type, title, status, detail
//	bye     code, retry?, problem
//
// The header content-type is left out of res where it is application/json.

// subprotocol is the token of the only protocol this server speaks.
const subprotocol = "rtgen.v1.json"

// authSubprotocol starts the second token in which a browser may carry its credentials. It is
// never echoed and never logged.
const authSubprotocol = "rtgen.auth."

// Frame types that a client may send.
type frameType uint8

const (
	frameUnknown frameType = iota
	frameHello
	frameCall
	frameCancel
	frameAuth
	frameProbe
	framePong
	frameExtension // "x.…": ignored
)

func frameTypeOf(name []byte) frameType {
	switch string(name) {
	case "call":
		return frameCall
	case "cancel":
		return frameCancel
	case "pong":
		return framePong
	case "probe":
		return frameProbe
	case "auth":
		return frameAuth
	case "hello":
		return frameHello
	}
	if strings.HasPrefix(string(name), "x.") {
		return frameExtension
	}
	return frameUnknown
}

// Outgoing frames are appended to a buffer whose first frameRoom bytes are kept free for the
// WebSocket header, so that header and payload are one slice in the end.
const frameRoom = 10

// WebSocket opcodes (RFC 6455, section 5.2), with FIN set.
const (
	opText  = 0x80 | 0x1
	opClose = 0x80 | 0x8
	opPong  = 0x80 | 0xA
)

// openFrame starts an outgoing frame.
func openFrame(dst []byte) []byte {
	return append(dst, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
}

// sealFrame writes the WebSocket header in front of the payload and returns both. Frames of a
// server are not masked (RFC 6455, section 5.1).
func sealFrame(b []byte, op byte) []byte {
	n := len(b) - frameRoom
	switch {
	case n < 126:
		b[frameRoom-2], b[frameRoom-1] = op, byte(n)
		return b[frameRoom-2:]
	case n < 1<<16:
		b[frameRoom-4], b[frameRoom-3], b[frameRoom-2], b[frameRoom-1] = op, 126, byte(n>>8), byte(n)
		return b[frameRoom-4:]
	default:
		b[0], b[1] = op, 127
		for i := range 8 {
			b[2+i] = byte(uint64(n) >> (56 - 8*i))
		}
		return b
	}
}

// appendJSON appends JSON text without line feeds, which would end the frame. Inside strings a
// raw line feed is no JSON, so that every one found is insignificant white space.
func appendJSON(dst, text []byte) []byte {
	at := len(dst)
	dst = append(dst, text...)
	noLineFeeds(dst[at:])
	return dst
}

// noLineFeeds takes the line feeds out of JSON text.
func noLineFeeds(text []byte) {
	for _, c := range [...]byte{'\n', '\r'} {
		for rest := text; ; {
			n := bytes.IndexByte(rest, c)
			if n < 0 {
				break
			}
			rest[n] = ' '
			rest = rest[n:]
		}
	}
}

// appendResHead appends a res frame up to and without its body.
func appendResHead(dst []byte, id uint64, status int, header http.Header, media string) []byte {
	dst = append(dst, `{"t":"res","id":`...)
	dst = strconv.AppendUint(dst, id, 10)
	dst = append(dst, `,"status":`...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	explicit := media != "" && media != mediaJSON
	if len(header) == 0 && !explicit {
		return dst
	}
	dst = append(dst, `,"headers":{`...)
	first := true
	if explicit {
		dst = append(dst, `"content-type":`...)
		dst = appendString(dst, media)
		first = false
	}
	var room [16]string
	for _, name := range sortedNames(room[:0], header) {
		if explicit && name == "Content-Type" {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		at := len(dst)
		dst = appendString(dst, name)
		for i, c := range dst[at:] {
			if 'A' <= c && c <= 'Z' {
				dst[at+i] = c | 0x20
			}
		}
		dst = append(dst, ':')
		dst = appendString(dst, strings.Join(header[name], ", "))
	}
	return append(dst, '}')
}

// mediaJSON is the media type that a frame with a JSON body leaves out.
const mediaJSON = "application/json"

// standsAsJSON reports whether a body goes into a frame as the JSON that it is.
func standsAsJSON(media string, body []byte, trusted bool) bool {
	return len(body) > 0 && (media == mediaJSON || isJSONMedia(baseMedia(media))) && (trusted || isJSON(body))
}

// appendBody appends the body member of a res frame: JSON as it is, anything else as a string
// with its encoding. Text that only claims to be JSON would spoil the frame; it is sent as text.
func appendBody(dst []byte, body []byte, asJSON bool) []byte {
	switch {
	case len(body) == 0:
		return dst
	case asJSON:
		return appendJSON(append(dst, `,"body":`...), body)
	case utf8.Valid(body):
		dst = append(dst, `,"enc":"text","body":`...)
		return appendString(dst, body)
	default:
		dst = append(dst, `,"enc":"base64","body":"`...)
		dst = base64.StdEncoding.AppendEncode(dst, body)
		return append(dst, '"')
	}
}

// maxAnswerDepth bounds how deep the JSON of an answer is looked into; deeper text goes as text.
const maxAnswerDepth = 1000

// isJSON tells whether text is one JSON value.
func isJSON(text []byte) bool {
	var skip jsonscan.Skipper
	end := skip.Skip(text, jsonscan.SkipSpace(text, 0), maxAnswerDepth)
	return end >= 0 && jsonscan.SkipSpace(text, end) == len(text)
}
