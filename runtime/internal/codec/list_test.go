package codec

import (
	"fmt"
	"strings"
	"testing"
)

// Lists of strings share memory, which nobody may notice.
func TestListsOfStringsAreApart(t *testing.T) {
	t.Parallel()
	type tagged struct {
		Tags []string `json:"tags"`
	}
	c := codecFor[[]tagged](t, `{"type":"array","items":{"type":"object","properties":{"tags":{"type":"array","items":{"type":"string"}}}}}`, Request)
	var text []string
	for i := range 40 {
		var tags []string
		for j := range i {
			tags = append(tags, fmt.Sprintf(`"%d-%d"`, i, j))
		}
		text = append(text, `{"tags":[`+strings.Join(tags, ",")+`]}`)
	}
	var got []tagged
	if err := c.Decode([]byte("["+strings.Join(text, ",")+"]"), &got, Options{}); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		_ = append(got[i].Tags, "spilt") // into the next, if it had more room than it is long
	}
	for i, item := range got {
		if len(item.Tags) != i || item.Tags == nil {
			t.Fatalf("list %d has %d strings", i, len(item.Tags))
		}
		for j, tag := range item.Tags {
			if tag != fmt.Sprintf("%d-%d", i, j) {
				t.Fatalf("string %d of list %d is %q", j, i, tag)
			}
		}
	}
}
