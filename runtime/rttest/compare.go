package rttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// compare lists how the socket's answer differs from HTTP's. What differs between two servers over HTTP is no difference.
func compare(first, second, socket answer, ignore map[string]bool) []string {
	var out []string
	for _, a := range []*answer{&first, &second, &socket} {
		a.body = withoutNow(a.body)
		if isJSON(a.headers["content-type"]) {
			a.body = strings.TrimSpace(lineBreaks.Replace(a.body))
		}
	}
	if first.status != second.status {
		return []string{fmt.Sprintf("two servers over HTTP answer with %d and %d: newServer must return servers in the same state", first.status, second.status)}
	}
	if first.status != socket.status {
		return []string{fmt.Sprintf("status %d over HTTP, %d by socket\n\tHTTP:   %s\n\tsocket: %s", first.status, socket.status, shorten(first.body), shorten(socket.body))}
	}
	if socket.refused {
		return nil
	}
	if a, b := mask(first.body, second.body, socket.body); a != b {
		out = append(out, fmt.Sprintf("status %d, bodies differ\n\tHTTP:   %s\n\tsocket: %s", first.status, shorten(a), shorten(b)))
	}
	if first.status == http.StatusRequestEntityTooLarge {
		return out // a socket discards such a message unread, so middleware sees it over HTTP only
	}
	names := map[string]bool{}
	for _, h := range []map[string]string{first.headers, socket.headers} {
		for name := range h {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if ignore[name] || len(name) > 15 && name[:15] == "access-control-" {
			continue
		}
		a, inHTTP := first.headers[name]
		b, inSocket := socket.headers[name]
		a, b = withoutNow(a), withoutNow(b)
		switch {
		case inHTTP != inSocket:
			out = append(out, fmt.Sprintf("status %d, header %s is in one answer only: %q over HTTP, %q by socket", first.status, name, a, b))
		case a != b && a == withoutNow(second.headers[name]):
			out = append(out, fmt.Sprintf("status %d, header %s is %q over HTTP, %q by socket", first.status, name, a, b))
		}
	}
	return out
}

// lineBreaks between the tokens of JSON are spaces in a frame, which a line break would end.
var lineBreaks = strings.NewReplacer("\n", " ", "\r", " ")

var timestamp = regexp.MustCompile(`\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)`)

// withoutNow replaces times of the last minute: where a server writes down the time, two answers may agree and the third come
// a millisecond later.
func withoutNow(text string) string {
	if len(text) > maxMasked {
		return text
	}
	return timestamp.ReplaceAllStringFunc(text, func(s string) string {
		if t, err := time.Parse(time.RFC3339, s); err == nil && time.Since(t).Abs() < time.Minute {
			return "(now)"
		}
		return s
	})
}

// maxMasked is how long an answer is searched for times.
const maxMasked = 1 << 20

// mask returns the first and third body without what differs between the first and the second. Bodies that are the same bytes stay as they are.
func mask(first, second, third string) (a, b string) {
	if first == third || first == second {
		return first, third
	}
	var x, y, z any
	if json.Unmarshal([]byte(first), &x) != nil || json.Unmarshal([]byte(second), &y) != nil || json.Unmarshal([]byte(third), &z) != nil {
		return first, third
	}
	x, z = masked(x, y, z)
	return encode(x), encode(z)
}

// changing stands in for a value that differs from run to run.
const changing = "(changes)"

func masked(x, y, z any) (any, any) {
	switch xs := x.(type) {
	case map[string]any:
		ys, okY := y.(map[string]any)
		zs, okZ := z.(map[string]any)
		if okY && okZ {
			for name := range xs {
				if _, ok := zs[name]; ok {
					xs[name], zs[name] = masked(xs[name], ys[name], zs[name])
				}
			}
			return xs, zs
		}
	case []any:
		ys, okY := y.([]any)
		zs, okZ := z.([]any)
		if okY && okZ && len(xs) == len(ys) && len(xs) == len(zs) {
			for i := range xs {
				xs[i], zs[i] = masked(xs[i], ys[i], zs[i])
			}
			return xs, zs
		}
	}
	if encode(x) != encode(y) && kind(x) == kind(z) {
		return changing, changing
	}
	return x, z
}

// kind tells JSON types apart, so that a changing value of another type is still a difference.
func kind(v any) string { return fmt.Sprintf("%T", v) }

func encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func shorten(s string) string {
	if len(s) > 400 {
		return s[:400] + "…"
	}
	return s
}

// splitLines yields the frames of a message.
func splitLines(message []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for line := range bytes.SplitSeq(message, []byte("\n")) {
			if !yield(line) {
				return
			}
		}
	}
}
