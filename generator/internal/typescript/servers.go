package typescript

import (
	"strconv"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// serverPlan is one server of the document, as a member of the constant servers.
type serverPlan struct {
	Doc   string
	Key   string
	Value string // a string, or a function of the variables
}

// planServers names the servers and writes their URLs. The root of wherever the document was found is left
// out: it says nothing.
func planServers(servers []*spec.Server) []serverPlan {
	var plans []serverPlan
	taken := map[string]bool{}
	for _, s := range servers {
		if s.URL == "" || s.URL == "/" {
			continue
		}
		name := camel(s.Label())
		if name == "" {
			name = "main"
		}
		for base, n := name, 2; taken[name]; n++ {
			name = base + strconv.Itoa(n)
		}
		taken[name] = true
		plans = append(plans, serverPlan{Doc: proseDoc(2, s.Doc, nil), Key: literalKey(name), Value: serverValue(s)})
	}
	return plans
}

// serverValue is a string, or with variables a function:
//
//	(variables: { region?: 'eu' | 'us' } = {}): string => 'https://' + (variables.region ?? 'eu') + '.example'
func serverValue(s *spec.Server) string {
	if len(s.Variables) == 0 {
		return quote(s.URL)
	}
	var members, parts []string
	optional := true
	values := map[string]string{}
	for _, v := range s.Variables {
		mark, value := "?", "variables["+quote(v.Name)+"]"
		if key(v.Name) == v.Name {
			value = "variables." + v.Name
		}
		if v.Default == "" {
			mark, optional = "", false
		} else {
			value = "(" + value + " ?? " + quote(v.Default) + ")"
		}
		values[v.Name] = value
		members = append(members, key(v.Name)+mark+": "+variableType(v))
	}
	for rest := s.URL; rest != ""; {
		before, after, found := strings.Cut(rest, "{")
		name, tail, closed := strings.Cut(after, "}")
		value, known := values[name]
		if !found || !closed || !known {
			parts = append(parts, quote(rest))
			break
		}
		if before != "" {
			parts = append(parts, quote(before))
		}
		parts, rest = append(parts, value), tail
	}
	argument := "variables: { " + strings.Join(members, "; ") + " }"
	if optional {
		argument += " = {}"
	}
	return "(" + argument + "): string => " + strings.Join(parts, " + ")
}

// variableType is the values that a variable may have.
func variableType(v spec.ServerVariable) string {
	if len(v.Enum) == 0 {
		return "string"
	}
	var texts []string
	for _, value := range v.Enum {
		texts = append(texts, quote(value))
	}
	return strings.Join(unique(texts), " | ")
}
