package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"mgit/internal/git/gittest"
)

// TestScripts tells the stories in testdata/script. Besides testscript's own commands they have:
//
//	demo [DIR]                 copies the demo site to DIR (default: demo); the clone is DIR/site
//	demo-init [DIR]            the same after 'mgit init --yes'
//	demo-carried [DIR]         the same after 'mgit init --yes' and 'mgit rebase-all v4.5.0'
//	demo-moved                 does what 'mgit demo' does, whose folder is mgit-demo, by copying it
//	exitcode N COMMAND…        runs a command that must end with exactly this code
//	redmine COMMAND…           an issue tracker, see scriptRedmine
//	screen COMMAND…            mgit in a real terminal, see scriptScreen
//	jsonschema FILE SCHEMA     validates a file (or stdout) against docs/schemas/SCHEMA.json
//
// With -short only the main story of each command is told: those without a "-" in their names.
func TestScripts(t *testing.T) {
	t.Parallel()
	stories, err := filepath.Glob("../../testdata/script/*.txtar")
	if err != nil || len(stories) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	if testing.Short() {
		// One story a command: with the race detector each mgit takes a second.
		stories = slices.DeleteFunc(stories, func(name string) bool { return strings.Contains(filepath.Base(name), "-") })
	}
	testscript.Run(t, testscript.Params{
		Files:               stories,
		UpdateScripts:       *update,
		RequireExplicitExec: false,
		RequireUniqueNames:  true,
		Setup:               setUpScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"demo": demoCommand("demo", func(dir string, _ func(...string) error) error {
				_, err := copyDemo(dir)
				return err
			}),
			"demo-init":    demoCommand("demo", copyInitialised),
			"demo-carried": demoCommand("demo", copyCarried),
			"demo-moved":   demoCommand("mgit-demo", copyDemoed),
			"exitcode":     scriptExitCode,
			"jsonschema":   scriptJSONSchema,
			"redmine":      scriptRedmine,
			"screen":       scriptScreen,
		},
	})
}

// demoCommand copies a site of the demo. The story that is the first to want it makes what is copied, with its own mgit, person and
// clock: they are those of every story.
func demoCommand(folder string, copySite func(dir string, mgit func(...string) error) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) > 1 {
			ts.Fatalf("usage: demo [DIR]")
		}
		ts.Check(copySite(ts.MkAbs(append(args, folder)[0]), func(args ...string) error {
			var exit *exec.ExitError
			// Branches that wait for a person are no error.
			if err := ts.Exec("mgit", args...); !errors.As(err, &exit) || exit.ExitCode() != exitParked {
				return err
			}
			return nil
		}))
	}
}

// setUpScript gives every story the same person, clock and empty home.
func setUpScript(e *testscript.Env) error {
	e.Values[redmineSlot{}] = newStoryRedmine()
	home := filepath.Join(e.WorkDir, ".home")
	if err := os.Mkdir(home, 0o755); err != nil {
		return err
	}
	config := filepath.Join(home, ".gitconfig")
	if err := os.WriteFile(config, []byte(gittest.Config), 0o666); err != nil {
		return err
	}
	e.Vars = append(
		e.Vars,
		"HOME="+home,
		"XDG_CONFIG_HOME="+filepath.Join(home, ".config"),
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL="+config,
		"GOGC="+os.Getenv("GOGC"),
		"GIT_AUTHOR_NAME=Ada Author",
		"GIT_AUTHOR_EMAIL=ada@example.org",
		"GIT_AUTHOR_DATE=2026-01-01T12:00:00+0000",
		"GIT_COMMITTER_NAME=Carl Committer",
		"GIT_COMMITTER_EMAIL=carl@example.org",
		"GIT_COMMITTER_DATE=2026-01-01T12:00:00+0000",
		"GIT_CEILING_DIRECTORIES="+filepath.Dir(e.WorkDir),
		"LC_ALL=C",
		"TZ=UTC",
		"TERM=dumb",
	)
	return nil
}

func scriptExitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func scriptJSONSchema(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: jsonschema FILE SCHEMA")
	}
	err := validate(ts.ReadFile(args[0]), args[1])
	if err != nil && !neg {
		ts.Fatalf("%s: %v", args[0], err)
	}
	if err == nil && neg {
		ts.Fatalf("%s fits the schema %s", args[0], args[1])
	}
}

// validate checks JSON against docs/schemas/NAME.json.
func validate(text, name string) error {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	folder, err := filepath.Abs("../../docs/schemas")
	if err != nil {
		return err
	}
	schema, err := compiler.Compile(filepath.Join(folder, name+".json"))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// Every schema compiles and refuses what has nothing to do with it.
func TestSchemas(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../docs/schemas/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no schemas: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var invalid *jsonschema.ValidationError
			if err := validate(`{"schema": "other/1"}`, name); !errors.As(err, &invalid) {
				t.Errorf("a foreign object: %v, want a validation error", err)
			}
		})
	}
}
