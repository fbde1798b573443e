package message

import (
	"encoding/json"
	"testing"
)

func TestSizesAreWhatTheTablesSay(t *testing.T) {
	var n New
	if err := json.Unmarshal(Body, &n); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		value any
		want  int
	}{"body": {n, BodySize}, "reply": {Reply(Room, &n), ReplySize}, "event": {Event(), EventSize}} {
		data, err := json.Marshal(c.value)
		if err != nil || len(data) != c.want {
			t.Errorf("%s has %d bytes, want %d: %s %v", name, len(data), c.want, data, err)
		}
	}
}
