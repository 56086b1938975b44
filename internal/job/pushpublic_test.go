package job_test

import (
	"errors"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

const secret = "LUVLE-4.1-hack-core-secret"

// offering is a fixture with a public branch, forum, and one that is not, secret.
func offering(t *testing.T) *fixture {
	t.Helper()
	return templates.offering.fixture(t, func(dir string) { buildOffering(t, dir) })
}

func buildOffering(t *testing.T, dir string) {
	t.Helper()
	f := buildPublished(t, dir)
	f.two()
	f.branch(secret, "v4.1.0", "course/lib.php", text(40, map[int]string{10: "the key", 30: "and the lock"}), "lib.php", text(40, map[int]string{3: "our own"}))
	f.shared("mgit.toml", "format = 1\n\n[branch.mod_forum-subject]\npublic = true\n")
	for key, value := range map[string]string{"internal-tickets": `LU-\d+`, "internal-words": "luvle.ac.uk", "internal-paths": "/local/luvle/"} {
		f.Git("config", "mgit.public."+key, value)
	}
	f.confirmTrust()
}

// confirmTrust confirms what the mgit branch says, as `mgit config trust` does.
func (f *fixture) confirmTrust() {
	f.t.Helper()
	site := f.open("")
	report, err := job.PlanTrust(f.t.Context(), site)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := job.ConfirmTrust(f.t.Context(), site, report); err != nil {
		f.t.Fatal(err)
	}
}

// guard asks the pre-push guard about a plain push of one thing to the public remote.
func (f *fixture) guard(local, there string) error {
	f.t.Helper()
	line := local + " " + f.tip(local) + " " + there + " 0000000000000000000000000000000000000000\n"
	_, err := job.CheckPush(f.t.Context(), f.open(""), job.GuardRequest{Remote: "fork", URL: f.at("fork").Path, Lines: []byte(line), Allow: unjudged()})
	return err
}

// A branch whose record says that it is public goes to the community only without
// what is internal, whoever pushes it and under which name.
func TestPushToPublic(t *testing.T) {
	t.Parallel()
	internal := func(message string) func(f *fixture) {
		return func(f *fixture) {
			f.Git("checkout", "-q", forum)
			f.Git("commit", "-q", "--allow-empty", "-m", message)
			f.Detach()
		}
	}
	pick := func(f *fixture, args ...string) {
		f.Git("checkout", "-q", forum)
		f.Git(append([]string{"cherry-pick"}, args...)...)
		f.Detach()
	}
	for name, test := range map[string]struct {
		do   func(f *fixture)
		want string // in the reason; "" when it goes
	}{
		"as it is": {do: func(*fixture) {}},
		"a ticket": {internal("fix LU-12"), `the message of commit `},
		"a word":   {internal("see https://moodle.Luvle.ac.uk/x"), `"luvle.ac.uk", an internal word`},
		"a word in another encoding": {func(f *fixture) {
			f.Git("config", "mgit.public.internal-words", "gr\u00f6\u00dfe")
			f.Git("config", "i18n.commitEncoding", "ISO-8859-1")
			f.Git("checkout", "-q", forum)
			f.Git("commit", "-q", "--allow-empty", "-m", "die Gr\xf6\xdfe")
			f.Detach()
		}, "an internal word"},
		"a merged tag's message": {func(f *fixture) {
			f.Git("tag", "-a", "-m", "for LU-9\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----", "worded", "v4.1.1^{commit}")
			f.Git("checkout", "-q", forum)
			f.Git("merge", "-q", "--no-log", "-m", "a merge", "worded")
			f.Detach()
		}, `"LU-9", an internal ticket`},
		"a ticket in code": {func(f *fixture) { f.on(forum, "mod/forum/lib.php", "// LU-7\n") }, `mod/forum/lib.php: a line holds "LU-7"`},
		"a ticket that goes": {func(f *fixture) {
			f.on(forum, "mod/forum/x.php", "x\n", "mod/forum/x.php", "y\n")
		}, ""},
		"a ticket that came and went": {func(f *fixture) {
			f.on(forum, "mod/forum/lib.php", "// LU-7\n", "mod/forum/lib.php", "x\n")
		}, `a line holds "LU-7"`},
		"a word in a binary file": {func(f *fixture) { f.on(forum, "pix/x.png", "\x89PNG\x00\x01 luvle.ac.uk \x00") }, "pix/x.png"},
		"a word that attributes hide": {func(f *fixture) {
			f.on(forum, ".gitattributes", "*.js -diff\n", "mod/forum/x.js", "luvle.ac.uk\n")
		}, "mod/forum/x.js"},
		"an internal path": {func(f *fixture) { f.on(forum, "local/luvle/version.php", "x\n") }, "local/luvle/version.php: an internal path"},
		"a hostile path":   {func(f *fixture) { f.on(forum, "local/luvle/\x1b[2J\n.php", "x\n") }, `local/luvle/\033[2J\n.php: an internal path`},
		"the mgit branch's file": {func(f *fixture) {
			f.on(forum, "mod/forum/notes.txt", f.Git("show", "mgit:mgit.toml")+"\n")
		}, "mod/forum/notes.txt: a file of the mgit branch"},
		"the mgit branch's file as it was": {func(f *fixture) {
			f.on(forum, "mod/forum/notes.txt", f.Git("show", "mgit:mgit.toml")+"\n")
			f.shared("mgit.toml", f.Git("show", "mgit:mgit.toml")+"\n# more\n")
			f.confirmTrust()
		}, "mod/forum/notes.txt: a file of the mgit branch"},
		"a file that goes, as one of the mgit branch did": {func(f *fixture) {
			old := f.tip("mgit")
			f.shared("gone.toml", "gone\n")
			f.Git("update-ref", "refs/heads/mgit", f.Git("commit-tree", "-p", "mgit", "-m", "gone", old+"^{tree}"))
			f.on(forum, "new.php", "x\n")
			f.Git("checkout", "-q", forum)
			f.Git("rm", "-q", "new.php")
			f.Git("commit", "-q", "-m", "no more")
			f.Detach()
		}, ""},
		"merged with the mgit branch": {func(f *fixture) {
			f.Git("checkout", "-q", forum)
			f.Git("merge", "-q", "--allow-unrelated-histories", "-m", "merge", "mgit")
			f.Detach()
		}, "is of the mgit branch"},
		"merged with an internal branch": {func(f *fixture) {
			f.Git("checkout", "-q", forum)
			f.Git("merge", "-q", "-m", "merge", secret)
			f.Detach()
		}, "is of " + secret + ", which is not public"},
		"on an internal branch": {func(f *fixture) {
			f.Git("branch", "-f", forum, secret)
			f.on(forum, "new.php", "new\n")
		}, "is of " + secret},
		"merged with a target": {func(f *fixture) {
			f.on(forum, "new.php", "new\n")
			f.Git("checkout", "-q", forum)
			f.Git("merge", "-q", "-m", "merge", deploy)
			f.Detach()
		}, "which is not public"},
		"made on a target": {func(f *fixture) {
			f.on(deploy, "hotfix.php", "hot\n")
			pick(f, deploy)
		}, "which is of " + deploy},
		"a cherry-pick": {func(f *fixture) { pick(f, secret) }, "makes the change of"},
		"a cherry-pick with other words": {func(f *fixture) {
			pick(f, "--no-commit", secret)
			f.Git("checkout", "-q", forum)
			f.Git("commit", "-q", "-a", "-m", "tidy up", "--author", "Else <else@example.org>")
			f.Detach()
		}, "makes the change of"},
		"several in one": {func(f *fixture) {
			f.Git("checkout", "-q", forum)
			f.Git("cherry-pick", "--no-commit", "v4.1.0.."+secret)
			f.Write("more.php", "more\n")
			f.Git("add", "-A")
			f.Git("commit", "-q", "-m", "squashed")
			f.Detach()
		}, "makes the change of"},
		"one in several, with other spaces": {func(f *fixture) {
			f.on(forum, "course/lib.php", text(40, map[int]string{10: "the  key"}))
			f.on(forum, "course/lib.php", text(40, map[int]string{10: "the  key", 30: "\tand the lock"}))
		}, "makes the change of"},
		"on another context": {func(f *fixture) {
			f.on(forum, "course/lib.php", text(40, map[int]string{9: "else", 11: "else"}))
			pick(f, "-X", "theirs", "--no-commit", secret+"~1")
			f.Git("checkout", "-q", forum)
			f.Write("course/lib.php", text(40, map[int]string{9: "else", 10: "the key", 11: "else", 30: "and the lock"}))
			f.Git("commit", "-q", "-a", "-m", "picked")
			f.Detach()
		}, "makes the change of"},
		"half of one": {func(f *fixture) { f.on(forum, "course/lib.php", text(40, map[int]string{10: "the key"})) }, ""},
		"parted from an internal branch": {func(f *fixture) {
			f.branch("LUVLE-4.1-hack-core-apart", "v4.1.0", "a.php", "a\n", "b.php", "b\n")
			f.Git("branch", "-f", forum, "LUVLE-4.1-hack-core-apart~1")
			f.on(forum, "c.php", "c\n")
		}, "is of LUVLE-4.1-hack-core-apart, which is not public"},
		"below an internal branch": {func(f *fixture) {
			f.branch("LUVLE-4.1-hack-mod_forum-more", forum, "more.php", "more\n")
		}, ""},
		"the same as an internal branch": {func(f *fixture) {
			f.Git("branch", "LUVLE-4.1-hack-mod_forum-more", forum)
		}, "is of LUVLE-4.1-hack-mod_forum-more, which is not public"},
		"fast-forwarded to an internal branch": {func(f *fixture) {
			f.branch("LUVLE-4.1-hack-mod_forum-more", forum, "more.php", "more\n")
			f.Git("branch", "-f", forum, "LUVLE-4.1-hack-mod_forum-more")
		}, "is of LUVLE-4.1-hack-mod_forum-more, which is not public"},
		"squashed beside lines of its own": {func(f *fixture) {
			f.on(forum, "course/lib.php", text(40, map[int]string{9: "else", 10: "the key", 11: "else", 30: "and the lock"}))
		}, "makes the change of"},
		"its lines cut apart": {func(f *fixture) {
			f.branch("LUVLE-4.1-hack-core-block", "v4.1.0", "block.php", "one of them\ntwo of them\nthree of them\n")
			f.on(forum, "block.php", "one of them\n")
			f.on(forum, "block.php", "one of them\ntwo of them\nthree of them\n")
		}, "which is of LUVLE-4.1-hack-core-block"},
		"several that build on each other in one": {func(f *fixture) {
			f.branch("LUVLE-4.1-hack-core-steps", "v4.1.0", "steps.php", "the first draft\n", "steps.php", "the second draft\n")
			f.on(forum, "steps.php", "the second draft\nand more\n")
		}, "which is of LUVLE-4.1-hack-core-steps"},
		"a file under another name": {func(f *fixture) {
			f.branch("LUVLE-4.1-hack-core-file", "v4.1.0", "ours.php", text(20, nil)+"ours\n")
			f.on(forum, "mod/forum/classes/new.php", text(20, nil)+"ours\n")
		}, "which is of LUVLE-4.1-hack-core-file"},
		"a brace that others have too": {func(f *fixture) {
			f.branch("LUVLE-4.1-hack-core-brace", "v4.1.0", "course/lib.php", text(40, map[int]string{20: "}"}))
			f.on(forum, "course/lib.php", text(40, map[int]string{20: "{\n}"}))
		}, ""},
		"an older state in a target": {func(f *fixture) {
			f.Git("checkout", "-q", forum)
			f.Git("commit", "-q", "--amend", "-m", "better words")
			f.Detach()
		}, ""},
		"a minor of Moodle merged": {func(f *fixture) {
			f.Git("checkout", "-q", forum)
			f.Git("merge", "-q", "-m", "Merge tag 'v4.1.1'", "v4.1.1")
			f.Detach()
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := offering(t)
			test.do(f)
			// mgit push, then the guard of a plain one.
			report := f.push(named(forum), as("MDL-12345-main"), dry)
			r := pushed(t, report, forum)
			err := f.guard("refs/heads/"+forum, "refs/heads/MDL-12345-main")
			if test.want == "" {
				if r.Outcome != job.PushPushed || err != nil {
					t.Errorf("%+v\nthe guard: %v", r, err)
				}
				f.push(named(forum), as("MDL-12345-main"))
				if f.tipAt("fork", "MDL-12345-main") != f.tip(forum) {
					t.Error("it did not arrive")
				}
				return
			}
			if r.Outcome != job.PushRefused || r.Rule != "push-content" || !strings.Contains(r.Reason, test.want) {
				t.Errorf("%+v", r)
			}
			var refusal *job.Refusal
			if !errors.As(err, &refusal) || refusal.ID != "push-content" || !strings.Contains(refusal.Text, test.want) {
				t.Errorf("the guard: %v", err)
			}
			f.push(named(forum), as("MDL-12345-main"))
			if f.tipAt("fork", "MDL-12345-main") != "" {
				t.Error("it went out")
			}
			f.push(named(forum), as("MDL-12345-main"), allowing("push-content", "push-merged"))
			if f.tipAt("fork", "MDL-12345-main") != f.tip(forum) {
				t.Error("waived, and it did not arrive")
			}
		})
	}
}

// What is out already is not held against the next push.
func TestPushToPublicAgain(t *testing.T) {
	t.Parallel()
	f := offering(t)
	f.Git("checkout", "-q", forum)
	f.Git("commit", "-q", "--allow-empty", "-m", "for LU-1")
	f.Detach()
	f.push(named(forum), as("MDL-12345-main"), allowing("push-content"))
	f.on(forum, "new.php", "new\n")
	if r := pushed(t, f.push(named(forum), as("MDL-12345-main")), forum); r.Outcome != job.PushPushed {
		t.Errorf("%+v", r)
	}
	// The community's branch is under a lease too.
	c := gittest.At(t, t.TempDir())
	c.Git("clone", "-q", "--branch", "MDL-12345-main", f.at("fork").Path, "c")
	c = gittest.At(t, c.Path+"/c")
	c.Write("theirs.php", "theirs\n")
	c.Commit("a reviewer's")
	c.Git("push", "-q", "origin", "MDL-12345-main")
	f.on(forum, "newer.php", "newer\n")
	r := pushed(t, f.push(named(forum), as("MDL-12345-main")), forum)
	if r.Rule != job.RuleLease || !strings.Contains(r.Look[0], "git fetch fork MDL-12345-main") {
		t.Errorf("%+v", r)
	}
}

func TestPushToPublicRefused(t *testing.T) {
	t.Parallel()
	f := offering(t)
	for name, test := range map[string]struct{ rule, branch string }{
		"not public": {"push-not-public", secret},
		"a target":   {"push-kind", deploy},
		"a release":  {"push-kind", release},
		"the state":  {"push-kind", "mgit"},
	} {
		report := f.push(named(test.branch), to("fork"), allowing("push-content"))
		if r := pushed(t, report, test.branch); r.Rule != test.rule || !report.IsRefused() || f.tipAt("fork", test.branch) != "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	// Under its own name, and waived.
	if r := pushed(t, f.push(named(forum), to("fork")), forum); r.Outcome != job.PushPushed || f.tipAt("fork", forum) == "" {
		t.Errorf("%+v", r)
	}
	if r := pushed(t, f.push(named(secret), to("fork"), allowing("push-not-public")), secret); r.Rule != "push-content" {
		t.Errorf("waived by half: %+v", r)
	}
	// A branch's sets and a target's releases do not come along to where the community is.
	f.shared("mgit.toml", "format = 1\n\n[branch.mod_forum-subject]\npublic = true\n\n[branch.set_forum]\npublic = true\nrequires = [\"core-secret\"]\n")
	f.confirmTrust()
	f.branch("LUVLE-4.1-feature-set_forum", "v4.1.0", "set.php", "set\n")
	report := f.push(named("set_forum"), to("fork"))
	if len(report.Remotes[0].Refs) != 1 || report.Remotes[0].Refs[0].Outcome != job.PushPushed {
		t.Errorf("%+v", report)
	}
	// A change of the rules that nobody has confirmed closes the gate.
	f.shared("mgit.toml", "format = 1\n\n[public]\ninternal_words = []\n\n[branch.mod_forum-subject]\npublic = true\n")
	f.on(forum, "new.php", "new\n")
	for _, changes := range [][]func(*job.PushRequest){{named(forum), to("fork")}, {named(forum), as("MDL-1-main")}} {
		_, err := f.tryPush("", changes...)
		var refusal *job.Refusal
		if !errors.As(err, &refusal) || refusal.ID != "push-rules-pending" {
			t.Errorf("rules that wait: %v", err)
		}
	}
}
