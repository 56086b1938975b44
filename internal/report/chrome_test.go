package report_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// chrome is a headless Chromium with one page, driven by the DevTools protocol over a
// pair of pipes: https://chromedevtools.github.io/devtools-protocol
type chrome struct {
	t       *testing.T
	session string
	*wire
}

// wire carries commands, replies and events.
type wire struct {
	out  *os.File // what the browser reads
	gone chan struct{}

	mu      sync.Mutex
	last    int
	waiting map[int]chan reply
	events  []event
}

// as is the same browser for a subtest.
func (c *chrome) as(t *testing.T) *chrome {
	return &chrome{t: t, session: c.session, wire: c.wire}
}

type reply struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

type event struct {
	Method string
	Params json.RawMessage
}

// startChrome starts the browser, or skips the test where there is none.
func startChrome(t *testing.T) *chrome {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		t.Skip("no chromium, chromium-browser or google-chrome is installed: the page is not tried in a browser")
	}
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(
		ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank",
	)
	cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	cmd.WaitDelay = 5 * time.Second
	c := &chrome{t: t, wire: &wire{out: ourOut, waiting: map[int]chan reply{}, gone: make(chan struct{})}}
	if err := cmd.Start(); err != nil {
		cancel()
		t.Skipf("%s does not start: %v", program, err)
	}
	_, _ = theirIn.Close(), theirOut.Close()
	go c.listen(ourIn)
	t.Cleanup(func() {
		_, _ = c.send("", "Browser.close", nil)
		select {
		case <-c.gone:
		case <-time.After(3 * time.Second):
		}
		cancel()
		_ = cmd.Wait()
		_, _ = ourOut.Close(), ourIn.Close()
	})
	c.attach()
	return c
}

func (c *chrome) attach() {
	c.t.Helper()
	var target struct {
		ID string `json:"targetId"`
	}
	c.into(&target, "", "Target.createTarget", map[string]any{"url": "about:blank"})
	var session struct {
		ID string `json:"sessionId"`
	}
	c.into(&session, "", "Target.attachToTarget", map[string]any{"targetId": target.ID, "flatten": true})
	c.session = session.ID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		c.call(domain+".enable", nil)
	}
}

// listen hands replies to who waits for them and keeps events.
func (c *wire) listen(in *os.File) {
	defer close(c.gone)
	r := bufio.NewReader(in)
	for {
		data, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m reply
		if json.Unmarshal(data[:len(data)-1], &m) != nil {
			continue
		}
		c.mu.Lock()
		if wait := c.waiting[m.ID]; m.ID != 0 && wait != nil {
			wait <- m
			delete(c.waiting, m.ID)
		} else if m.Method != "" {
			c.events = append(c.events, event{m.Method, m.Params})
		}
		c.mu.Unlock()
	}
}

func (c *wire) send(session, method string, params any) (json.RawMessage, error) {
	wait := make(chan reply, 1)
	c.mu.Lock()
	c.last++
	id := c.last
	c.waiting[id] = wait
	c.mu.Unlock()
	message := map[string]any{"id": id, "method": method}
	if params != nil {
		message["params"] = params
	}
	if session != "" {
		message["sessionId"] = session
	}
	data, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	if _, err := c.out.Write(append(data, 0)); err != nil {
		return nil, err
	}
	select {
	case m := <-wait:
		if m.Error != nil {
			return nil, errors.New(m.Error.Message)
		}
		return m.Result, nil
	case <-c.gone:
		return nil, errors.New("the browser has ended")
	case <-time.After(30 * time.Second):
		return nil, errors.New("no answer in 30 s")
	}
}

func (c *chrome) into(v any, session, method string, params any) {
	c.t.Helper()
	data, err := c.send(session, method, params)
	if err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal(data, v); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

// call sends a command to the page.
func (c *chrome) call(method string, params any) {
	c.t.Helper()
	c.into(nil, c.session, method, params)
}

// open loads a page and waits until its script has run.
func (c *chrome) open(url string) {
	c.t.Helper()
	c.call("Page.navigate", map[string]any{"url": "about:blank"})
	c.call("Page.navigate", map[string]any{"url": url})
	c.wait(`document.readyState === "complete" && location.href !== "about:blank"`)
}

// eval runs an expression of the test's own in the page, into v. The page's policy
// does not bind the debugger.
func (c *chrome) eval(v any, expression string) {
	c.t.Helper()
	var r struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception *struct {
			Text      string `json:"text"`
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	c.into(&r, c.session, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true})
	if r.Exception != nil {
		c.t.Fatalf("%s: %s %s", expression, r.Exception.Text, r.Exception.Exception.Description)
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal(r.Result.Value, v); err != nil {
		c.t.Fatalf("%s: %v in %s", expression, err, r.Result.Value)
	}
}

func (c *chrome) wait(condition string) {
	c.t.Helper()
	for range 200 {
		var ok bool
		if c.eval(&ok, condition); ok {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	c.t.Fatalf("not so after 5 s: %s", condition)
}

// size makes the window so many pixels wide, as a phone's where it is narrow.
func (c *chrome) size(width, height int) {
	c.t.Helper()
	c.call("Emulation.setDeviceMetricsOverride", map[string]any{
		"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
	})
}

// scheme sets what the system prefers: light or dark.
func (c *chrome) scheme(value string) {
	c.t.Helper()
	c.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": value}}})
}

// press presses and releases a key that has a text, or a name such as Enter.
func (c *chrome) press(key string) {
	c.t.Helper()
	codes := map[string]int{"Enter": 13, "Escape": 27, "Tab": 9, " ": 32, "Backspace": 8}
	down := map[string]any{"type": "keyDown", "key": key, "windowsVirtualKeyCode": codes[key]}
	switch {
	case key == "Enter":
		down["text"] = "\r"
	case len(key) == 1:
		down["text"] = key
	}
	c.call("Input.dispatchKeyEvent", down)
	c.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "windowsVirtualKeyCode": codes[key]})
}

func (c *chrome) write(text string) {
	c.t.Helper()
	for _, r := range text {
		c.press(string(r))
	}
}

// click clicks with the mouse on the middle of an element.
func (c *chrome) click(selector string) {
	c.t.Helper()
	var at []float64
	c.eval(&at, fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({block: "center"});
		const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`, selector))
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		c.call("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1})
	}
}

// seen returns the events of one kind so far.
func (c *wire) seen(method string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, e := range c.events {
		if e.Method == method {
			all = append(all, string(e.Params))
		}
	}
	return all
}
