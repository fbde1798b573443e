package runtime

import "net/http"

// Problem is an RFC 9457 problem.
type Problem struct {
	Type   string
	Title  string
	Status int
	Detail string
}

func (p *Problem) Error() string { return p.Detail }

func notFound() *Problem { return &Problem{Status: http.StatusNotFound} }

// appendProblem appends p as JSON.
func appendProblem(dst []byte, p *Problem) []byte { return dst }

func writeProblem(w http.ResponseWriter, p *Problem) { w.WriteHeader(p.Status) }
