package runtime

import (
	"net/http"
	"strconv"
	"strings"
)

// acceptQuality returns how much an Accept header (RFC 9110, 12.5.1) likes a media type, from 0
// (refused) to 1000. Without the header everything is liked; the most specific range decides.
func acceptQuality(accept, base string) int {
	if accept == "" || accept == "*/*" {
		return 1000
	}
	quality, precision := 0, -1
	for item := range strings.SplitSeq(accept, ",") {
		pattern, params, _ := strings.Cut(item, ";")
		pattern = strings.ToLower(strings.TrimSpace(pattern))
		if pattern == "" || !acceptMatches(pattern, base) {
			continue
		}
		exact := 2
		if pattern == "*/*" {
			exact = 0
		} else if strings.HasSuffix(pattern, "/*") {
			exact = 1
		}
		q := parseQuality(params)
		if exact > precision || exact == precision && q > quality {
			quality, precision = q, exact
		}
	}
	return quality
}

// acceptMatches is mediaMatches both ways round: a document may declare a range, too.
func acceptMatches(pattern, base string) bool {
	return mediaMatches(pattern, base) || mediaMatches(base, pattern)
}

// parseQuality reads the q parameter in thousandths; without one it is 1000. What is no quality
// counts as none.
func parseQuality(params string) int {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if !strings.EqualFold(name, "q") {
			continue
		}
		q, err := strconv.ParseFloat(value, 64)
		if err != nil || q < 0 || q > 1 {
			return 1000
		}
		return int(q * 1000)
	}
	return 1000
}

// acceptable reports whether an Accept header leaves room for a successful answer. It is asked
// before the handler runs: a 406 must not come after the deed. Problems are sent whatever the
// client accepts, as RFC 9110 allows.
func (plan *operationPlan) acceptable(accept string) bool {
	if accept == "" || accept == "*/*" || len(plan.produces) == 0 {
		return true
	}
	for _, base := range plan.produces {
		if acceptQuality(accept, base) > 0 {
			return true
		}
	}
	return false
}

func (plan *operationPlan) notAcceptable() *Problem {
	return fault(http.StatusNotAcceptable, "not-acceptable",
		"the operation answers with "+strings.Join(plan.produces, ", "))
}

// produced lists the media types of the answers that mean success. It is empty when one of them
// has no body: then there is always something to send.
func produced(op *Operation) []string {
	var list []string
	for i := range op.Responses {
		r := &op.Responses[i]
		if r.Status == "default" || r.Status == "" || r.Status[0] > '3' {
			continue
		}
		if len(r.Content) == 0 {
			return nil
		}
		for _, m := range r.Content {
			list = append(list, baseMedia(m.Type))
		}
	}
	return list
}

// joinHeader makes one value of several lines (RFC 9110, 5.2).
func joinHeader(values []string) string { return strings.Join(values, ", ") }
