package config

import (
	"errors"
	"fmt"
	"net/netip"
	neturl "net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

func isList(k kind) bool { return k == texts || k == pattern || k == paths || k == names }

// fromTOML turns a decoded value into one of the kind that the key wants.
func fromTOML(s spec, value any) (any, error) {
	switch {
	case isList(s.kind):
		list, ok := value.([]any)
		items := make([]string, 0, len(list))
		for _, item := range list {
			text, isText := item.(string)
			ok = ok && isText
			items = append(items, text)
		}
		if !ok {
			return nil, errors.New(`want a list of texts, such as ["a", "b"]`)
		}
		return items, nil
	case s.kind == number:
		if n, ok := value.(int64); ok {
			return n, nil
		}
		return nil, errors.New("want a whole number")
	case s.kind == truth:
		if b, ok := value.(bool); ok {
			return b, nil
		}
		return nil, errors.New("want true or false")
	}
	if text, ok := value.(string); ok {
		return text, nil
	}
	return nil, errors.New("want a text in quotes")
}

// fromText turns text from where there are only texts into a value of the kind that the key wants.
func fromText(s spec, text string, list []string) (any, error) {
	switch {
	case isList(s.kind):
		items := make([]string, 0, len(list))
		for _, item := range list {
			items = append(items, strings.TrimSpace(item))
		}
		return items, nil
	case s.kind == number:
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%q is no whole number", text)
		}
		return n, nil
	case s.kind == truth:
		switch strings.ToLower(text) {
		case "true", "yes", "on", "1":
			return true, nil
		case "false", "no", "off", "0":
			return false, nil
		}
		return nil, fmt.Errorf("%q is neither true nor false", text)
	}
	return text, nil
}

// check judges a value of the right type.
func (c *collector) check(e entry) error {
	value, _ := e.value.(string)
	list, _ := e.value.([]string)
	if e.path[0] == "branch" {
		if c.rules.Record != nil {
			if err := c.rules.Record(e.path[1]); err != nil {
				return err
			}
		}
	}
	if last := e.path[len(e.path)-1]; e.spec.names != nil && !slices.Contains(e.spec.names, last) {
		return fmt.Errorf("%q is none of %s", last, strings.Join(e.spec.names, ", "))
	}
	switch {
	case e.spec.holes != nil:
		return checkHoles(value, e.spec.holes)
	case e.spec.words != nil && !slices.Contains(e.spec.words, value):
		return fmt.Errorf("%q is none of %s", value, strings.Join(e.spec.words, ", "))
	case e.spec.kind == series || e.path[0] == "targets" && e.path[1] != "default":
		if e.spec.kind != series {
			value = e.path[1]
		}
		return checkSeries(value)
	case e.spec.kind == number && e.value.(int64) < 0:
		return errors.New("want 0 or more")
	case e.spec.most > 0 && e.value.(int64) > e.spec.most:
		return fmt.Errorf("want 0 to %d", e.spec.most)
	case e.spec.kind == url:
		return c.checkURL(e.source.Layer, value)
	case e.spec.kind == web:
		return checkWeb(value)
	case e.spec.kind == role:
		return judge(c.rules.Role, value)
	}
	for _, item := range list {
		if e.spec.path == "branch.*.requires" && c.rules.Record != nil {
			if err := c.rules.Record(item); err != nil {
				return err
			}
		}
		if err := checkItem(e.spec.kind, item); err != nil {
			return err
		}
	}
	return nil
}

func checkItem(k kind, item string) error {
	switch k {
	case pattern:
		if _, err := regexp.Compile(item); err != nil {
			return fmt.Errorf("%q is no regular expression: %w", item, err)
		}
	case paths:
		if item == "" || path.IsAbs(item) || strings.HasPrefix(item, "-") || path.Clean("/" + item)[1:] != strings.TrimSuffix(item, "/") {
			return fmt.Errorf("%q is no path in the tree, such as mod/forum/lib.php", item)
		}
	case names:
		_, err := moodle.ParseComponent(item)
		return err
	}
	if item == "" {
		return errors.New("an empty text in the list")
	}
	return nil
}

// hole is a placeholder in a template, or what was meant to be one.
var hole = regexp.MustCompile(`\{([A-Za-z_-]+)\}`)

// checkHoles judges the placeholders of a template. Other braces are text.
func checkHoles(template string, known []string) error {
	for _, found := range hole.FindAllStringSubmatch(template, -1) {
		if !slices.Contains(known, found[1]) {
			return fmt.Errorf("%s is none of {%s}", found[0], strings.Join(known, "}, {"))
		}
	}
	return nil
}

func checkSeries(text string) error {
	s, err := moodle.ParseSeries(text)
	if err != nil {
		return err
	}
	if s.String() != text {
		return fmt.Errorf("the series is written %s, not %s", s, text)
	}
	return nil
}

// judge asks a rule. One that nobody handed in accepts nothing.
func judge(rule func(string) error, value string) error {
	if rule == nil {
		return errors.New("there is nothing to judge it by")
	}
	return rule(value)
}

func (c *collector) checkURL(layer Layer, value string) error {
	rule := c.rules.SharedURL
	if layer == Git {
		rule = c.rules.OwnURL
	}
	if err := judge(rule, value); err != nil {
		return err
	}
	return git.CheckName(value)
}

// checkWeb judges the address of a server to which a token may be sent.
func checkWeb(text string) error {
	u, err := neturl.Parse(text)
	switch {
	case err != nil:
		return errors.New("is no address such as https://redmine.example.org")
	case u.Scheme != "https" && !isOnThisMachine(u) || u.Hostname() == "" || strings.HasPrefix(u.Hostname(), "-"):
		return errors.New("want an address such as https://redmine.example.org")
	case u.User != nil:
		return errors.New("holds a user or password; those belong to git credential")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("the address of a server has no query and no fragment")
	}
	return nil
}

// isOnThisMachine reports whether an address is one of http that never leaves this machine, where nobody can listen.
func isOnThisMachine(u *neturl.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback())
}
