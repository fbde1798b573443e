package runtime

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// sortedNames appends the names of a header in a stable order.
func sortedNames(names []string, h http.Header) []string {
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// encodeProblem frames a problem about a frame; ref is the id that the frame had, 0 for none.
func encodeProblem(ref uint64, p *Problem) []byte {
	b := append(openFrame(nil), `{"t":"problem"`...)
	if ref != 0 {
		b = append(b, `,"ref":`...)
		b = strconv.AppendUint(b, ref, 10)
	}
	at := len(b)
	b = appendProblem(b, p)
	b[at] = ',' // the members of the problem are members of the frame
	return sealFrame(b, opText)
}

func encodeDrain(after, deadline time.Duration) []byte {
	b := append(openFrame(nil), `{"t":"drain","after":`...)
	b = strconv.AppendInt(b, after.Milliseconds(), 10)
	b = append(b, `,"deadline":`...)
	b = strconv.AppendInt(b, deadline.Milliseconds(), 10)
	return sealFrame(append(b, '}'), opText)
}
