package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/web"
)

// field is what Jira knows of a field: of what type its values are.
type field struct {
	ID     string `json:"id"`
	Schema struct {
		Type  string `json:"type"`
		Items string `json:"items"`
	} `json:"schema"`
}

// fieldID is Jira's id of a custom field, which people may write as a number.
func fieldID(id string) string {
	if _, err := strconv.ParseUint(id, 10, 64); err == nil {
		return "customfield_" + id
	}
	return id
}

// schemas are the fields that there are, by their ids; they are asked for once.
func (c *Client) schemas(ctx context.Context) (map[string]field, error) {
	c.mu.Lock()
	known := c.schema
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	var all []field
	if err := c.ask(ctx, web.Request{Path: "field"}, &all, nil); err != nil {
		return nil, err
	}
	known = make(map[string]field, len(all))
	for _, f := range all {
		known[f.ID] = f
	}
	c.mu.Lock()
	c.schema = known
	c.mu.Unlock()
	return known, nil
}

// fill adds the values of custom fields to what is sent. "" empties a field.
func (c *Client) fill(ctx context.Context, values map[string]string, into map[string]any) error {
	if len(values) == 0 {
		return nil
	}
	known, err := c.schemas(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		id := fieldID(name)
		f, ok := known[id]
		if !ok || !strings.HasPrefix(id, "customfield_") {
			return refused("there is no custom field %q", name)
		}
		if into[id], err = f.value(values[name]); err != nil {
			return err
		}
		c.mu.Lock()
		c.fields[name] = id
		c.mu.Unlock()
	}
	return nil
}

// value writes a text as a value of the field's type.
func (f field) value(text string) (any, error) {
	if text == "" {
		return nil, nil
	}
	switch f.Schema.Type {
	case "string", "date", "datetime", "any":
		return text, nil
	case "number":
		if _, err := strconv.ParseFloat(text, 64); err != nil || !json.Valid([]byte(text)) {
			return nil, refused("%s: %q is no number", f.ID, text)
		}
		return json.Number(text), nil
	case "array":
		var all []any
		for part := range strings.SplitSeq(text, ",") {
			all = append(all, choice(f.Schema.Items, strings.TrimSpace(part)))
		}
		return all, nil
	case "option", "version", "priority", "resolution", "group":
		return choice(f.Schema.Type, text), nil
	}
	return nil, refused("%s: fields of the type %q are not written", f.ID, f.Schema.Type)
}

// choice writes one of several possible values.
func choice(kind, text string) any {
	switch kind {
	case "option":
		return map[string]string{"value": text}
	case "string":
		return text
	}
	return map[string]string{"name": text}
}

// fieldsOf reads the custom fields, by the ids that the settings use.
func (c *Client) fieldsOf(raw map[string]json.RawMessage) map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var values map[string]string
	for name, id := range c.fields {
		if value, ok := raw[id]; ok {
			if values == nil {
				values = make(map[string]string)
			}
			values[name] = textOf(value)
		}
	}
	return values
}

// textOf is a value as a text: of a choice its name, of several these with commas.
func textOf(raw json.RawMessage) string {
	var value any
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return ""
	}
	return words(value)
}

func words(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return plainLines(v)
	case json.Number:
		if n, err := v.Float64(); err == nil {
			return strconv.FormatFloat(n, 'f', -1, 64) // Jira makes 5.0 of 5
		}
		return ""
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			parts[i] = words(one)
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		for _, key := range []string{"value", "name", "displayName", "key"} {
			if text, ok := v[key].(string); ok {
				return text
			}
		}
		return ""
	}
	return fmt.Sprint(value)
}
