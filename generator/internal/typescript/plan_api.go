package typescript

import (
	"maps"
	"slices"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// apiPlan is the document as a whole.
type apiPlan struct {
	Realtime bool     // there is a socket
	Members  []string // of the data, beside operations and channels: `url: 'https://…'`
	Parts    []string // of the runtime, values that only some documents need: "forms", "styles"
}

// methodPlan is one HTTP method with the paths that have it.
type methodPlan struct {
	Name  string   // "get", as a member of a type
	Paths []member // `'/rooms/{roomId}': 'getRoom'`
}

func planPaths(operations []*spec.Operation, names []string) []methodPlan {
	byMethod := map[string][]member{}
	for i, op := range operations {
		method := strings.ToLower(op.Method)
		byMethod[method] = append(byMethod[method], member{Text: quote(op.Path.Template) + ": " + quote(names[i])})
	}
	methods := make([]methodPlan, 0, len(byMethod))
	for _, method := range slices.Sorted(maps.Keys(byMethod)) {
		paths := byMethod[method]
		slices.SortFunc(paths, func(a, b member) int { return strings.Compare(a.Text, b.Text) })
		methods = append(methods, methodPlan{Name: key(method), Paths: uniquePaths(paths)})
	}
	return methods
}

// uniquePaths keeps one operation per path: two can only meet in a document
// that is wrong already.
func uniquePaths(paths []member) []member {
	return slices.CompactFunc(paths, func(a, b member) bool {
		pathA, _, _ := strings.Cut(a.Text, "': ")
		pathB, _, _ := strings.Cut(b.Text, "': ")
		return pathA == pathB
	})
}

// planAPI is the data of the document as a whole, and what operations.ts imports.
func (p *planner) planAPI(out *plan) apiPlan {
	data := apiPlan{Realtime: p.api.Realtime != nil}
	if url := serverURL(p.api.Servers); url != "" {
		data.Members = append(data.Members, "url: "+quote(url))
	}
	if data.Realtime {
		if p.api.Realtime.Endpoint != "/realtime" { // the runtime's own
			data.Members = append(data.Members, "endpoint: "+quote(p.api.Realtime.Endpoint))
		}
		if p.api.Realtime.Stream != "/realtime/stream" {
			data.Members = append(data.Members, "stream: "+quote(p.api.Realtime.Stream))
		}
		if p.api.Fingerprint != "" {
			data.Members = append(data.Members, "spec: "+quote(p.api.Fingerprint))
		}
	}
	if p.forms {
		data.Parts = append(data.Parts, "forms")
	}
	if p.streams {
		data.Parts = append(data.Parts, "streams")
	}
	if p.styles {
		data.Parts = append(data.Parts, "styles")
	}
	out.Imports = slices.Sorted(maps.Keys(p.imports))
	return data
}

// serverURL is the first server of a document, its variables at their defaults, without a slash
// at the end.
func serverURL(servers []*spec.Server) string {
	if len(servers) == 0 {
		return ""
	}
	url := servers[0].URL
	for _, v := range servers[0].Variables {
		url = strings.ReplaceAll(url, "{"+v.Name+"}", v.Default)
	}
	return strings.TrimRight(url, "/")
}
