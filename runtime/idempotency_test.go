package runtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
		if m.used != 0 {
			t.Fatalf("%d bytes of nothing", m.used)
		}
	})
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
