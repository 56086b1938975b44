package job

import "testing"

func TestMergeDocuments(t *testing.T) {
	t.Parallel()
	const old = "format = 1\nseries = \"4.1\"\njobs = 1\n"
	tests := map[string]struct{ old, now, present, want string }{
		"a key beside another's": {
			old, "format = 1\nseries = \"4.5\"\njobs = 1\n",
			"# theirs\nformat = 1\nseries = \"4.1\" # in production\njobs = 2\n",
			"# theirs\nformat = 1\nseries = \"4.5\" # in production\njobs = 2\n",
		},
		"the same key: theirs is newer": {
			old, "format = 1\nseries = \"4.5\"\njobs = 1\n",
			"format = 1\nseries = \"5.0\"\njobs = 1\n",
			"format = 1\nseries = \"5.0\"\njobs = 1\n",
		},
		"a record is added": {
			old, old + "\n[branch.mod_a]\nreason = \"a\"\n",
			old + "\n[branch.mod_b]\nreason = \"b\"\n",
			old + "\n[branch.mod_b]\nreason = \"b\"\n\n[branch.mod_a]\nreason = \"a\"\n",
		},
		"a record is taken back": {
			old + "\n[branch.mod_a]\nreason = \"a\"\n", old,
			old + "\n[branch.mod_a]\nreason = \"a\"\n\n[branch.mod_b]\nreason = \"b\"\n",
			old + "\n\n[branch.mod_b]\nreason = \"b\"\n",
		},
		"a record that was filled in since keeps that": {
			old + "\n[branch.mod_a]\nreason = \"a\"\n", old,
			old + "\n[branch.mod_a]\nreason = \"a\"\nowner = \"Ann\"\n",
			old + "\n[branch.mod_a]\nowner = \"Ann\"\n",
		},
		"the whole file is taken back": {
			old, "", old + "color = \"never\"\n", "format = 1\ncolor = \"never\"\n",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := mergeDocuments("mgit.toml", []byte(tt.old), []byte(tt.now), []byte(tt.present))
			if !ok || string(got) != tt.want {
				t.Errorf("merged (%t):\n%s\nwant:\n%s", ok, got, tt.want)
			}
		})
	}
	if got, ok := mergeDocuments("mgit.toml", []byte(old), []byte("format = 1\n"), []byte("no toml")); ok {
		t.Errorf("a broken file was merged to %q", got)
	}
}

func TestSplitKey(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]int{"series": 1, `targets."4.1"`: 2, `branch."mod_forum-a.b".reason`: 3, "not a key": 1} {
		if got := splitKey(key); len(got) != want {
			t.Errorf("%s has the parts %q, want %d", key, got, want)
		}
	}
}
