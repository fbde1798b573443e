package typescript

import (
	"slices"
	"strings"

	"github.com/rtgen/rtgen/spec"
)

// streams reports whether a response comes item by item.
func streams(media *spec.Media) bool {
	return media.Kind == spec.MediaEvents || media.Kind == spec.MediaJSONLines
}

// itemKind says what the items of a streamed answer are, where they are not JSON values: "text", or
// server-sent events as a whole, "event" with data that is JSON and "textEvent" with text. The first
// success that is a stream counts.
func itemKind(op *spec.Operation) string {
	for _, r := range op.Responses {
		if !isSuccess(r) && r.Status != "default" {
			continue
		}
		for _, media := range r.Content {
			if media.Kind == spec.MediaEvents {
				return eventKind(resolve(media.Shape))
			}
		}
	}
	return ""
}

func eventKind(item spec.Type) string {
	switch t := item.(type) {
	case *spec.Scalar, *spec.Enum:
		if isText(t) {
			return "text"
		}
	case *spec.Object:
		i := slices.IndexFunc(t.Fields, func(f *spec.Field) bool { return f.Name == "data" })
		switch {
		case i < 0 || t.Additional != nil || len(t.Patterns) > 0 || slices.ContainsFunc(t.Fields, func(f *spec.Field) bool { return !eventFields[f.Name] }):
			return ""
		case isText(resolve(t.Fields[i].Type)):
			return "textEvent"
		}
		return "event"
	}
	return ""
}

// eventFields are what a server-sent event consists of: an object that has data and nothing else than these
// is one (OpenAPI 3.2, 4.14.4).
var eventFields = map[string]bool{"data": true, "event": true, "id": true, "retry": true}

// isText reports whether all values of a type are strings.
func isText(t spec.Type) bool {
	switch t := t.(type) {
	case *spec.Scalar:
		return t.Kind == spec.String
	case *spec.Nullable:
		return isText(resolve(t.Elem))
	case *spec.Enum:
		return len(t.Values) > 0 && !slices.ContainsFunc(t.Values, func(v spec.EnumValue) bool { return !strings.HasPrefix(string(v.JSON), `"`) })
	}
	return false
}
