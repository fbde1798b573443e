package runtime

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ServerVariable is a variable of a server's URL with the value that a program chose.
type ServerVariable struct {
	Name    string
	Value   string   // empty: Default
	Default string   // the document's
	Enum    []string // the values that the document allows; nil: any
}

// ServerURL fills the variables of a server's URL. Emitted code calls it. The error names every
// value that the document does not allow. Values are put in as they are: they may have several segments.
func ServerURL(template string, variables ...ServerVariable) (string, error) {
	var errs []error
	pairs := make([]string, 0, 2*len(variables))
	for _, v := range variables {
		value := orDefault(v.Value, v.Default)
		if v.Enum != nil && !slices.Contains(v.Enum, value) {
			errs = append(errs, fmt.Errorf("server variable %s is %q, which is none of %q", v.Name, value, v.Enum))
		}
		pairs = append(pairs, "{"+v.Name+"}", value)
	}
	if len(errs) > 0 {
		return "", errors.Join(errs...)
	}
	return strings.NewReplacer(pairs...).Replace(template), nil
}
