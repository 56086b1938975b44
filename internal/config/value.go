package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// FormatKey writes one part of a key in TOML: bare where that is allowed, else quoted.
func FormatKey(part string) string {
	bare := part != ""
	for _, r := range part {
		bare = bare && (r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	}
	if bare {
		return part
	}
	return formatString(part)
}

// FormatPath writes a dotted key in TOML.
func FormatPath(path ...string) string {
	parts := make([]string, len(path))
	for i, part := range path {
		parts[i] = FormatKey(part)
	}
	return strings.Join(parts, ".")
}

// FormatValue writes a value as TOML on one line; tables are written inline with their keys sorted. It takes
// what a TOML decoder puts into an any, and []string, int and map[string]string besides. The error is for other types
// and for text that is not UTF-8, which TOML cannot hold.
func FormatValue(value any) (string, error) {
	switch v := value.(type) {
	case string:
		if !utf8.ValidString(v) {
			return "", fmt.Errorf("write %q: TOML holds UTF-8 only", v)
		}
		return formatString(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return formatFloat(v), nil
	case time.Time:
		return formatTime(v), nil
	case []string:
		return formatArray(v)
	case []any:
		return formatArray(v)
	case []map[string]any:
		return formatArray(v)
	case map[string]string:
		return formatTable(v)
	case map[string]any:
		return formatTable(v)
	}
	return "", fmt.Errorf("write a %T: TOML has no such value", value)
}

func formatArray[V any](values []V) (string, error) {
	parts := make([]string, len(values))
	for i, v := range values {
		part, err := FormatValue(v)
		if err != nil {
			return "", err
		}
		parts[i] = part
	}
	return "[" + strings.Join(parts, ", ") + "]", nil
}

func formatTable[V any](table map[string]V) (string, error) {
	if len(table) == 0 {
		return "{}", nil
	}
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if !utf8.ValidString(key) {
			return "", fmt.Errorf("write the key %q: TOML holds UTF-8 only", key)
		}
		part, err := FormatValue(table[key])
		if err != nil {
			return "", err
		}
		parts = append(parts, FormatKey(key)+" = "+part)
	}
	return "{ " + strings.Join(parts, ", ") + " }", nil
}

func formatString(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func formatFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if strings.ContainsAny(text, ".e") {
		return text
	}
	return text + ".0"
}

// formatTime writes a time. The decoder marks TOML's local times by the names of their locations.
func formatTime(t time.Time) string {
	layout := time.RFC3339Nano
	switch t.Location().String() {
	case "datetime-local":
		layout = "2006-01-02T15:04:05.999999999"
	case "date-local":
		layout = time.DateOnly
	case "time-local":
		layout = "15:04:05.999999999"
	}
	return t.Format(layout)
}
