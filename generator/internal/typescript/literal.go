package typescript

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
)

// jsonValue is a JSON value whose members keep their order. One of the three is not nil.
type jsonValue struct {
	members []jsonMember
	items   []jsonValue
	raw     json.RawMessage // a scalar
}

type jsonMember struct {
	name  string
	value jsonValue
}

// parseJSON reads a JSON text; one that is none becomes true, the schema that allows anything.
func parseJSON(text json.RawMessage) jsonValue {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	v, err := readJSON(dec)
	if err != nil {
		return jsonValue{raw: json.RawMessage("true")}
	}
	return v
}

func readJSON(dec *json.Decoder) (jsonValue, error) {
	token, err := dec.Token()
	if err != nil {
		return jsonValue{}, err
	}
	switch token {
	case json.Delim('{'):
		v := jsonValue{members: []jsonMember{}}
		for dec.More() {
			name, err := dec.Token()
			if err != nil {
				return v, err
			}
			member, err := readJSON(dec)
			if err != nil {
				return v, err
			}
			text, _ := name.(string)
			v.members = append(v.members, jsonMember{text, member})
		}
		_, err = dec.Token()
		return v, err
	case json.Delim('['):
		v := jsonValue{items: []jsonValue{}}
		for dec.More() {
			item, err := readJSON(dec)
			if err != nil {
				return v, err
			}
			v.items = append(v.items, item)
		}
		_, err = dec.Token()
		return v, err
	}
	raw, err := json.Marshal(token)
	return jsonValue{raw: raw}, err
}

// each is a list with its items changed; anything else as it is.
func each(v jsonValue, change func(jsonValue) jsonValue) jsonValue {
	if v.items == nil {
		return v
	}
	out := jsonValue{items: make([]jsonValue, len(v.items))}
	for i, item := range v.items {
		out.items[i] = change(item)
	}
	return out
}

// eachMember is an object with its members changed; anything else as it is.
func eachMember(v jsonValue, change func(jsonValue) jsonValue) jsonValue {
	if v.members == nil {
		return v
	}
	out := jsonValue{members: make([]jsonMember, len(v.members))}
	for i, m := range v.members {
		out.members[i] = jsonMember{m.name, change(m.value)}
	}
	return out
}

// expressionOf writes a JSON text as an expression.
func expressionOf(text json.RawMessage) string { return literalJSON(parseJSON(text)) }

// literalJSON writes a JSON value as an expression: strings quoted as everywhere in the output.
func literalJSON(v jsonValue) string {
	switch {
	case v.members != nil:
		members := make([]string, len(v.members))
		for i, m := range v.members {
			members[i] = entry(m.name, literalJSON(m.value))
		}
		return literal(members)
	case v.items != nil:
		items := make([]string, len(v.items))
		for i, item := range v.items {
			items[i] = literalJSON(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	var text string
	if len(v.raw) > 0 && v.raw[0] == '"' && json.Unmarshal(v.raw, &text) == nil {
		return quote(text)
	}
	return string(v.raw)
}

// unescapePercent undoes percent-encoding where there is some.
func unescapePercent(text string) string {
	plain, err := url.PathUnescape(text)
	if err != nil {
		return text
	}
	return plain
}
