package runtime

import (
	"strings"
	"sync/atomic"
	"time"
)

// A channelType is a channel of the document with everything worked out that can be.
type channelType struct {
	spec        *ChannelSpec
	name        string
	parts       []addressPart
	params      int // parameters of the address
	retain      Retention
	reauthorize time.Duration // 0: only when credentials change
	rate        rate
	events      map[string]*eventType
}

// An addressPart is literal text or, when param is set, a parameter of the address.
type addressPart struct {
	text  string
	param string
}

// An eventType is an event of a channel.
type eventType struct {
	spec  *EventSpec
	name  string
	codec atomic.Pointer[typedCodec] // made by the first publisher
}

func newChannelType(spec *ChannelSpec) *channelType {
	t := &channelType{
		spec:        spec,
		name:        spec.Name,
		parts:       parseAddress(spec.Address),
		retain:      Retention{Size: spec.History, TTL: duration(spec.TTL, 0)},
		reauthorize: duration(spec.Reauthorize, 0),
		events:      make(map[string]*eventType, len(spec.Events)),
	}
	t.rate, _ = parseRate(spec.Rate)
	for _, p := range t.parts {
		if p.param != "" {
			t.params++
		}
	}
	for i := range spec.Events {
		e := &spec.Events[i]
		t.events[e.Name] = &eventType{spec: e, name: e.Name}
	}
	return t
}

// parseAddress splits an address template at its parameters.
func parseAddress(template string) []addressPart {
	var parts []addressPart
	for template != "" {
		open := strings.IndexByte(template, '{')
		end := strings.IndexByte(template, '}')
		if open < 0 || end < open {
			return append(parts, addressPart{text: template})
		}
		if open > 0 {
			parts = append(parts, addressPart{text: template[:open]})
		}
		parts = append(parts, addressPart{param: template[open+1 : end]})
		template = template[end+1:]
	}
	return parts
}

// address builds a concrete address. The values come in the order of the template; each of them
// is escaped, so that none can reach into another segment.
func (t *channelType) address(value func(i int, param string) (string, bool)) (string, bool) {
	var b strings.Builder
	b.Grow(64)
	i := 0
	for _, p := range t.parts {
		if p.param == "" {
			b.WriteString(p.text)
			continue
		}
		text, ok := value(i, p.param)
		if !ok {
			return "", false
		}
		escapeAddress(&b, text)
		i++
	}
	return b.String(), true
}

// escapeAddress percent-encodes everything but the unreserved characters of RFC 3986, as the
// clients do.
func escapeAddress(b *strings.Builder, s string) {
	const upperHex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '-', c == '_', c == '.', c == '~':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
	}
}
