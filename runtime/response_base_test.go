package runtime

import (
	"reflect"
	"testing"
)

// Answers are read where the interface holds them, which for a struct of one pointer is no place
// in memory.
func TestResponseBaseIsTheAnswer(t *testing.T) {
	t.Parallel()
	type (
		empty   struct{}
		number  struct{ N int64 }
		pointer struct{ P *int }
		table   struct{ M map[string]int }
		wrapped struct{ In [1]pointer }
		words   struct{ S string }
		large   struct{ A [40]int }
	)
	n := 7
	for _, value := range []any{
		empty{}, number{1 << 40}, pointer{&n}, table{map[string]int{"a": 1}}, wrapped{[1]pointer{{&n}}},
		words{"text"}, large{[40]int{0: 1, 39: 2}}, &words{"text"}, &pointer{&n},
	} {
		want := reflect.Indirect(reflect.ValueOf(value)).Interface()
		typ, base := responseBase(value)
		if got := reflect.NewAt(typ, base).Elem().Interface(); !reflect.DeepEqual(got, want) {
			t.Errorf("responseBase(%#v) leads to %#v", value, got)
		}
	}
}
