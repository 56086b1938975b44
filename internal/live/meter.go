package live

import (
	"sync"
	"sync/atomic"
	"time"
)

// Progress is how far a long step has come. While the tree is listed, totals
// are not known and are 0.
type Progress struct {
	Files, TotalFiles int
	Bytes, TotalBytes int64
}

// meterInterval is the least time between two reports.
const meterInterval = 50 * time.Millisecond

// meter counts what workers have done and reports it, from one of them at a
// time. The zero meter counts and is silent.
type meter struct {
	report       func(Progress)
	totalFiles   int
	totalBytes   int64
	files, bytes atomic.Int64

	mu   sync.Mutex
	last time.Time
}

func (m *meter) add(files int, bytes int64) {
	m.files.Add(int64(files))
	m.bytes.Add(bytes)
	if m.report == nil || !m.mu.TryLock() {
		return
	}
	defer m.mu.Unlock()
	if now := time.Now(); now.Sub(m.last) >= meterInterval {
		m.last = now
		m.tell()
	}
}

// finish reports the end.
func (m *meter) finish() {
	if m.report == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tell()
}

func (m *meter) tell() {
	m.report(Progress{int(m.files.Load()), m.totalFiles, m.bytes.Load(), m.totalBytes})
}
