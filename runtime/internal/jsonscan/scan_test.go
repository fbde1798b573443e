package jsonscan

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestStringsAtEveryAlignment moves each special byte through the eight positions of a word.
func TestStringsAtEveryAlignment(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		part    string
		text    string
		ok      bool
		escaped bool
	}{
		{`é`, `é`, true, false}, {`\n`, "\n", true, true}, {`\u00e9`, `é`, true, true}, {`\ud83d\ude00`, "😀", true, true}, {"\x7f", "\x7f", true, false},
		{"\x1f", "", false, false}, {"\xff", "", false, false}, {"\xc3", "", false, false}, {`\q`, "", false, false}, {`\ud83d`, "", false, false}, {`\u12g4`, "", false, false},
	} {
		for before := range 20 {
			for after := range 20 {
				data := []byte(`"` + strings.Repeat("a", before) + k.part + strings.Repeat("b", after) + `" ,`)
				end, escaped := String(data, 0)
				if !k.ok {
					if end >= 0 {
						t.Errorf("%q is accepted", data)
					}
					continue
				}
				if end != len(data)-2 || escaped != k.escaped {
					t.Errorf("%q: end %d, escaped %v", data, end, escaped)
					continue
				}
				want := strings.Repeat("a", before) + k.text + strings.Repeat("b", after)
				if got := Text(data[1:end-1], escaped); got != want {
					t.Errorf("%q: got %q", data, got)
				}
			}
		}
	}
}

func TestRepeatedNamesAreFound(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 8, 9, 10, 100, 1000} {
		for _, at := range []int{0, (n - 1) / 2, n - 2} {
			var b bytes.Buffer
			b.WriteByte('{')
			for i := range n - 1 {
				fmt.Fprintf(&b, `"n%d":{"x":1},`, i)
			}
			unique := b.String() + `"last":1}`
			repeated := b.String() + fmt.Sprintf(`"\u006e%d":1}`, at)
			var s Skipper
			if end := s.Skip([]byte(unique), 0, 2); end != len(unique) {
				t.Errorf("%d names: refused", n)
			}
			if end := s.Skip([]byte(repeated), 0, 2); end >= 0 {
				t.Errorf("%d names, n%d twice: accepted", n, at)
			}
			var d Doc
			err := d.Parse([]byte(repeated), 2)
			want := fmt.Sprintf("invalid JSON at byte %d: duplicate member \"n%d\"", b.Len(), at)
			if err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	}
}

func TestTreeIsNavigable(t *testing.T) {
	t.Parallel()
	var d Doc
	text := ` {"a": [1, {"b/c": "\u0064"}, []], "~": null}`
	if err := d.Parse([]byte(text), 10); err != nil {
		t.Fatal(err)
	}
	for pointer, raw := range map[string]string{
		"": text[1:], "/a": `[1, {"b/c": "\u0064"}, []]`, "/a/0": "1", "/a/1": `{"b/c": "\u0064"}`, "/a/1/b~1c": `"\u0064"`, "/a/2": "[]", "/~0": "null",
	} {
		i := d.At(strings.Index(text, raw))
		if i < 0 || d.Pointer(i) != pointer || string(d.Raw(i)) != raw {
			t.Errorf("%q: node %d", pointer, i)
		}
	}
	if i := d.Member(0, "~"); i < 0 || d.Key(i) != "~" || d.Nodes[i].Kind != KindNull {
		t.Errorf("member ~ is node %d", i)
	}
	if d.At(0) >= 0 || d.Member(0, "z") >= 0 {
		t.Error("found what is not there")
	}
	if got := d.Text(d.At(strings.Index(text, `"\u0064"`))); got != "d" {
		t.Errorf("got %q", got)
	}
}
