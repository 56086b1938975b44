package jira

import (
	"time"

	"mgit/internal/tracker"
)

// written is what this client knows of an issue that it made or changed.
type written struct {
	at     time.Time // as it stood when it was last read from Jira itself
	writes int       // of this client, begun and ended
	read   int       // how many of these the reading at had seen
}

// isStale reports whether it was written since it was read.
func (w written) isStale() bool { return w.writes != w.read }

// touch notes that an issue is being written, or was.
func (c *Client) touch(keys ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range keys {
		w := c.wrote[key]
		w.writes++
		c.wrote[key] = w
	}
}

// generations are how often the issues were written, for haveRead.
func (c *Client) generations(keys []string) map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := make(map[string]int)
	for _, key := range keys {
		if w, ok := c.wrote[key]; ok {
			before[key] = w.writes
		}
	}
	return before
}

// haveRead notes what was read from Jira itself after before was taken. What was not
// there any more is forgotten.
func (c *Client) haveRead(before map[string]int, issues []tracker.Issue) {
	c.mu.Lock()
	defer c.mu.Unlock()
	there := make(map[string]time.Time, len(issues))
	for _, i := range issues {
		there[i.ID] = i.Updated
	}
	for key, writes := range before {
		at, ok := there[key]
		if !ok {
			delete(c.wrote, key)
			continue
		}
		w := c.wrote[key]
		w.at, w.read = at, writes
		c.wrote[key] = w
	}
}
