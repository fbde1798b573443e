package rttest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	rt "github.com/rtgen/rtgen/runtime"
)

// This file turns parameter values into the parts of an HTTP request by the rules of OpenAPI's
// styles (Parameter Object, "Style Values"). It is written apart from the runtime's decoding on
// purpose: parity would prove little if both came from one place.

// args are the values of parameters by place and name, as decoded JSON.
type args map[rt.In]map[string]any

// target is the path and query of the request for args.
func (a args) target(op *rt.Operation, base string) string {
	path, query := base+a.path(op), a.query(op)
	if query == "" {
		return path
	}
	return path + "?" + query
}

func (a args) path(op *rt.Operation) string {
	path := op.Path
	for _, p := range op.Params {
		if v, ok := a[rt.InPath][p.Name]; ok && p.In == rt.InPath {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", pathValue(p, v))
		}
	}
	return path
}

func (a args) query(op *rt.Operation) string {
	var query []string
	for _, p := range op.Params {
		v, ok := a[p.In][p.Name]
		switch {
		case !ok:
		case p.In == rt.InQueryString && isForm(p.Content):
			query = append(query, formText(v, p.Encoding))
		case p.In == rt.InQueryString:
			query = append(query, escape(contentText(p, v)))
		case p.In != rt.InQuery:
		case p.Content != "":
			query = append(query, escape(p.Name)+"="+escape(contentText(p, v)))
		default:
			query = append(query, queryPairs(p, v)...)
		}
	}
	return strings.Join(query, "&")
}

// escape percent-encodes everything that is not unreserved (RFC 3986).
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func jsonText(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(data)
}

// contentText is a value as the media type of a parameter has it.
func contentText(p rt.Param, v any) string {
	switch {
	case isJSON(p.Content):
		return jsonText(v)
	case isForm(p.Content) && composite(v):
		return formText(v, p.Encoding)
	}
	return scalar(v)
}

// scalar is how a single value is written; strings as they are, everything else as JSON.
func scalar(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return jsonText(v)
}

func explode(p rt.Param, byDefault bool) bool {
	if p.Explode != nil {
		return *p.Explode
	}
	return byDefault
}

// parts lists what a value is made of, escaped: items of an array, "name=value" or name and value
// of an object, or the value itself.
func parts(v any, exploded bool, esc func(string) string) []string {
	switch v := v.(type) {
	case []any:
		out := make([]string, 0, len(v))
		for _, item := range v {
			if item != nil { // RFC 6570: undefined
				out = append(out, esc(scalar(item)))
			}
		}
		return out
	case map[string]any:
		var out []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if v[name] == nil {
				continue
			}
			if exploded {
				out = append(out, esc(name)+"="+esc(scalar(v[name])))
			} else {
				out = append(out, esc(name), esc(scalar(v[name])))
			}
		}
		return out
	}
	return []string{esc(scalar(v))}
}

func pathValue(p rt.Param, v any) string {
	if p.Content != "" {
		return escape(contentText(p, v))
	}
	exploded := explode(p, false)
	list := parts(v, exploded, escape)
	switch p.Style {
	case "label":
		if exploded {
			return "." + strings.Join(list, ".")
		}
		return "." + strings.Join(list, ",")
	case "matrix":
		_, isObject := v.(map[string]any)
		switch {
		case exploded && isObject:
			return ";" + strings.Join(list, ";")
		case exploded:
			return ";" + escape(p.Name) + "=" + strings.Join(list, ";"+escape(p.Name)+"=")
		}
		return ";" + escape(p.Name) + "=" + strings.Join(list, ",")
	}
	return strings.Join(list, ",")
}

func queryPairs(p rt.Param, v any) []string {
	name := escape(p.Name)
	if p.Style == "deepObject" {
		return deepPairs(name, v)
	}
	separator := map[string]string{"spaceDelimited": "%20", "pipeDelimited": "%7C"}[p.Style]
	if separator == "" {
		separator = ","
	}
	exploded := explode(p, p.Style == "" || p.Style == "form")
	list := parts(v, exploded, escape)
	switch v.(type) {
	case []any:
		if exploded {
			for i := range list {
				list[i] = name + "=" + list[i]
			}
			return list
		}
		if len(list) == 0 {
			return nil
		}
	case map[string]any:
		if exploded {
			return list
		}
	}
	return []string{name + "=" + strings.Join(list, separator)}
}

// deepPairs writes filter[a][b]=c. OpenAPI does not say what lists become; rtgen repeats the name, and counts where items
// have members.
func deepPairs(prefix string, v any) []string {
	switch v := v.(type) {
	case map[string]any:
		var out []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, deepPairs(prefix+"%5B"+escape(name)+"%5D", v[name])...)
		}
		return out
	case []any:
		var out []string
		for i, item := range v {
			below := prefix
			switch item.(type) {
			case []any, map[string]any:
				below = fmt.Sprintf("%s%%5B%d%%5D", prefix, i)
			}
			out = append(out, deepPairs(below, item)...)
		}
		return out
	case nil:
		return nil
	}
	return []string{prefix + "=" + escape(scalar(v))}
}

// headerValue writes a header parameter; headers are not percent-encoded.
func headerValue(p rt.Param, v any) string {
	if p.Content != "" {
		return contentText(p, v)
	}
	return strings.Join(parts(v, explode(p, false), func(s string) string { return s }), ",")
}

// cookiePairs writes a cookie parameter.
func cookiePairs(p rt.Param, v any) []string {
	if p.Content != "" {
		return []string{p.Name + "=" + escape(contentText(p, v))}
	}
	p.Style = "form"
	return queryPairs(p, v)
}
