package rttest

import (
	"fmt"
	"slices"
	"strings"

	rt "github.com/rtgen/rtgen/runtime"
)

// headerCases plays what clients ask for in headers: media types, conditions, ranges.
func headerCases(op *rt.Operation, base testCase) []testCase {
	var out []testCase
	add := func(name, value string) {
		c := base
		c.name, c.headers = name+": "+value, map[string]string{name: value}
		out = append(out, c)
	}
	accepts := []string{
		"application/x-rttest", "*/*", "*/*;q=0", "text/*", "application/*;q=0.5, text/plain;q=0.4, */*;q=0.1", "application/json;q=0", "rttest", ",,", "",
	}
	for _, r := range op.Responses {
		for _, m := range r.Content {
			accepts = append(accepts, concrete(m.Type), strings.ToUpper(m.Type)+";q=0.9, application/json;q=0.8", "application/x-rttest, "+m.Type+";q=0.001")
		}
	}
	slices.Sort(accepts)
	for _, accept := range slices.Compact(accepts) {
		add("accept", accept)
	}
	add("if-none-match", "*")
	add("if-none-match", `W/"rttest", "1"`)
	add("if-match", `"rttest"`)
	add("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")
	add("range", "bytes=0-1")
	add("x-http-method-override", "DELETE")
	return out
}

// loginCases plays credentials that are missing, wrong, odd or more than are needed.
func loginCases(op *rt.Operation, base testCase) []testCase {
	var out []testCase
	add := func(name string, l login, alternative int) {
		c := base
		c.name, c.login, c.alternative = name, l, alternative
		out = append(out, c)
	}
	for i, requirement := range op.Security {
		if i > 0 {
			add(fmt.Sprintf("with credentials of alternative %d", i+1), loggedIn, i)
		}
		add(fmt.Sprintf("with wrong credentials of alternative %d", i+1), wrongLogin, i)
		add(fmt.Sprintf("with odd credentials of alternative %d", i+1), oddLogin, i)
		if len(requirement) > 1 {
			add(fmt.Sprintf("with a part of the credentials of alternative %d", i+1), partLogin, i)
		}
		if len(op.Security) > 1 {
			add(fmt.Sprintf("with credentials of alternative %d beside wrong ones", i+1), doubleLogin, i)
		}
	}
	if len(op.Security) > 0 {
		add("without credentials", noLogin, 0)
	}
	return out
}

// targetCases plays spellings of the path and the query that no client of good manners would choose. A socket makes such
// a request in the path form.
func targetCases(op *rt.Operation, c testCase, base string) []testCase {
	var out []testCase
	path, query := base+c.args.path(op), c.args.query(op)
	add := func(name, path, query string) {
		odd := c
		odd.name, odd.target = "spelled "+name, path
		if query != "" {
			odd.target += "?" + query
		}
		out = append(out, odd)
	}
	add("plainly", path, query)
	add("with a last segment of percent-encodings", path[:strings.LastIndexByte(path, '/')+1]+overEscape(path[strings.LastIndexByte(path, '/')+1:]), query)
	add("with a slash at the end", path+"/", query)
	add("with a slash twice", strings.Replace(path, "/", "//", 2), query)
	add("with a dot segment", base+"/."+strings.TrimPrefix(path, base), query)
	add("with an unknown parameter", path, join(query, "rttest=1&rttest"))
	add("with a malformed percent-encoding", path, join(query, "rttest=%zz&%z=1"))
	if query == "" {
		return out
	}
	add("with every parameter twice", path, query+"&"+query)
	add("with empty pairs", path, "&&"+query+"&=&")
	add("with pluses for spaces", path, strings.ReplaceAll(query, "%20", "+"))
	add("with a semicolon", path, query+";rttest=1")
	add("with broken UTF-8", path, query+"%FF")
	var names, empty, escaped []string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		names, empty = append(names, name), append(empty, name+"=")
		escaped = append(escaped, overEscape(name)+"="+overEscape(value))
	}
	add("with parameters that have no value", path, strings.Join(names, "&"))
	add("with parameters that are empty", path, strings.Join(empty, "&"))
	add("with a query of percent-encodings", path, strings.Join(escaped, "&"))
	return out
}

func join(query, more string) string {
	if query == "" {
		return more
	}
	return query + "&" + more
}

// overEscape percent-encodes letters and digits, which need none, in lower-case hexadecimal.
func overEscape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%' && i+2 < len(s):
			b.WriteString(strings.ToLower(s[i : i+3]))
			i += 2
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
			fmt.Fprintf(&b, "%%%02x", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
