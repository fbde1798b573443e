package runtime

import "sync"

// maxPooled is the largest buffer that goes back to the pool. A rare huge answer must not stay
// in memory for good.
const maxPooled = 64 << 10

// A buffer is a pooled byte slice.
type buffer struct{ b []byte }

var buffers = sync.Pool{New: func() any { return &buffer{b: make([]byte, 0, 1024)} }}

func newBuffer() *buffer { return buffers.Get().(*buffer) }

// free returns the buffer to the pool. Nothing may refer to its bytes any more.
func (b *buffer) free() {
	if cap(b.b) > maxPooled {
		return
	}
	b.b = b.b[:0]
	buffers.Put(b)
}
