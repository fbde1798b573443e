package runtime

import (
	"bytes"
	"strconv"
	"strings"
)

// streamWriter returns how a media type writes an item.
func streamWriter(media string) func(dst []byte, item streamItem) []byte {
	switch base := baseMedia(media); {
	case base == "text/event-stream":
		return appendEvent
	case isJSONSequence(base):
		return appendSequence
	}
	return appendJSONLine
}

// appendEvent appends an item as a server-sent event. Every kind of line break in data starts a
// new data line; an id or event name that has one, or a NUL, is left out: it could not be read
// back and would let a value forge fields.
func appendEvent(dst []byte, item streamItem) []byte {
	begin := len(dst)
	if item.event != "" && !strings.ContainsAny(item.event, "\r\n\x00") {
		dst = append(append(append(dst, "event: "...), item.event...), '\n')
	}
	if item.id != "" && !strings.ContainsAny(item.id, "\r\n\x00") {
		dst = append(append(append(dst, "id: "...), item.id...), '\n')
	}
	if item.retry > 0 {
		dst = append(strconv.AppendInt(append(dst, "retry: "...), int64(item.retry), 10), '\n')
	}
	if item.mark {
		if len(dst) == begin {
			dst = append(dst, ':', '\n') // a comment
		}
		return append(dst, '\n')
	}
	rest := item.data
	for {
		end := bytes.IndexAny(rest, "\r\n")
		if end < 0 {
			break
		}
		dst = append(append(append(dst, "data: "...), rest[:end]...), '\n')
		if rest[end] == '\r' && end+1 < len(rest) && rest[end+1] == '\n' {
			end++
		}
		rest = rest[end+1:]
	}
	dst = append(append(dst, "data: "...), rest...)
	return append(dst, "\n\n"...)
}

// appendJSONLine appends an item as a line of JSON. A sign of life is an empty line.
func appendJSONLine(dst []byte, item streamItem) []byte {
	return append(append(dst, item.data...), '\n')
}

// appendSequence appends an item as RFC 7464 has it.
func appendSequence(dst []byte, item streamItem) []byte {
	return append(append(append(dst, 0x1e), item.data...), '\n')
}

// appendWhole appends the JSON text of an item of a channel: an object with the members that server-sent
// events have as fields.
func appendWhole(dst []byte, item streamItem) []byte {
	dst = append(dst, '{')
	if item.event != "" {
		dst = append(appendString(append(dst, `"event":`...), item.event), ',')
	}
	if item.id != "" {
		dst = append(appendString(append(dst, `"id":`...), item.id), ',')
	}
	if item.retry > 0 {
		dst = append(strconv.AppendInt(append(dst, `"retry":`...), int64(item.retry), 10), ',')
	}
	if item.mark {
		dst[len(dst)-1] = '}'
		return dst
	}
	return append(append(append(dst, `"data":`...), item.data...), '}')
}
