package runtime

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// maxDepth is how deep JSON of a frame may nest, the frame's own object included.
const maxDepth = 64

// An inFrame is a frame of a client, taken apart at its first level only. Its slices point into
// the message; what is inside of them is checked by whoever reads it, so that a wrong body is
// answered in the same words as over HTTP.
type inFrame struct {
	kind  frameType
	id    uint64 // 0: none
	raw   [memberCount][]byte
	found uint32 // bit set of members seen
}

// Members that a client may send, beside t and id.
type member uint8

const (
	memberT member = iota
	memberID
	memberOp
	memberPath
	memberQuery
	memberHeaders
	memberBody
	memberEnc
	memberTimeout
	memberSpec
	memberClient
	memberAuth
	memberResume
	memberScheme
	memberToken
	memberCount
	memberUnknown = memberCount
)

func frameMember(name []byte) member {
	switch string(name) {
	case "t":
		return memberT
	case "id":
		return memberID
	case "op":
		return memberOp
	case "path":
		return memberPath
	case "query":
		return memberQuery
	case "headers":
		return memberHeaders
	case "body":
		return memberBody
	case "enc":
		return memberEnc
	case "timeout":
		return memberTimeout
	case "spec":
		return memberSpec
	case "client":
		return memberClient
	case "auth":
		return memberAuth
	case "resume":
		return memberResume
	case "scheme":
		return memberScheme
	case "token":
		return memberToken
	}
	return memberUnknown
}

// has tells whether the frame carries m.
func (f *inFrame) has(m member) bool { return f.found&(1<<m) != 0 }

// text returns a member that is a JSON string; ok is false when it is absent or no string.
func (f *inFrame) text(m member) (s string, ok bool) {
	if !f.has(m) {
		return "", false
	}
	return unquote(f.raw[m])
}

// Errors of the scanner are for the client: they name what is wrong with its frame.
var (
	errFrameObject    = errors.New("a frame is one JSON object")
	errFrameDepth     = errors.New("the frame nests deeper than 64 levels")
	errFrameType      = errors.New(`the frame has no string member "t"`)
	errFrameID        = errors.New(`"id" is no integer between 1 and 9007199254740991`)
	errFrameTruncated = errors.New("the frame ends too early")
)

// scanFrame takes one frame apart; its message has been found to be UTF-8. On an error f holds what
// was understood before it, so that the answer can name the id of the call. Unknown members are
// skipped, repeated ones refused.
func scanFrame(line []byte, f *inFrame) error {
	*f = inFrame{}
	err := scanMembers(line, f)
	if err != nil {
		return err
	}
	if !f.has(memberT) {
		return errFrameType
	}
	return nil
}

// scanPrefix understands the leading members of a frame that is too large to be read whole.
func scanPrefix(line []byte, f *inFrame) {
	*f = inFrame{}
	_ = scanMembers(line, f) // it ends too early by design; t and id come first
}

func scanMembers(line []byte, f *inFrame) error {
	i := skipSpace(line, 0)
	if i == len(line) || line[i] != '{' {
		return errFrameObject
	}
	i = skipSpace(line, i+1)
	if i < len(line) && line[i] == '}' {
		return endOfFrame(line, i+1)
	}
	for {
		if i >= len(line) {
			return errFrameTruncated
		}
		nameEnd, err := skipString(line, i)
		if err != nil {
			return err
		}
		name := line[i:nameEnd]
		i = skipSpace(line, nameEnd)
		if i >= len(line) || line[i] != ':' {
			return errFrameObject
		}
		i = skipSpace(line, i+1)
		end, err := skipValue(line, i, maxDepth-1)
		if err != nil {
			return err
		}
		if err := f.set(name, line[i:end]); err != nil {
			return err
		}
		i = skipSpace(line, end)
		if i >= len(line) {
			return errFrameTruncated
		}
		switch line[i] {
		case ',':
			i = skipSpace(line, i+1)
		case '}':
			return endOfFrame(line, i+1)
		default:
			return errFrameObject
		}
	}
}

// set keeps a member; name is the quoted name.
func (f *inFrame) set(name, value []byte) error {
	plain := name[1 : len(name)-1]
	m := frameMember(plain)
	if m == memberUnknown {
		// A name with escapes may still be one of ours.
		s, ok := plainString(name)
		if !ok {
			return errFrameObject
		}
		if m = frameMember(s); m == memberUnknown {
			return nil
		}
	}
	if f.has(m) {
		return fmt.Errorf("the member %q is repeated", plain)
	}
	switch m {
	case memberT:
		t, ok := plainString(value)
		if !ok {
			return errFrameType
		}
		f.kind = frameTypeOf(t)
	case memberID:
		id, ok := parseID(value)
		if !ok {
			return errFrameID
		}
		f.id = id
	}
	f.found |= 1 << m
	f.raw[m] = value
	return nil
}

func endOfFrame(line []byte, i int) error {
	if skipSpace(line, i) != len(line) {
		return errFrameObject
	}
	return nil
}

// parseID reads a positive integer that JavaScript can hold exactly.
func parseID(b []byte) (id uint64, ok bool) {
	if len(b) == 0 || len(b) > 16 || b[0] == '0' {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		id = id*10 + uint64(c-'0')
	}
	return id, id <= 1<<53-1
}

// skipSpace skips insignificant white space. LF never gets here: it separates frames.
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// skipString returns the index behind the string that starts at i.
func skipString(b []byte, i int) (int, error) {
	if i >= len(b) {
		return 0, errFrameTruncated
	}
	if b[i] != '"' {
		return 0, errFrameObject
	}
	for i++; i < len(b); i++ {
		i += jsonscan.Unquoted(b, i)
		if i >= len(b) {
			break
		}
		switch b[i] {
		case '"':
			return i + 1, nil
		case '\\':
			i++
		}
	}
	return 0, errFrameTruncated
}

// skipValue returns the index behind the value that starts at i. It follows strings and
// brackets and no more: the grammar inside, and how deep it may nest, is the business of the
// decoder of that value, so that it is refused with the same words as over HTTP. The kinds of
// open brackets are the bits of one word; those that nest deeper than depth, which is at most
// 62, are counted only.
func skipValue(b []byte, i, depth int) (int, error) {
	if i >= len(b) {
		return 0, errFrameTruncated
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
	default:
		return skipScalar(b, i)
	}
	kinds := uint64(1) // a guard bit, then one bit for each open bracket: 1 for an object
	deeper := 0        // open brackets beyond depth
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			end, err := skipString(b, i)
			if err != nil {
				return 0, err
			}
			i = end - 1
		case '{', '[':
			if bits.Len64(kinds) > depth {
				deeper++
				continue
			}
			kinds <<= 1
			if b[i] == '{' {
				kinds |= 1
			}
		case '}', ']':
			if deeper > 0 {
				deeper--
				continue
			}
			if (kinds&1 == 1) != (b[i] == '}') {
				return 0, errFrameObject
			}
			if kinds >>= 1; kinds == 1 {
				return i + 1, nil
			}
		}
	}
	return 0, errFrameTruncated
}

// skipScalar skips a number or a literal.
func skipScalar(b []byte, i int) (int, error) {
	start := i
	for i < len(b) {
		switch b[i] {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			if i == start {
				return 0, errFrameObject
			}
			return i, nil
		case '"', '{', '[', ':':
			return 0, errFrameObject
		}
		i++
	}
	return i, nil
}

// unquote returns the value of a JSON string.
func unquote(raw []byte) (string, bool) {
	plain, ok := plainString(raw)
	return string(plain), ok
}

// plainString is unquote without a copy: the value points into raw unless it has escapes.
func plainString(raw []byte) ([]byte, bool) {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return nil, false
	}
	plain := raw[1 : len(raw)-1]
	for _, c := range plain {
		if c == '\\' || c == '"' || c < 0x20 {
			var s string
			if json.Unmarshal(raw, &s) != nil {
				return nil, false
			}
			return []byte(s), true
		}
	}
	return plain, true
}

// member returns the raw value of a member of a JSON object, the first of that name.
func objectMember(object []byte, name string) (value []byte, ok bool) {
	for key, value := range members(object) {
		if key == name {
			return value, true
		}
	}
	return nil, false
}

// members ranges over the members of a JSON object. It stops where the text stops being one.
func members(object []byte) func(yield func(string, []byte) bool) {
	return func(yield func(string, []byte) bool) {
		i := skipSpace(object, 0)
		if i >= len(object) || object[i] != '{' {
			return
		}
		for i = skipSpace(object, i+1); i < len(object) && object[i] == '"'; {
			end, err := skipString(object, i)
			if err != nil {
				return
			}
			name, ok := unquote(object[i:end])
			if i = skipSpace(object, end); !ok || i >= len(object) || object[i] != ':' {
				return
			}
			i = skipSpace(object, i+1)
			if end, err = skipValue(object, i, maxDepth-1); err != nil {
				return
			}
			if !yield(name, object[i:end]) {
				return
			}
			if i = skipSpace(object, end); i >= len(object) || object[i] != ',' {
				return
			}
			i = skipSpace(object, i+1)
		}
	}
}

// elements ranges over the elements of a JSON array. It stops where the text stops being one.
func elements(array []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		i := skipSpace(array, 0)
		if i >= len(array) || array[i] != '[' {
			return
		}
		for i = skipSpace(array, i+1); i < len(array) && array[i] != ']'; {
			end, err := skipValue(array, i, maxDepth-1)
			if err != nil || !yield(array[i:end]) {
				return
			}
			if i = skipSpace(array, end); i >= len(array) || array[i] != ',' {
				return
			}
			i = skipSpace(array, i+1)
		}
	}
}
