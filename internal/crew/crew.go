// Package crew runs work at the same time in goroutines whose panics are those of whoever waits for them.
//
// A panic in a goroutine ends the process where it is, and nobody above can put a terminal in order or say
// what happened. A crew keeps it, and Wait panics with it in the goroutine that waits, which is where a command
// ends and where the screen catches it.
package crew

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// Panic is a panic in a crew, with the stack of where it happened.
type Panic struct {
	Value any
	Stack []byte
}

// Error has the stack too, since the runtime prints it where nobody catches the panic, and the stack it adds
// is that of Wait.
func (p *Panic) Error() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

// Group is a crew. The zero Group is empty and ready to use; it must not be copied once it is in use.
type Group struct {
	all    sync.WaitGroup
	mutex  sync.Mutex
	fallen *Panic // the first one
}

// Go calls work in a goroutine.
func (g *Group) Go(work func()) {
	g.all.Go(func() { g.Do(work) })
}

// Do calls work here, and reports whether it came to its end. It is for loops that must not end before others
// do, such as one that takes what another goroutine sends: that one would wait for good.
func (g *Group) Do(work func()) (ended bool) {
	defer func() {
		if r := recover(); r != nil {
			g.keep(r)
		}
	}()
	work()
	return true
}

// keep keeps the first panic. One that came through another crew is kept as it is.
func (g *Group) keep(value any) {
	p, isKept := value.(*Panic)
	if !isKept {
		p = &Panic{value, debug.Stack()}
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.fallen == nil {
		g.fallen = p
	}
}

// Wait waits until all that Go began has ended, and panics with a *Panic where something did.
func (g *Group) Wait() {
	g.all.Wait()
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.fallen != nil {
		panic(g.fallen)
	}
}
