package runtime

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// routes builds a router from lines such as "GET /a/{b}"; the operation's id is the line.
func routes(t testing.TB, lines ...string) *router {
	t.Helper()
	rt := &router{}
	for _, line := range lines {
		method, path, _ := strings.Cut(line, " ")
		if err := rt.add(method, path, &boundOperation{op: &Operation{ID: line, Method: method, Path: path}}); err != nil {
			t.Fatal(err)
		}
	}
	return rt
}

// routed answers "line value value …" for a target as it stands in a request line.
func routed(t testing.TB, rt *router, method, target string) string {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		t.Fatal(err)
	}
	path, raw := routedPath(u)
	op, values := rt.find(method, path, raw, nil)
	if op == nil {
		return "none"
	}
	return strings.Join(append([]string{op.op.ID}, values...), " | ")
}

func TestRouterFollowsOpenAPIMatching(t *testing.T) {
	t.Parallel()
	rt := routes(t,
		"GET /", "GET /pets", "GET /pets/", "GET /pets/mine", "GET /pets/{id}", "POST /pets/mine", "DELETE /pets/{id}",
		"GET /pets/{id}.json", "POST /pets/{id}:cancel", "POST /pets/{id}:un-cancel",
		"GET /{a}/b", "GET /a/{b}", "GET /v{major}.{minor}/x", "GET /{lo}-{hi}", "GET /{x}{y}/touch",
		"GET /one/{p}/two/{q}/three", "GET /one/{p}/{r}/two",
	)
	for _, tc := range []struct{ method, target, want string }{
		{"GET", "/", "GET /"},
		{"GET", "/pets", "GET /pets"},
		{"GET", "/pets/", "GET /pets/"},
		{"GET", "/pets/mine", "GET /pets/mine"},
		{"GET", "/pets/7", "GET /pets/{id} | 7"},
		{"GET", "/pets/7.json", "GET /pets/{id}.json | 7"},
		{"GET", "/pets/.json", "GET /pets/{id} | .json"},
		{"POST", "/pets/7:cancel", "POST /pets/{id}:cancel | 7"},
		{"POST", "/pets/7:un-cancel", "POST /pets/{id}:un-cancel | 7"},
		{"DELETE", "/pets/mine", "DELETE /pets/{id} | mine"}, // the concrete path lacks DELETE
		{"GET", "/a/b", "GET /a/{b} | b"},
		{"GET", "/z/b", "GET /{a}/b | z"},
		{"GET", "/a/z", "GET /a/{b} | z"},
		{"GET", "/v1.2/x", "GET /v{major}.{minor}/x | 1 | 2"},
		{"GET", "/v1.2.3/x", "GET /v{major}.{minor}/x | 1 | 2.3"},
		{"GET", "/3-9", "GET /{lo}-{hi} | 3 | 9"},
		{"GET", "/-9", "none"},
		{"GET", "/xy/touch", "GET /{x}{y}/touch | x | y"},
		{"GET", "/x/touch", "none"},
		{"GET", "/one/1/two/2/three", "GET /one/{p}/two/{q}/three | 1 | 2"},
		{"GET", "/one/1/two/two", "GET /one/{p}/{r}/two | 1 | two"},
		{"GET", "/pets//", "none"},
		{"GET", "/pets/7/", "none"},
		{"GET", "//pets", "none"},
		{"GET", "/pets/a%2Fb", "GET /pets/{id} | a%2Fb"},
		{"GET", "/p%65ts/7", "GET /pets/{id} | 7"},
		{"GET", "/pets/a%20b", "GET /pets/{id} | a b"},
		{"PUT", "/pets", "none"},
	} {
		if got := routed(t, rt, tc.method, tc.target); got != tc.want {
			t.Errorf("%s %s: got %s, want %s", tc.method, tc.target, got, tc.want)
		}
	}
	if got, want := fmt.Sprint(rt.allowed("/pets/mine", false)), "[DELETE GET HEAD OPTIONS POST]"; got != want {
		t.Errorf("allowed: got %s, want %s", got, want)
	}
	if got := rt.allowed("/nowhere/at/all", false); got != nil {
		t.Errorf("allowed on an unknown path: got %v", got)
	}
}

func TestRouterReportsWhatItCannotRoute(t *testing.T) {
	t.Parallel()
	rt := routes(t, "GET /a/b")
	for path, want := range map[string]string{
		"a":     "does not start with /",
		"/x/{y": "no closing brace",
	} {
		if err := rt.add("GET", path, &boundOperation{op: &Operation{}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", path, err, want)
		}
	}
}

// naive matches one template in the plainest way there is, by trying every split.
func naive(template, path string) bool {
	ts, ps := strings.Split(template, "/"), strings.Split(path, "/")
	if len(ts) != len(ps) {
		return false
	}
	for i := range ts {
		texts, names, _ := splitSegment(ts[i])
		if !naiveSegment(texts, len(names), ps[i]) {
			return false
		}
	}
	return true
}

func naiveSegment(texts []string, params int, s string) bool {
	if !strings.HasPrefix(s, texts[0]) {
		return false
	}
	s = s[len(texts[0]):]
	if params == 0 {
		return s == ""
	}
	for n := 1; n <= len(s); n++ {
		if naiveSegment(texts[1:], params-1, s[n:]) {
			return true
		}
	}
	return false
}

var fuzzTemplates = []string{
	"/", "/a", "/a/", "/a/b", "/a/{x}", "/{x}/b", "/{x}", "/{x}.b", "/{x}-{y}", "/a{x}b", "/{x}{y}",
	"/{x}:b", "/a/{x}/b/{y}", "/a/{x}/{y}/b", "/{x}/{y}/{z}", "/a/{x}-b-{y}.c/{z}", "/a/{x}:a/b",
}

func FuzzRouterAgreesWithNaiveMatcher(f *testing.F) {
	for _, path := range []string{"/", "/a", "/a/", "/b.b", "/a-b", "/aab", "/a/b/b/a", "/a/x-b-y.c/z", "//", "/a//b", "/a/%2F", "/-.b:b"} {
		f.Add(path)
	}
	rt := &router{}
	for _, template := range fuzzTemplates {
		if err := rt.add("GET", template, &boundOperation{op: &Operation{ID: template}}); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, path string) {
		op, values := rt.find("GET", path, false, nil)
		matching := slices.DeleteFunc(slices.Clone(fuzzTemplates), func(template string) bool {
			return !strings.HasPrefix(path, "/") || !naive(template, path)
		})
		if (op != nil) != (len(matching) > 0) {
			t.Fatalf("%q: router %v, naive %v", path, op, matching)
		}
		if op == nil {
			return
		}
		if !slices.Contains(matching, op.op.ID) {
			t.Fatalf("%q: router found %s, which does not match", path, op.op.ID)
		}
		if got := refill(op.op.ID, values); got != path {
			t.Fatalf("%q: template %s with %q gives %q", path, op.op.ID, values, got)
		}
		rt.find("GET", path, true, nil)
	})
}

// refill puts values back into a template.
func refill(template string, values []string) string {
	var out strings.Builder
	for segment := range strings.SplitSeq(template[1:], "/") {
		out.WriteByte('/')
		texts, names, _ := splitSegment(segment)
		for j := range names {
			out.WriteString(texts[j] + values[0])
			values = values[1:]
		}
		out.WriteString(texts[len(texts)-1])
	}
	return out.String()
}

// manyRoutes imitates the shape of a large published document: 1,223 operations, most of them
// four to seven segments deep below a few busy prefixes.
func manyRoutes(t testing.TB) *router {
	t.Helper()
	rt, n := &router{}, 0
	add := func(method, path string) {
		if n == 1223 {
			return
		}
		n++
		if err := rt.add(method, path, &boundOperation{op: &Operation{ID: path}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, prefix := range []string{"/repos/{owner}/{repo}", "/orgs/{org}", "/users/{username}", "/teams/{team_id}", "/enterprises/{enterprise}"} {
		for i := range 45 {
			base := fmt.Sprintf("%s/resource-%c%d", prefix, 'a'+i%26, i)
			add("GET", base)
			add("POST", base)
			add("GET", base+"/{id}")
			add("PATCH", base+"/{id}")
			add("GET", base+"/{id}/items/{item_id}/logs")
			add("PUT", base+"/{id}/lock")
		}
	}
	if n != 1223 {
		t.Fatalf("%d routes", n)
	}
	return rt
}

func TestRoutingAllocatesNothing(t *testing.T) {
	rt := manyRoutes(t)
	values := make([]string, 0, 8)
	got := testing.AllocsPerRun(100, func() {
		op, _ := rt.find("GET", "/repos/octocat/hello/resource-c28/17/items/4/logs", false, values)
		if op == nil {
			t.Fatal("not found")
		}
	})
	if got != 0 {
		t.Errorf("%v allocations per lookup, want 0", got)
	}
}

func BenchmarkRouter(b *testing.B) {
	rt := manyRoutes(b)
	values := make([]string, 0, 8)
	for b.Loop() {
		if op, _ := rt.find("GET", "/repos/octocat/hello/resource-c28/17/items/4/logs", false, values); op == nil {
			b.Fatal("not found")
		}
	}
}
