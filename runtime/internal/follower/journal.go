package follower

import "sync"

// A Journal is the truth: what was published, as the publisher was told. The zero value is empty.
type Journal struct {
	mu   sync.Mutex // guards logs
	logs map[logKey]map[uint64]string
	tops map[logKey]uint64
}

type logKey struct{ address, epoch string }

// Published notes an event and its position.
func (j *Journal) Published(address, epoch string, seq uint64, id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.logs == nil {
		j.logs, j.tops = make(map[logKey]map[uint64]string), make(map[logKey]uint64)
	}
	key := logKey{address, epoch}
	if j.logs[key] == nil {
		j.logs[key] = make(map[uint64]string)
	}
	j.logs[key][seq] = id
	j.tops[key] = max(j.tops[key], seq)
}

// Forget drops what was published up to n events before the newest of each channel; followers have
// been checked against it.
func (j *Journal) Forget(n uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for key, log := range j.logs {
		for seq := range log {
			if seq+n <= j.tops[key] {
				delete(log, seq)
			}
		}
	}
}

func (j *Journal) top(address, epoch string) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.tops[logKey{address, epoch}]
}

func (j *Journal) id(address, epoch string, seq uint64) (string, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	id, ok := j.logs[logKey{address, epoch}][seq]
	return id, ok
}
