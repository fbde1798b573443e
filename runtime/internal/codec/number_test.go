package codec

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
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

// TestShortFloatsAreReadLikeStrconv covers the short cut for numbers of few digits and its edges.
func TestShortFloatsAreReadLikeStrconv(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(10, 11))
	texts := []string{
		"0", "-0", "0.0", "-0.0", "1", "-1", "0.1", "19.99", "0.000000000000001", "999999999999999", "9999999999999999", "0.999999999999999", "1.0000000000000000",
		"123456789012345", "1234567890123456", "12345678.9012345", "12345678.90123456", "1e5", "1E-5", "1.5e300", "-0.00", "100000000000000.0",
	}
	for range 50000 {
		texts = append(texts, strconv.FormatFloat(math.Round(r.NormFloat64()*1e9)/math.Pow10(r.IntN(12)), 'f', -1, 64))
	}
	short := 0
	for _, text := range texts {
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := shortFloat([]byte(text))
		if !ok {
			continue
		}
		if short++; math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%s: got %v, want %v", text, got, want)
		}
	}
	if short < len(texts)/2 {
		t.Errorf("only %d of %d took the short cut", short, len(texts))
	}
}
