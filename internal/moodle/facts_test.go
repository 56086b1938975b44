package moodle_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readFacts returns the rows of a table in testdata/moodle by column name.
func readFacts(t testing.TB, name string) []map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "moodle", name))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	header := strings.Split(lines[0], "\t")
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := make(map[string]string)
		for i, value := range strings.Split(line, "\t") {
			row[header[i]] = value
		}
		rows = append(rows, row)
	}
	if len(rows) < 40 {
		t.Fatalf("%s: only %d rows", name, len(rows))
	}
	return rows
}
