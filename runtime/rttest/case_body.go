package rttest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest/internal/derive"
)

// How many wrong values of the body are played: of its first media type, and of each other one.
const (
	maxWrongBodies = 80
	maxWrongOther  = 10
)

// tooLarge is more than any body of a call may have.
const tooLarge = 1<<20 + 1

// bodyCases plays every media type of the body.
func bodyCases(op *rt.Operation, set *derive.Set, base testCase) []testCase {
	first, ok := firstBody(op)
	if !ok {
		return nil
	}
	var out []testCase
	for _, media := range op.Body.Content {
		limit := maxWrongOther
		if media.Type == first.Type {
			limit = maxWrongBodies
		}
		out = append(out, mediaCases(media, set, base, limit)...)
	}
	add := func(name, contentType, body string) {
		c := base
		c.name, c.hasBody, c.body, c.object, c.contentType = "body: "+name, true, body, "", contentType
		out = append(out, c)
	}
	none := base
	none.name, none.hasBody, none.body, none.object, none.contentType = "body: none", false, "", "", ""
	out = append(out, none)
	add("of another media type", "application/x-rttest", "rttest")
	add("of no media type at all", "rttest", "rttest")
	add("empty", base.contentType, "")
	add("in upper case", strings.ToUpper(base.contentType), base.body)
	add("in UTF-8", base.contentType+"; charset=UTF-8", base.body)
	add("in Latin-1", base.contentType+"; charset=iso-8859-1", base.body)
	add("with a media type that is cut off", base.contentType+"; charset", base.body)
	packed := base
	packed.name, packed.headers = "body: said to be compressed", map[string]string{"content-encoding": "gzip"}
	return append(out, packed)
}

// mediaCases plays one media type: values, and texts that are none.
func mediaCases(media rt.Media, set *derive.Set, base testCase, maxWrong int) []testCase {
	var out []testCase
	add := func(name string) *testCase {
		c := base
		c.name = fmt.Sprintf("body as %s: %s", media.Type, name)
		out = append(out, c)
		return &out[len(out)-1]
	}
	for _, v := range set.Valid(media.Schema) {
		add(v.Name).setBody(media, v.JSON)
		if isForm(media.Type) {
			c := add(v.Name + ", by socket as an object")
			c.setBody(media, v.JSON)
			c.object = v.JSON
		}
	}
	if maxWrong == maxWrongBodies {
		for _, v := range set.Variants(media.Schema) {
			add(v.Name).setBody(media, v.JSON)
		}
	}
	wrong := set.Invalid(media.Schema)
	for _, v := range wrong[:min(len(wrong), maxWrong)] {
		add(v.Name).setBody(media, v.JSON)
	}
	for _, odd := range oddBodies(media, base) {
		c := add(odd.name)
		c.hasBody, c.body, c.contentType = true, odd.body, concrete(media.Type)
	}
	return out
}

type oddBody struct{ name, body string }

// oddBodies are texts that break the rules of a media type rather than those of a schema.
func oddBodies(media rt.Media, base testCase) []oddBody {
	switch {
	case isJSON(media.Type):
		return []oddBody{
			{"cut off", `{"a":`},
			{"something behind it", base.body + " {}"},
			{"space around it", " \r\n\t" + base.body + "\n"},
			{"a byte order mark", "\ufeff" + base.body},
			{"a member twice", `{"a":1,"a":2}`},
			{"nesting too deep", strings.Repeat("[", 100) + strings.Repeat("]", 100)},
			{"a lone surrogate", `{"a":"\ud800"}`},
			{"broken UTF-8", "{\"a\":\"\xff\"}"},
			{"a control character", "{\"a\":\"\x01\"}"},
			{"a leading zero", `{"a":01}`},
			{"a number of no type", `{"a":1e999}`},
			{"null", "null"},
			{"no JSON", "hello"},
			{"too large", `{"a":"` + strings.Repeat("a", tooLarge) + `"}`},
		}
	case isForm(media.Type):
		return []oddBody{
			{"a member twice", base.body + "&" + base.body},
			{"a malformed percent-encoding", base.body + "&a=%zz"},
			{"brackets that do not close", base.body + "&a[b=1"},
			{"empty pairs", "&&" + base.body + "&=&"},
			{"broken UTF-8", base.body + "&a=%FF"},
			{"too large", "a=" + strings.Repeat("a", tooLarge)},
		}
	case strings.HasPrefix(media.Type, "text/"):
		return []oddBody{{"lines", "a\r\nb\x00\u2028c\n"}, {"broken UTF-8", "a\xff"}, {"something", "something"}, {"too large", strings.Repeat("a", tooLarge)}}
	case strings.HasPrefix(media.Type, "multipart/"):
		return nil
	}
	return []oddBody{{"bytes", "\x00\xff\r\n"}, {"empty", ""}}
}

// firstBody returns the media type that most cases have: JSON where there is one, else a form or text.
func firstBody(op *rt.Operation) (rt.Media, bool) {
	if op.Body == nil {
		return rt.Media{}, false
	}
	for _, m := range op.Body.Content {
		if isJSON(m.Type) {
			return m, true
		}
	}
	for _, m := range op.Body.Content {
		if isForm(m.Type) || strings.HasPrefix(m.Type, "text/") {
			return m, true
		}
	}
	return op.Body.Content[0], len(op.Body.Content) > 0
}

// setBody writes a JSON value as a media type has it.
func (c *testCase) setBody(media rt.Media, text string) {
	c.hasBody, c.contentType, c.body, c.object = true, concrete(media.Type), text, ""
	switch {
	case isForm(media.Type):
		c.body = formText(decoded(text), media.Encoding)
	case strings.HasPrefix(media.Type, "multipart/"):
		c.contentType = concrete(media.Type) + "; boundary=" + boundary
		c.body = multipartText(decoded(text), media.Encoding)
	case !isJSON(media.Type):
		c.body = scalar(decoded(text))
	}
}

// boundary stands between the parts of multipart bodies.
const boundary = "rttest-boundary"

// multipartText writes the members of an object as parts, texts as they are and everything else as JSON. What the document
// gives a media type is a file.
func multipartText(v any, encoding map[string]rt.Encoding) string {
	object, _ := v.(map[string]any)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(object)) {
		how, _, _ := strings.Cut(encoding[name].ContentType, ",")
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=%q", boundary, name)
		if how != "" && !isJSON(how) {
			fmt.Fprintf(&b, "; filename=%q", name)
		}
		if how == "" && composite(object[name]) {
			how = "application/json"
		}
		if how != "" {
			fmt.Fprintf(&b, "\r\nContent-Type: %s", how)
		}
		fmt.Fprintf(&b, "\r\n\r\n%s\r\n", scalar(object[name]))
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.String()
}

// concrete is a media type that a range means.
func concrete(media string) string {
	if strings.Contains(media, "*") {
		return "text/plain"
	}
	return media
}

// formText writes the members of an object as a form, in the styles that the document has for them.
func formText(v any, encoding map[string]rt.Encoding) string {
	object, _ := v.(map[string]any)
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		pairs = append(pairs, formPairs(name, object[name], encoding[name])...)
	}
	return strings.Join(pairs, "&")
}

func formPairs(name string, v any, how rt.Encoding) []string {
	switch {
	case how.ContentType != "" && isJSON(how.ContentType):
		return []string{escape(name) + "=" + escape(jsonText(v))}
	case how.Style == "" && how.Explode == nil, how.Style == "deepObject":
		return deepPairs(escape(name), v)
	case v == nil:
		return nil
	}
	return queryPairs(rt.Param{Name: name, Style: how.Style, Explode: how.Explode}, v)
}

func isJSON(media string) bool {
	media, _, _ = strings.Cut(strings.ToLower(media), ";")
	media = strings.TrimSpace(media)
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

func isForm(media string) bool {
	return strings.HasPrefix(strings.ToLower(media), "application/x-www-form-urlencoded")
}

// framed reports whether a body can stand in a frame as it is: as JSON whose bytes survive. A line break would end the frame.
func (c *testCase) framed() bool {
	return isJSON(c.contentType) && json.Valid([]byte(c.body)) && utf8.ValidString(c.body) && !strings.ContainsAny(c.body, "\r\n")
}
