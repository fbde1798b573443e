package runtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestMemoryIdempotencyForgetsInTimeAndBySize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemoryIdempotency(10_000, time.Minute).(*idempotencyMemory)
		ctx := t.Context()
		claim := func(key string) *IdempotencyEntry {
			taken, err := m.Claim(ctx, key, IdempotencyEntry{Fingerprint: "f"})
			if err != nil {
				t.Fatal(err)
			}
			return taken
		}
		claim("a")
		if taken := claim("a"); taken == nil || taken.Answer != nil || taken.Fingerprint != "f" {
			t.Fatalf("got %v, want the claim", taken)
		}
		_ = m.Answer(ctx, "a", IdempotencyEntry{Fingerprint: "f", Answer: []byte("yes")})
		if taken := claim("a"); string(taken.Answer) != "yes" {
			t.Fatalf("got %v", taken)
		}
		claim("b")
		_ = m.Release(ctx, "b")
		if claim("b") != nil {
			t.Fatal("a released key is taken")
		}
		time.Sleep(time.Minute)
		if claim("a") != nil || m.order.Len() != 1 {
			t.Fatalf("%d entries outlive their time", m.order.Len())
		}
		for i := range 1000 {
			key := fmt.Sprint(i)
			claim(key)
			_ = m.Answer(ctx, key, IdempotencyEntry{Answer: bytes.Repeat([]byte("x"), 100)})
			if m.used > 10_000 || len(m.entries) != m.order.Len() {
				t.Fatalf("%d bytes in %d entries", m.used, len(m.entries))
			}
		}
		if claim("999") == nil {
			t.Fatal("the newest is forgotten")
		}
		for key := range m.entries {
			_ = m.Release(ctx, key)
		}
		if m.used != 0 || len(m.callers) != 0 || len(m.most) != 0 {
			t.Fatalf("%d bytes of nothing, %d callers", m.used, len(m.callers))
		}
	})
}

// TestCallerCannotPushOutTheAnswersOfOthers: room is made among those of whoever has most.
func TestCallerCannotPushOutTheAnswersOfOthers(t *testing.T) {
	t.Parallel()
	m := NewMemoryIdempotency(100_000, time.Hour).(*idempotencyMemory)
	ctx := t.Context()
	keep := func(caller, key string, size int) {
		entry := IdempotencyEntry{Caller: caller}
		_, _ = m.Claim(ctx, key, entry)
		entry.Answer = bytes.Repeat([]byte("x"), size)
		_ = m.Answer(ctx, key, entry)
		used := 0
		for i, c := range m.most {
			used += c.used
			if c.index != i || c.used > m.most[0].used {
				t.Fatalf("the callers are in no order: %d has %d, the first %d", i, c.used, m.most[0].used)
			}
		}
		if m.used > m.size || used != m.used || m.order.Len() != len(m.entries) || len(m.callers) != len(m.most) {
			t.Fatalf("%d bytes of %d in %d entries", m.used, used, len(m.entries))
		}
	}
	for n := range 20 { // honest callers with some answers each
		for i := range 3 {
			keep(fmt.Sprint("user", n), fmt.Sprint(n, "-", i), 300)
		}
	}
	for n := range 5_000 {
		keep("mallory", fmt.Sprint("m", n), 500)
		if n%7 == 0 {
			keep("mallory", fmt.Sprint("l", n), 20_000)
		}
	}
	for n := range 20 {
		for i := range 3 {
			if m.entries[fmt.Sprint(n, "-", i)] == nil {
				t.Fatalf("answer %d of user %d has been pushed out", i, n)
			}
		}
	}
	if m.entries["m4999"] == nil {
		t.Error("the newest answer is not kept")
	}
	// A single caller may use all of it.
	alone := NewMemoryIdempotency(100_000, time.Hour).(*idempotencyMemory)
	for n := range 1000 {
		_ = alone.Answer(ctx, fmt.Sprint(n), IdempotencyEntry{Answer: make([]byte, 1000)})
	}
	if alone.used < 98_000 {
		t.Errorf("only %d bytes are used", alone.used)
	}
}

// TestStoreIsToldWhoseAnEntryIs: one principal has one name in it, over all keys and both transports; another has
// another.
func TestStoreIsToldWhoseAnEntryIs(t *testing.T) {
	t.Parallel()
	op := &Operation{Security: []Requirement{{{Scheme: "token"}}}}
	s := keyedServer(func(context.Context) (any, error) { return echoOf(1) }, op,
		WithSecurity("token", func(_ context.Context, c BearerCredentials) (*Identity, error) {
			return &Identity{Subject: c.Token}, nil
		}))
	s.api.Security = []SecurityScheme{{Name: "token", Type: "http", Scheme: "bearer"}}
	s.schemes["token"] = &s.api.Security[0]
	for _, key := range []string{"a", "b"} {
		for _, who := range []string{"ada", "bob"} {
			got := serve(s, request("POST", "/op", "", "Idempotency-Key: "+key, "Authorization: Bearer "+who))
			if got.status != 200 {
				t.Fatalf("got %s", got)
			}
		}
		callFrame(t.Context(), s, frame{op: "op", headers: `{"idempotency-key":"` + key + `s","authorization":"Bearer ada"}`})
	}
	m := s.keyed.store.(*idempotencyMemory)
	var sizes []int
	for name, c := range m.callers {
		if name == "" {
			t.Error("nobody's")
		}
		sizes = append(sizes, c.order.Len())
	}
	slices.Sort(sizes)
	if fmt.Sprint(sizes) != "[2 4]" {
		t.Errorf("got callers with %v entries", sizes)
	}
}

// keyedServer has one POST operation, which answers what the handler says.
func keyedServer(handler func(ctx context.Context) (any, error), op *Operation, opts ...Option) *Server {
	op.ID, op.Method, op.Path = "op", "POST", "/op"
	op.Responses = append(op.Responses, echoResponses...)
	type none struct{}
	return NewServer(&API{}, []Binding{Bind(op, func(ctx context.Context, _ *none) (any, error) { return handler(ctx) })},
		append(opts, silent())...)
}

func TestAnswerTooLargeToKeepIsNotMadeTwice(t *testing.T) {
	t.Parallel()
	runs := 0
	s := keyedServer(func(context.Context) (any, error) {
		runs++
		return echoOf(strings.Repeat("x", maxKeptAnswer))
	}, &Operation{})
	post := func() reaction { return serve(s, request("POST", "/op", "", "Idempotency-Key: k")) }
	if got := post(); got.status != 200 {
		t.Fatalf("got %s", got)
	}
	if got := post(); got.status != 409 || !strings.Contains(got.body, "idempotency-answer-lost") || runs != 1 {
		t.Fatalf("got %s after %d runs", got, runs)
	}
}

func TestPanicGivesTheKeyBack(t *testing.T) {
	t.Parallel()
	runs := 0
	s := keyedServer(func(context.Context) (any, error) {
		if runs++; runs == 1 {
			panic("once")
		}
		return echoOf(runs)
	}, &Operation{})
	for _, want := range []int{500, 200, 200} {
		if got := serve(s, request("POST", "/op", "", "Idempotency-Key: k")); got.status != want {
			t.Fatalf("got %s, want %d", got, want)
		}
	}
	if runs != 2 || len(s.keyed.running) != 0 {
		t.Fatalf("%d runs, %d keys are still held", runs, len(s.keyed.running))
	}
}

// TestKeyedCallOutlivesItsCallerForAWhile: it goes on without one, and does not go on for ever.
func TestKeyedCallOutlivesItsCallerForAWhile(t *testing.T) {
	t.Parallel()
	for _, timeout := range []string{"", "5s"} {
		synctest.Test(t, func(t *testing.T) {
			var ended error
			s := keyedServer(func(ctx context.Context) (any, error) {
				<-ctx.Done()
				ended = ctx.Err()
				return nil, ctx.Err()
			}, &Operation{Timeout: timeout})
			ctx, leave := context.WithTimeout(t.Context(), time.Second)
			defer leave()
			begin := time.Now()
			serve(s, request("POST", "/op", "", "Idempotency-Key: k").WithContext(ctx))
			want, cause := time.Second+idempotencyPatience, context.Canceled
			if timeout != "" {
				want, cause = 5*time.Second, context.DeadlineExceeded
			}
			if took := time.Since(begin); took != want || !errors.Is(ended, cause) {
				t.Errorf("timeout %q: ended after %v with %v, want %v with %v", timeout, took, ended, want, cause)
			}
		})
	}
}

func TestCallGivesUpWaitingForTheOneWithItsKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		s := keyedServer(func(context.Context) (any, error) { <-open; return echoOf(1) }, &Operation{})
		post := func(ctx context.Context) reaction {
			return serve(s, request("POST", "/op", "", "Idempotency-Key: k").WithContext(ctx))
		}
		go post(t.Context())
		synctest.Wait()
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		if got := post(ctx); got.status != 504 {
			t.Errorf("got %s, want what a caller without patience gets", got)
		}
		begin := time.Now()
		if got := post(t.Context()); got.status != 409 || got.header.Get("Retry-After") != "1" || time.Since(begin) != idempotencyPatience {
			t.Errorf("got %s after %v", got, time.Since(begin))
		}
		close(open)
	})
}

func TestWhiteSpaceOutsideOfStringsMeansNothing(t *testing.T) {
	t.Parallel()
	got := withoutSpace([]byte(" {\n\t\"a b\\\" c\" : [1, \"\\\\\" ,null]}\r\n"))
	if want := `{"a b\" c":[1,"\\",null]}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
