package codec

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
)

// TestFloatsAreWrittenLikeEncodingJSON covers the short cut for numbers of few digits and its
// edges.
func TestFloatsAreWrittenLikeEncodingJSON(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 9))
	values := []float64{
		0, math.Copysign(0, -1), 1, -1, 0.1, -0.1, 19.99, 0.001, 0.0005, 1e-6, 9.99e-7, 1e15, 999999999999999, 1e20, 1e21, 123456789012345.6,
		math.MaxFloat64, math.SmallestNonzeroFloat64, 0.3, 0.1 + 0.2, 1.005, 2.675, 1e14 + 0.5, 4503599627370496.5, math.Pi,
	}
	for range 20000 {
		digits := math.Pow10(r.IntN(6))
		values = append(values, math.Round(r.NormFloat64()*1e6)/digits, r.NormFloat64(), math.Float64frombits(r.Uint64()))
	}
	for _, f := range values {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		want, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if got := appendNumber(nil, f, 64); string(got) != string(want) {
			t.Errorf("got %s, want %s", got, want)
		}
		want, err = json.Marshal(float32(f))
		if err != nil {
			continue // beyond float32
		}
		if got := appendNumber(nil, float64(float32(f)), 32); string(got) != string(want) {
			t.Errorf("float32: got %s, want %s", got, want)
		}
	}
}
