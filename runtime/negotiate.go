package runtime

import (
	"net/http"
	"strconv"
	"strings"
)

// acceptQuality returns how much an Accept header (RFC 9110, 12.5.1) likes a media type, from 0
// (refused) to 1000. Without the header everything is liked; the most specific range decides.
//
// A range with parameters means a media type that has no others of the same names: clients send
// application/json;charset=utf-8 to servers that declare application/json. One that has the same is meant most.
func acceptQuality(accept, media string) int {
	if accept == "" || accept == "*/*" {
		return 1000
	}
	quality, precision := 0, -1
	base := baseMedia(media)
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
		} else if rank := paramsRank(item, media); rank == 0 {
			continue
		} else {
			exact += rank
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

// paramsRank says how well the parameters of a media type that was sent fit those of a declared one: 0 when a
// parameter has another value, more for each that has the same, and 1 and more when some are missing. The
// charset and the boundary are no part of what a type is, and q is none of it.
func paramsRank(sent, declared string) int {
	rank := 100
	if strings.IndexByte(sent, ';') < 0 && strings.IndexByte(declared, ';') < 0 {
		return rank
	}
	_, given, _ := strings.Cut(sent, ";")
	_, params, _ := strings.Cut(declared, ";")
	for param := range strings.SplitSeq(params, ";") {
		name, want, ok := cutParam(param)
		if !ok {
			continue
		}
		switch got, there := paramOf(given, name); {
		case !there:
			rank--
		case got != want:
			return 0
		default:
			rank++
		}
	}
	return max(rank, 1)
}

// paramOf finds a parameter of a media type.
func paramOf(params, name string) (string, bool) {
	for param := range strings.SplitSeq(params, ";") {
		if n, value, ok := cutParam(param); ok && n == name {
			return value, true
		}
	}
	return "", false
}

// cutParam takes name=value apart; the name is in lower case, the value without quotes.
func cutParam(param string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(strings.TrimSpace(param), "=")
	name = strings.ToLower(strings.TrimSpace(name))
	return name, strings.Trim(strings.TrimSpace(value), `"`), ok && name != "charset" && name != "boundary" && name != "q"
}

// acceptable reports whether an Accept header leaves room for a successful answer. It is asked
// before the handler runs: a 406 must not come after the deed. Problems are sent whatever the
// client accepts, as RFC 9110 allows.
func (plan *operationPlan) acceptable(accept string) bool {
	if accept == "" || accept == "*/*" || len(plan.produces) == 0 {
		return true
	}
	for _, media := range plan.produces {
		if acceptQuality(accept, media) > 0 {
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
			list = append(list, m.Type)
		}
	}
	return list
}

// joinHeader makes one value of several lines (RFC 9110, 5.2).
func joinHeader(values []string) string { return strings.Join(values, ", ") }
