package codec

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"
)

type order struct {
	ID       UUID              `json:"id"`
	Number   string            `json:"number"`
	Status   string            `json:"status"`
	Placed   time.Time         `json:"placed"`
	Customer customer          `json:"customer"`
	Lines    []line            `json:"lines"`
	Total    float64           `json:"total"`
	Currency string            `json:"currency"`
	Note     *string           `json:"note,omitzero"`
	Tags     []string          `json:"tags"`
	Meta     map[string]string `json:"meta,omitzero"`
}

type customer struct {
	Name    string  `json:"name"`
	Email   string  `json:"email"`
	Address address `json:"address"`
	VIP     bool    `json:"vip"`
}

type address struct {
	Street string `json:"street"`
	City   string `json:"city"`
	Zip    string `json:"zip"`
	State  string `json:"country"`
}

type line struct {
	SKU      string  `json:"sku"`
	Title    string  `json:"title"`
	Quantity int32   `json:"quantity"`
	Price    float64 `json:"price"`
	Gift     bool    `json:"gift"`
}

const orderSchemas = `{
"X": {"$ref": "#/Order"},
"Orders": {"type": "array", "items": {"$ref": "#/Order"}, "maxItems": 1000},
"Order": {"type": "object", "required": ["id", "number", "status", "placed", "customer", "lines", "total", "currency"],
  "additionalProperties": false,
  "properties": {
    "id": {"type": "string", "format": "uuid"},
    "number": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$", "maxLength": 20},
    "status": {"type": "string", "enum": ["new", "paid", "shipped", "cancelled"]},
    "placed": {"type": "string", "format": "date-time"},
    "customer": {"$ref": "#/Customer"},
    "lines": {"type": "array", "items": {"$ref": "#/Line"}, "minItems": 1, "maxItems": 100},
    "total": {"type": "number", "minimum": 0},
    "currency": {"type": "string", "minLength": 3, "maxLength": 3},
    "note": {"type": "string", "maxLength": 500},
    "tags": {"type": "array", "items": {"type": "string", "maxLength": 30}, "maxItems": 10},
    "meta": {"type": "object", "additionalProperties": {"type": "string"}}}},
"Customer": {"type": "object", "required": ["name", "email", "address"], "properties": {
    "name": {"type": "string", "minLength": 1, "maxLength": 100},
    "email": {"type": "string", "maxLength": 200},
    "address": {"type": "object", "required": ["street", "city"], "properties": {
      "street": {"type": "string"}, "city": {"type": "string"}, "zip": {"type": "string"}, "country": {"type": "string", "maxLength": 2}}},
    "vip": {"type": "boolean"}}},
"Line": {"type": "object", "required": ["sku", "quantity", "price"], "properties": {
    "sku": {"type": "string", "minLength": 1, "maxLength": 40},
    "title": {"type": "string"},
    "quantity": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 999},
    "price": {"type": "number", "minimum": 0},
    "gift": {"type": "boolean"}}}
}`

// newOrder returns an order of about 1 KB of JSON.
func newOrder(n int) order {
	note := "Please leave it at the back door if nobody answers."
	o := order{
		Number: fmt.Sprintf("AB-%06d", n), Status: "paid",
		Placed: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC).Add(time.Duration(n) * time.Minute),
		Customer: customer{"Ada Lovelace", "ada@example.org",
			address{"12 Analytical Street", "London", "N1 7AA", "GB"}, true},
		Total: 1234.5, Currency: "EUR", Note: &note,
		Tags: []string{"fragile", "express"},
		Meta: map[string]string{"source": "web", "campaign": "spring"},
	}
	o.ID[0], o.ID[15] = byte(n), byte(n>>8)
	for i := range 6 {
		o.Lines = append(o.Lines, line{fmt.Sprintf("SKU-%05d", i*7+n), "A fine thing of good quality", int32(i + 1), 19.99 + float64(i), i == 2})
	}
	return o
}

func benchmarkData(tb testing.TB) (one []byte, many []byte) {
	one, err := json.Marshal(newOrder(1))
	if err != nil {
		tb.Fatal(err)
	}
	list := make([]order, 46)
	for i := range list {
		list[i] = newOrder(i)
	}
	many, err = json.Marshal(list)
	if err != nil {
		tb.Fatal(err)
	}
	return one, many
}

func BenchmarkDecode(b *testing.B) {
	one, many := benchmarkData(b)
	b.Run("1KB", func(b *testing.B) { benchDecode[order](b, "Order", one) })
	b.Run("50KB", func(b *testing.B) { benchDecode[[]order](b, "Orders", many) })
}

func benchDecode[T any](b *testing.B, name string, data []byte) {
	c, err := For(newSet(b, orderSchemas), name, reflect.TypeFor[T](), Request)
	if err != nil {
		b.Fatal(err)
	}
	for _, own := range []bool{false, true} {
		b.Run(fmt.Sprintf("codec/own=%v", own), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				var v T
				if err := c.Decode(data, &v, Options{Own: own}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			var v T
			if err := json.Unmarshal(data, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	one, many := benchmarkData(b)
	b.Run("1KB", func(b *testing.B) { benchEncode[order](b, "Order", one) })
	b.Run("50KB", func(b *testing.B) { benchEncode[[]order](b, "Orders", many) })
}

func benchEncode[T any](b *testing.B, name string, data []byte) {
	c, err := For(newSet(b, orderSchemas), name, reflect.TypeFor[T](), Response)
	if err != nil {
		b.Fatal(err)
	}
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		b.Fatal(err)
	}
	b.Run("codec", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(data)))
		buf := make([]byte, 0, len(data))
		for b.Loop() {
			if buf, err = c.Append(buf[:0], &v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if _, err := json.Marshal(&v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
