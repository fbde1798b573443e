//go:build !race

package codec

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// The race detector makes pools forget at random, so counts mean something without it only.

// Budgets are exact counts: one allocation more is a decision, not an accident.
func TestAllocationBudgets(t *testing.T) {
	one, many := benchmarkData(t)
	for _, tc := range []struct {
		name                string
		data                []byte
		schema              string
		decode, own, encode int
	}{
		{"an order of 1 KB", one, "Order", 34, 7, 0},
		{"46 of them", many, "Orders", 1483, 241, 0},
	} {
		counts := map[string]int{}
		if tc.schema == "Order" {
			counts = countAllocations[order](t, tc.schema, tc.data)
		} else {
			counts = countAllocations[[]order](t, tc.schema, tc.data)
		}
		for what, budget := range map[string]int{"decode": tc.decode, "decode owned": tc.own, "encode": tc.encode} {
			if got := counts[what]; got > budget {
				t.Errorf("%s, %s: %d allocations, budget %d", tc.name, what, got, budget)
			} else {
				t.Logf("%s, %s: %d allocations of %d", tc.name, what, got, budget)
			}
		}
	}
}

func countAllocations[T any](t *testing.T, schema string, data []byte) map[string]int {
	t.Helper()
	c, err := For(newSet(t, orderSchemas), schema, reflect.TypeFor[T](), Request)
	if err != nil {
		t.Fatal(err)
	}
	decode := func(own bool) func() {
		return func() {
			var v T
			if err := c.Decode(data, &v, Options{Own: own}); err != nil {
				t.Fatal(err)
			}
		}
	}
	var v T
	if err := c.Decode(data, &v, Options{}); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 0, 2*len(data))
	return map[string]int{
		"decode":       int(testing.AllocsPerRun(100, decode(false))),
		"decode owned": int(testing.AllocsPerRun(100, decode(true))),
		"encode": int(testing.AllocsPerRun(100, func() {
			if buf, err = c.Append(buf[:0], &v); err != nil {
				t.Fatal(err)
			}
		})),
	}
}

// Optional members of a list share allocations, and never a value.
func TestOptionalMembersAreApart(t *testing.T) {
	type item struct {
		Text  *string  `json:"text,omitzero"`
		Count *int     `json:"count,omitzero"`
		Size  *float32 `json:"size,omitzero"`
		On    *bool    `json:"on,omitzero"`
	}
	c, err := For(newSet(t, `{"Items": {"type": "array", "items": {"type": "object", "properties": {
		"text": {"type": "string"}, "count": {"type": "integer"}, "size": {"type": "number"}, "on": {"type": "boolean"}}}}}`),
		"Items", reflect.TypeFor[[]item](), Request)
	if err != nil {
		t.Fatal(err)
	}
	const n = 200
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf(`{"text":"t%d","count":%d,"size":%d.5,"on":%v}`, i, -i, i, i%3 == 0)
	}
	data := []byte("[" + strings.Join(texts, ",") + "]")
	var first, second []item
	for _, v := range []*[]item{&first, &second} {
		if err := c.Decode(data, v, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range second {
		*second[i].Text, *second[i].Count, *second[i].Size, *second[i].On = "changed", 1<<40, -1, !*second[i].On
	}
	for i, v := range first {
		got := fmt.Sprintf(`{"text":"%s","count":%d,"size":%g,"on":%v}`, *v.Text, *v.Count, *v.Size, *v.On)
		if got != texts[i] {
			t.Fatalf("item %d is %s, want %s", i, got, texts[i])
		}
	}
	if got := testing.AllocsPerRun(20, func() {
		var v []item
		if err := c.Decode(data, &v, Options{Own: true}); err != nil {
			t.Fatal(err)
		}
	}); got > n/2 {
		t.Errorf("%d items with four optional members took %v allocations, want fewer than one for two items", n, got)
	}
}
