package runtime

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"pgregory.net/rapid"

	"github.com/rtgen/rtgen/runtime/internal/follower"
)

// The model-based test of channels and recovery: random programs of publishing, joining, losing
// connections, stalling, restarting, played by followers against the real runtime under a virtual
// clock. A follower fails as soon as the promise of recovery is broken; when the program is over
// and everybody is connected, nobody may lack anything.

// A modelPlan is a random document and a random program.
type modelPlan struct {
	history  int
	ttl      string
	recovery string
	overflow string
	rate     string
	queue    int
	streams  int // so many clients have event streams in place of sockets
	steps    []modelStep
}

// A modelStep is one step; which numbers it uses depends on its kind.
type modelStep struct {
	kind   string
	client int
	room   string
	count  int
	size   int
	after  time.Duration
	settle bool // let everything come to rest before the next one
}

func (s modelStep) String() string {
	return fmt.Sprintf("%s client %d room %s count %d size %d after %v settle %v", s.kind, s.client, s.room, s.count, s.size, s.after, s.settle)
}

const modelClients = 3

// stepKinds are drawn with equal chances; what matters most is there more than once.
var stepKinds = []string{
	"publish", "publish", "publish", "volatile", "join", "join", "leave", "cut", "cut", "connect", "connect", "connect",
	"rush", "rush", "together", "together", "rejoin", "sleep", "stall", "wake", "evict", "revoke", "expel", "crash", "restart", "rolling",
}

func drawPlan(t *rapid.T) modelPlan {
	p := modelPlan{
		history:  rapid.SampledFrom([]int{3, 20, 200}).Draw(t, "history"),
		ttl:      rapid.SampledFrom([]string{"5s", "10m", ""}).Draw(t, "ttl"),
		recovery: rapid.SampledFrom([]string{"stream", "stream", "latest"}).Draw(t, "recovery"),
		overflow: rapid.SampledFrom([]string{"", "", "conflate", "drop"}).Draw(t, "overflow"),
		rate:     rapid.SampledFrom([]string{"", "", "", "20/s"}).Draw(t, "rate"),
		queue:    rapid.SampledFrom([]int{16 << 10, 1 << 20}).Draw(t, "queue"),
	}
	p.streams = rapid.IntRange(0, modelClients).Draw(t, "streams")
	step := rapid.Custom(func(t *rapid.T) modelStep {
		return modelStep{
			kind:   rapid.SampledFrom(stepKinds).Draw(t, "kind"),
			client: rapid.IntRange(0, modelClients-1).Draw(t, "client"),
			room:   rapid.SampledFrom([]string{"a", "b"}).Draw(t, "room"),
			count:  rapid.IntRange(1, 12).Draw(t, "count"),
			size:   rapid.SampledFrom([]int{10, 10, 3000}).Draw(t, "size"),
			after:  rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, 7 * time.Second, 2 * time.Minute}).Draw(t, "after"),
			settle: rapid.Bool().Draw(t, "settle"),
		}
	})
	p.steps = rapid.SliceOfN(step, 1, 80).Draw(t, "steps")
	return p
}

func TestRecoveryKeepsItsPromiseWhateverHappens(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	met := follower.Stats{Resets: map[string]int{}}
	ends := map[int]int{}
	t.Cleanup(func() {
		t.Logf("met %+v, sockets ended with %v", met, ends)
		for _, code := range []int{closeSlowConsumer, closeRevoked, closeDrain, closeAbnormal, 4999} {
			if ends[code] == 0 {
				t.Errorf("the programs are too tame: no socket ended with %d", code)
			}
		}
		if met.Events == 0 || met.Recovered == 0 || met.Gaps == 0 || met.Resets["epoch"] == 0 || met.Resets["truncated"] == 0 {
			t.Errorf("the programs are too tame: %+v", met)
		}
	})
	// A hundred programs each; -rapid.checks plays more.
	for i := range 5 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				plan := drawPlan(rt)
				stats, codes, err := playPlan(t, plan)
				if err != nil {
					rt.Fatalf("%+v\n%s\n%v", plan, stepLines(plan.steps), err)
				}
				mu.Lock()
				defer mu.Unlock()
				for code, n := range codes {
					ends[code] += n
				}
				for _, one := range stats {
					met.Events, met.Recovered, met.Gaps = met.Events+one.Events, met.Recovered+one.Recovered, met.Gaps+one.Gaps
					for reason, n := range one.Resets {
						met.Resets[reason] += n
					}
				}
			})
		})
	}
}

// playPlan plays a program and returns what its clients have met.
func playPlan(t *testing.T, plan modelPlan) (stats []follower.Stats, ends map[int]int, err error) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, plan)
		err = m.run()
		m.end()
		m.mu.Lock()
		defer m.mu.Unlock()
		ends = maps.Clone(m.ends)
		for _, c := range m.clients {
			stats = append(stats, c.follower.Stats())
		}
	})
	return stats, ends, err
}

func stepLines(steps []modelStep) string {
	var b strings.Builder
	for _, s := range steps {
		fmt.Fprintln(&b, "\t"+s.String())
	}
	return b.String()
}

// A model is a program being played.
type model struct {
	t       *testing.T
	plan    modelPlan
	rig     *rig
	engine  Engine
	key     []byte
	journal follower.Journal
	clients []*modelClient
	next    int            // id of the next event
	beside  sync.WaitGroup // what runs beside the steps
	mu      sync.Mutex     // guards next, errs and ends
	errs    []error
	ends    map[int]int // of sockets, by close code
}

func newModel(t *testing.T, plan modelPlan) *model {
	m := &model{t: t, plan: plan, engine: NewMemoryEngine(), key: []byte(strings.Repeat("k", 32)), ends: map[int]int{}}
	m.start()
	for i := range modelClients {
		c := &modelClient{model: m, token: fmt.Sprint("client", i), byStream: i < plan.streams}
		c.follower = follower.New(follower.Rules{
			Hello: fmt.Sprintf(`"auth":{"scheme":"bearer","token":%q}`, c.token), Apart: c.byStream,
			Channel: "room", Join: "join", Leave: "leave",
			Members: func(room string) string { return `"body":{"room":"` + room + `"}` },
			Address: func(room string) string { return "rooms/" + room },
			Gaps:    plan.overflow != "" || plan.rate != "",
			Latest:  plan.recovery == "latest",
		})
		m.clients = append(m.clients, c)
		c.follower.Join("a") // sent with the welcome
		c.follower.Join("b")
		c.connect()
	}
	synctest.Wait()
	return m
}

// lasting is an engine that servers come and go without.
type lasting struct{ Engine }

func (lasting) Close() error { return nil }

// start brings a server up on the engine.
func (m *model) start() {
	spec := roomSpec()
	room := &spec.Channels[0]
	room.History, room.TTL, room.Recovery, room.Overflow, room.Rate = m.plan.history, m.plan.ttl, m.plan.recovery, m.plan.overflow, m.plan.rate
	m.rig = newRig(m.t, spec, WithEngine(lasting{m.engine}), WithResumeKey(m.key), WithLimits(Limits{Queue: m.plan.queue}),
		Authenticate(byToken), OnDisconnect(func(_ *Socket, info CloseInfo) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.ends[info.Code]++
		}))
	bind := map[string]string{"room": "$request.body#/room"}
	ok := func(context.Context, *callInput) (int, string) { return 200, `{}` }
	m.rig.handle(&Operation{ID: "join", Subscribe: []Target{{Channel: "room", Bind: bind}}}, ok)
	m.rig.handle(&Operation{ID: "leave", Unsubscribe: []Target{{Channel: "room", Bind: bind}}}, ok)
	m.rig.listen.SetWindow(8 << 10)
}

func (m *model) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.errs = append(m.errs, err)
}

func (m *model) run() error {
	for i, s := range m.plan.steps {
		m.step(s)
		if s.settle {
			synctest.Wait()
		}
		if err := m.check(); err != nil {
			return fmt.Errorf("at step %d: %w", i, err)
		}
	}
	m.beside.Wait()
	for _, c := range m.clients {
		c.wake()
	}
	// Whoever was too slow hears of it now; then everybody is there and nothing happens any more.
	for range 3 {
		<-time.After(30 * time.Second)
		for _, c := range m.clients {
			c.connect()
		}
		synctest.Wait()
	}
	<-time.After(time.Minute)
	synctest.Wait()
	errs := []error{m.check()}
	for i, c := range m.clients {
		if err := errors.Join(c.follower.Settled(&m.journal), c.follower.Check(&m.journal)); err != nil {
			errs = append(errs, fmt.Errorf("client %d: %w", i, err))
		}
	}
	return errors.Join(errs...)
}

func (m *model) check() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return errors.Join(m.errs...)
}

func (m *model) end() {
	m.beside.Wait()
	for _, c := range m.clients {
		c.wake()
		c.cut()
	}
	for _, c := range m.clients {
		c.running.Wait()
	}
	_ = m.engine.Close()
}

func (m *model) step(s modelStep) {
	c := m.clients[s.client]
	switch s.kind {
	case "publish":
		m.publish(s)
	case "volatile":
		_, _ = PublishEvent(m.t.Context(), m.rig.room(s.room), "typing", &said{ID: "v"}) // takes no position
	case "join":
		c.send(c.follower.Join(s.room))
	case "leave":
		c.send(c.follower.Leave(s.room))
	case "cut":
		c.cut()
	case "connect":
		c.connect()
	case "rush": // publish while somebody comes back
		c.cut()
		rig := m.rig
		m.beside.Go(func() {
			for range s.count {
				m.publishTo(rig, s.room, s.size)
			}
		})
		c.connect()
	case "together": // two come back at once, while somebody publishes
		other := m.clients[(s.client+1)%len(m.clients)]
		c.cut()
		other.cut()
		m.publish(s)
		rig := m.rig
		m.beside.Go(func() { m.publishTo(rig, s.room, s.size) })
		var both sync.WaitGroup
		both.Go(c.connect)
		both.Go(other.connect)
		both.Wait()
	case "rejoin":
		c.send(c.follower.Leave(s.room))
		c.send(c.follower.Join(s.room))
	case "revoke":
		m.rig.rt.server.RevokeUser(c.token, "")
	case "expel": // the application puts everybody out, who come again
		if err := m.rig.room(s.room).LeaveAll(m.t.Context()); err != nil {
			m.fail(err)
		}
	case "sleep":
		<-time.After(s.after)
	case "stall":
		c.stall()
	case "wake":
		c.wake()
	case "evict":
		c.evict()
	case "crash":
		m.crash()
		m.engine = NewMemoryEngine()
		m.start()
	case "restart":
		m.beside.Wait()
		m.crash()
		m.start()
	case "rolling":
		m.beside.Wait()
		ctx, cancel := context.WithTimeout(m.t.Context(), s.after)
		_ = m.rig.rt.server.Shutdown(ctx) // a client that does not read is cut off
		cancel()
		m.start()
	}
}

func (m *model) publish(s modelStep) {
	for range s.count {
		m.publishTo(m.rig, s.room, s.size)
	}
}

func (m *model) publishTo(g *rig, room string, size int) {
	m.mu.Lock()
	m.next++
	id := fmt.Sprintf("%0*d", size, m.next)
	m.mu.Unlock()
	pos, err := PublishEvent(context.Background(), g.room(room), "said", &said{ID: id})
	switch {
	case errors.Is(err, ErrEngineClosed):
	case err != nil:
		m.fail(fmt.Errorf("publish: %w", err))
	default:
		m.journal.Published("rooms/"+room, pos.Epoch, pos.Seq, pos.Last)
	}
}

// crash ends the server without a word to anybody.
func (m *model) crash() {
	_ = m.rig.listen.Close()
	for _, s := range m.rig.rt.sockets.all() {
		s.wire.close()
	}
	<-m.rig.rt.sockets.gone()
}

// A modelClient is a follower and its connection.
type modelClient struct {
	model    *model
	token    string
	byStream bool
	follower *follower.Follower
	running  sync.WaitGroup // goroutines of all connections

	mu   sync.Mutex    // guards everything below
	conn *modelConn    // nil: none
	gate chan struct{} // while it is there, nothing is read
}

type modelConn struct {
	line modelLine
	out  chan string   // to be written
	done chan struct{} // reading has ended
}

// A modelLine is what a client is connected by.
type modelLine interface {
	read() ([]byte, error)
	write(frame string) error
	close()
}

type modelSocket struct{ ws *websocket.Conn }

func (s modelSocket) read() ([]byte, error) {
	_, data, err := s.ws.ReadMessage()
	return data, err
}

func (s modelSocket) write(frame string) error {
	return s.ws.WriteMessage(websocket.TextMessage, []byte(frame))
}
func (s modelSocket) close() { _ = s.ws.NetConn().Close() }

// connect opens a connection unless there is one.
func (c *modelClient) connect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		return
	}
	conn := &modelConn{out: make(chan string, 1024), done: make(chan struct{})}
	if c.byStream {
		stream, err := openModelStream(c.model.rig, c.token, c.follower.Connect())
		if err != nil {
			c.follower.Lost()
			return // the server is going down
		}
		conn.line = stream
	} else {
		d := websocket.Dialer{NetDialContext: c.model.rig.listen.Dial, Subprotocols: []string{subprotocol}, HandshakeTimeout: 10 * time.Second}
		ws, _, err := d.Dial("ws://chat.example/realtime", nil)
		if err != nil {
			return
		}
		conn.line = modelSocket{ws}
		conn.out <- c.follower.Connect()
	}
	c.conn = conn
	c.running.Go(func() { conn.write() })
	c.running.Go(func() { c.read(conn) })
}

func (n *modelConn) write() {
	for {
		select {
		case text := <-n.out:
			if n.line.write(text) != nil {
				return // reading ends, too
			}
		case <-n.done:
			return
		}
	}
}

// read takes in what comes until the connection ends.
func (c *modelClient) read(n *modelConn) {
	defer close(n.done)
	for {
		c.mu.Lock()
		gate := c.gate
		c.mu.Unlock()
		if gate != nil {
			<-gate
		}
		data, err := n.line.read()
		c.mu.Lock()
		if c.conn != n {
			c.mu.Unlock() // cut: what still arrives is never seen
			return
		}
		if err != nil {
			c.conn = nil
			c.follower.Lost()
			c.mu.Unlock()
			n.line.close()
			return
		}
		answers, err := c.follower.Receive(data)
		c.mu.Unlock()
		if err != nil {
			c.model.fail(err)
		}
		for _, a := range answers {
			n.out <- a
		}
	}
}

func (c *modelClient) send(frames []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return // Join and Leave return frames on a connection only
	}
	for _, f := range frames {
		c.conn.out <- f
	}
}

// cut loses the connection without a word.
func (c *modelClient) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return
	}
	c.conn.line.close()
	c.conn = nil
	c.follower.Lost()
}

func (c *modelClient) stall() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gate == nil {
		c.gate = make(chan struct{})
	}
}

func (c *modelClient) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gate != nil {
		close(c.gate)
		c.gate = nil
	}
}

// evict has the server disconnect all sockets that it has: whose they are it cannot tell.
func (c *modelClient) evict() {
	for _, s := range c.model.rig.rt.sockets.all() {
		s.Close(4999, "come again")
	}
}
