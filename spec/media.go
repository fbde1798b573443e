package spec

import "strings"

// mediaKind classifies a media type. Parameters ("; charset=utf-8") do not count.
func mediaKind(name string) MediaKind {
	name, _, _ = strings.Cut(strings.ToLower(name), ";")
	name = strings.TrimSpace(name)
	main, sub, _ := strings.Cut(name, "/")
	switch {
	case name == "application/json", strings.HasSuffix(sub, "+json"), name == "text/json", sub == "json":
		return MediaJSON
	case name == "application/x-www-form-urlencoded":
		return MediaForm
	case main == "multipart":
		return MediaMultipart
	case name == "text/event-stream":
		return MediaEvents
	case sub == "jsonl", sub == "x-ndjson", sub == "ndjson", sub == "json-seq", sub == "x-jsonlines", sub == "jsonlines",
		strings.HasSuffix(sub, "+json-seq"), sub == "x-jsonl":
		return MediaJSONLines
	case main == "text":
		return MediaText
	}
	return MediaBinary
}

// streams reports whether a media type is a sequence of items.
func (k MediaKind) streams() bool { return k == MediaEvents || k == MediaJSONLines }
