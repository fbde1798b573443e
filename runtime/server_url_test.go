package runtime

import "testing"

func TestServerURL(t *testing.T) {
	t.Parallel()
	region := ServerVariable{Name: "region", Default: "eu", Enum: []string{"eu", "us"}}
	base := ServerVariable{Name: "base", Default: "v1"}
	us, moon, nested := region, region, base
	us.Value, moon.Value, nested.Value = "us", "moon", "{region}/x"
	for _, tt := range []struct {
		variables []ServerVariable
		want      string
	}{
		{[]ServerVariable{region, base}, "https://eu.example/v1"},
		{[]ServerVariable{us, nested}, "https://us.example/{region}/x"},
		{[]ServerVariable{moon, base}, `error: server variable region is "moon", which is none of ["eu" "us"]`},
		{nil, "https://{region}.example/{base}"},
	} {
		got, err := ServerURL("https://{region}.example/{base}", tt.variables...)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}
