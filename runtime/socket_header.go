package runtime

import (
	"bytes"
	"net/http"
	"strconv"
)

// checkCallHeaders refuses headers of a call that HTTP could not carry: a name that is no token, a value
// with a line break or another control character in it (RFC 9110, section 5). Middleware and handlers can
// rely on it whatever way a call has come. The bytes are a JSON object.
func checkCallHeaders(raw []byte) *Problem {
	for c := membersOf(raw); ; {
		name, value, ok := c.next()
		if !ok {
			return nil
		}
		if !validFieldName(name) || hasControl(value) {
			return fault(http.StatusBadRequest, "bad-header", "a header of the call has no valid name or value")
		}
	}
}

// hasControl tells whether a string in a JSON text stands for a control character other than a tab. Raw
// ones are not JSON and do not get here, but DEL is.
func hasControl(text []byte) bool {
	if bytes.IndexByte(text, 0x7F) >= 0 {
		return true
	}
	for {
		at := bytes.IndexByte(text, '\\')
		if at < 0 || at+1 >= len(text) {
			return false
		}
		switch text[at+1] {
		case 'n', 'r', 'b', 'f':
			return true
		case 'u':
			if at+6 > len(text) {
				return true // cut off, which the decoder will say
			}
			code, err := strconv.ParseUint(string(text[at+2:at+6]), 16, 32)
			if err != nil || code < ' ' && code != '\t' || code == 0x7F {
				return true
			}
		}
		text = text[at+2:]
	}
}

// maxHandshakeHeaders bounds the headers of a handshake in bytes, names included: they are kept as long as
// the socket lives. It is what common proxies let through.
const maxHandshakeHeaders = 32 << 10

// headerSize is what a header takes, about.
func headerSize(h http.Header) (n int) {
	for name, values := range h {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}
