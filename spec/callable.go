package spec

import "strings"

// callable decides whether an operation may be called by socket. A call and its
// answer travel in one frame of text, so:
//
//   - a request body must have a media type that is text of bounded size: JSON,
//     form or text. One that is only multipart or binary is left to HTTP, where
//     it can be larger than a message and is streamed;
//   - a response that declares Set-Cookie needs a browser to store it, which it
//     does for HTTP only;
//   - a response that is a sequence of JSON lines is read as it arrives; event
//     streams have frames of their own.
//
// Binary responses are no obstacle: frames carry them encoded.
func (b *builder) callable(op *Operation) Callable {
	no := func(reason string) Callable { return Callable{HTTP: true, Reason: reason} }
	if op.Actions != nil && op.Actions.Call != nil && !*op.Actions.Call {
		return no("says call: false")
	}
	marked := op.Actions != nil && op.Actions.Call != nil
	if b.api.Realtime.Calls == "marked" && !marked {
		return no("is not marked with call: true")
	}
	if op.Method == "TRACE" || op.Method == "CONNECT" {
		return no("has the method " + op.Method)
	}
	if reason := bodyObstacle(op.Body); reason != "" {
		return no(reason)
	}
	for _, r := range op.Responses {
		for _, h := range r.Headers {
			if strings.EqualFold(h.Name, "Set-Cookie") {
				return no("declares Set-Cookie")
			}
		}
	}
	channel := op.Actions != nil && op.Actions.Stream != nil // a subscription by socket
	if media := onlyJSONLines(op.Responses); media != "" && !channel {
		return no("answers with " + media + ", which is read as it arrives")
	}
	return Callable{Socket: true, HTTP: true}
}

func bodyObstacle(body *Body) string {
	if body == nil {
		return ""
	}
	for _, m := range body.Content {
		switch m.Kind {
		case MediaJSON, MediaForm, MediaText:
			return ""
		}
	}
	return "takes " + body.Content[0].Type
}

// onlyJSONLines is the media type of a success that has no other form.
func onlyJSONLines(responses []*Response) string {
	for _, r := range responses {
		if r.Status[0] != '2' || len(r.Content) == 0 {
			continue
		}
		lines := ""
		for _, m := range r.Content {
			if m.Kind != MediaJSONLines {
				lines = ""
				break
			}
			lines = m.Type
		}
		if lines != "" {
			return lines
		}
	}
	return ""
}
