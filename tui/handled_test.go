package tui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mgit/tui/keymap"
)

// homes are the folders of which one has to do something for the actions of a context. What works everywhere
// is the frame's, the widgets', or done by the views that have something to do for it.
func homes() map[keymap.Context][]string {
	views, err := filepath.Glob("*view")
	if err != nil {
		return nil
	}
	return map[keymap.Context][]string{
		keymap.All:      append(views, ".", "widget"),
		keymap.Branches: {"branchview"}, keymap.Upgrade: {"upgradeview"}, keymap.Conflict: {"conflictview"},
		keymap.Corehacks: {"corehackview"}, keymap.Targets: {"targetview"}, keymap.Plugins: {"pluginview"},
		keymap.Sites: {"siteview"}, keymap.TrackerCtx: {"trackerview"},
	}
}

// Every action of the table is told apart somewhere in the code of its view, or of the frame: it stands in a
// case, a comparison or as the key of a table. An action that only has a row would be a key that does nothing.
func TestEveryActionIsHandled(t *testing.T) {
	t.Parallel()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	names := actionNames(t)
	for _, context := range keys.Contexts() {
		dirs, known := homes()[context]
		if !known {
			t.Errorf("nobody knows whose the actions of %s are", context)
		}
		handled := map[string]bool{}
		for _, dir := range dirs {
			decided(t, dir, handled)
		}
		for _, b := range keys.Bindings(context) {
			if _, isView := viewOf(b.Action); isView {
				continue
			}
			if name := names[string(b.Action)]; !handled[name] {
				t.Errorf("%s (keymap.%s) has a key, and nothing in %s does anything for it", b.Action, name, strings.Join(dirs, ", "))
			}
		}
	}
}

// actionNames are the constants of the actions by their values.
func actionNames(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	parse(t, "keymap", func(n ast.Node) {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != len(spec.Names) {
			return
		}
		for i, value := range spec.Values {
			if text, ok := value.(*ast.BasicLit); ok && text.Kind == token.STRING {
				if s, err := strconv.Unquote(text.Value); err == nil {
					names[s] = spec.Names[i].Name
				}
			}
		}
	})
	return names
}

// decided adds the constants of keymap on which the code in a folder decides.
func decided(t *testing.T, dir string, names map[string]bool) {
	t.Helper()
	add := func(e ast.Expr) {
		s, ok := e.(*ast.SelectorExpr)
		if x, isName := (*ast.Ident)(nil), false; ok {
			if x, isName = s.X.(*ast.Ident); isName && x.Name == "keymap" {
				names[s.Sel.Name] = true
			}
		}
	}
	parse(t, dir, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.CaseClause:
			for _, e := range n.List {
				ast.Inspect(e, func(n ast.Node) bool {
					if e, ok := n.(ast.Expr); ok {
						add(e)
					}
					return true
				})
			}
		case *ast.BinaryExpr:
			add(n.X)
			add(n.Y)
		case *ast.KeyValueExpr:
			add(n.Key)
		}
	})
}

// parse calls see with all nodes of the code in a folder, without that of its tests.
func parse(t *testing.T, dir string, see func(ast.Node)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if n != nil {
				see(n)
			}
			return true
		})
	}
}
