package main

import (
	"context"
	"io/fs"

	"mgit/internal/config"
	"mgit/internal/demo"
	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/internal/journal"
	"mgit/internal/tracker"
	"mgit/internal/upgrade"
)

// The exit codes, as promised in docs/guide.md. Scripts depend on them.
const (
	exitDone        = 0   // done, or nothing to do
	exitUnexpected  = 1   // mgit could not do its job
	exitUsage       = 2   // wrong usage
	exitNeedsPerson = 3   // resolve or continue still needs a person
	exitParked      = 4   // finished, but some branches are parked, diverged, moved or failed
	exitFound       = 5   // a check found something
	exitRefused     = 6   // refused by a safety rule, which --allow may waive
	exitUnfinished  = 7   // a killed run could not be rolled forward, or the branch is being resolved elsewhere
	exitLocked      = 8   // locked by another process
	exitUnreachable = 9   // remote or tracker not reachable; local work is complete
	exitDamaged     = 10  // stored state is damaged; the way back is printed
	exitWork        = 100 // a query found work to do
	exitInterrupted = 130 // interrupted
)

// usageError is wrong usage: an unknown word, a missing argument, a question without a terminal.
type usageError struct {
	id   string // "" means "usage"
	text string
	hint string
}

func (e *usageError) Error() string { return e.text }

// kind is one sort of failure: a row of the table below.
type kind struct {
	id   string
	exit int
	// is recognises the errors of this row; nil for rows that are found by id alone.
	is func(error) bool
	// hint is the advice; "" for none beyond what the error itself brings.
	hint string
	// advise makes the advice from the error, in place of hint.
	advise func(error) string
	// about is what `mgit help ID` says.
	about string
	// final: --allow does not waive this refusal.
	final bool
}

// kinds is the one table of what can go wrong. The first row whose is matches an error counts.
// A refusal (exit code 6) is found by its id; a new one in internal/job needs its row here, which a test
// sees to.
func kinds() []kind {
	return []kind{
		{
			id: "interrupted", exit: exitInterrupted, is: sentinel(context.Canceled),
			about: "You stopped mgit, with Ctrl-C or a signal. Before its commit point a run has changed nothing; after it, the next mgit command finishes it. `mgit runs` shows which.",
		},
		{
			id: "timeout", exit: exitUnexpected, is: sentinel(context.DeadlineExceeded),
			hint:  "`--verbose` shows the command that took too long",
			about: "A program that mgit started did not answer in time and was ended.",
		},
		{
			id: "not-a-repository", exit: exitUnexpected, is: sentinel(git.ErrNotRepository),
			hint:  "`-C DIR` names your site's clone; `mgit demo` makes one to try",
			about: "mgit works in a clone of your site's repository, anywhere inside it, and this folder is in none.",
		},
		{
			id: "folder-gone", exit: exitUnexpected, is: isFolderGone,
			hint:  "this folder is gone; cd to your clone",
			about: "The folder in which you gave the command was deleted meanwhile, for example the worktree of a branch that `mgit continue` has finished. Nothing was done.",
		},
		{
			id: "no-git", exit: exitUnexpected, is: sentinel(git.ErrNoGit),
			hint:  "install Git 2.38 or newer, or put it on your PATH",
			about: "mgit lets Git do every content merge and cannot work without it.",
		},
		{
			id: "no-identity", exit: exitUnexpected, is: sentinel(git.ErrNoIdent),
			about: "A commit needs the name and address of whoever makes it, and Git does not know yours. Authors are kept as they are; the committer of a moved commit is you.",
		},
		{
			id: "not-signed", exit: exitUnexpected, is: sentinel(git.ErrUnsigned),
			hint:  "on the screen nobody can be asked for a passphrase: give the command in a shell, or unlock the key first",
			about: "Your settings (commit.gpgSign, tag.gpgSign) have Git sign, and the program that signs failed. An agent that remembers the passphrase lets it be done without asking.",
		},
		{
			id: "git-too-old", exit: exitRefused, final: true, is: sentinel(git.ErrTooOld),
			hint:  "install Git 2.38 or newer",
			about: "mgit needs `git merge-tree --write-tree`, which came with Git 2.38. An older Git would give other answers, so mgit does not try.",
		},
		{
			id: "unsafe-repository", exit: exitRefused, final: true, is: sentinel(git.ErrUnsafe),
			about: "The repository belongs to another user, and Git refuses to read its configuration, which can run programs. If you trust its owner, tell Git so (safe.directory).",
		},
		{
			id: "unsupported-repository", exit: exitRefused, final: true, is: sentinel(git.ErrUnsupported),
			about: "The repository is stored in a way that mgit does not read or write. The message says which. Nothing was changed.",
		},
		{
			id: "locked", exit: exitLocked, is: typed[*journal.LockedError],
			hint:  "wait until it has finished; the lock ends with its process",
			about: "Another mgit is changing this repository. mgit waits a little and then gives up, having done nothing. The lock belongs to a process and cannot be left behind by one that died.",
		},
		{
			id: "fault", exit: exitUnexpected, is: typed[*faultError], advise: adviseFault,
			about: "mgit itself has a fault, and the screen has ended because of it. A run that was under way is finished or given up by the next mgit command, as after a power cut. The report says what happened, by kind only: nothing that was typed or read stands in it.",
		},
		{
			id: "not-empty", exit: exitUsage, is: sentinel(demo.ErrNotEmpty),
			hint:  "`mgit demo DIR` with the name of a new folder, or remove this one first",
			about: "The demo is built in a folder that is empty or not there yet, so that it never mixes with anything of yours.",
		},
		{
			id: "read-only", exit: exitUnexpected, is: sentinel(fs.ErrPermission),
			hint:  "look as whom you are logged in, and who owns the repository's files",
			about: "The system does not let you read or write a file of the repository. `mgit status`, `mgit show`, `mgit triage` and dry runs only read.",
		},
		{
			id: "unreachable", exit: exitUnreachable, is: typed[*job.UnreachableError],
			hint:  "what is local is complete; try again when the remote answers",
			about: "A remote did not answer, or not as Git expects. Nothing local is lost or half done: the next `mgit sync` does what is missing.",
		},
		{
			id: "unfinished", exit: exitUnfinished, is: typed[*journal.UnfinishedError],
			hint:  "put right what the message names, then give any mgit command: it finishes the run",
			about: "An earlier run was killed after its commit point, and something is in the way of finishing it. Nothing is lost: the run's journal holds every move. The next mgit command tries again.",
		},
		{
			id: "being-resolved", exit: exitUnfinished, is: typed[*job.ResolvingError], advise: wayToBench,
			about: "Somebody has begun to resolve this branch in a worktree of this clone, and only one can. The message says where it is. Go on there, or give it up with `mgit abort`; the branch is parked either way until it is finished.",
		},
		{
			id: "edited", exit: exitRefused,
			about: "A side of a conflict is put only where the hunk stands as Git left it, or as another side has it, and only in a file that nobody changes at the same moment. What a person has changed in it by hand is theirs. Waived, `mgit take --back` makes the conflict of such a file anew, and a file is taken as a whole; what was written in it is lost then.",
		},
		{
			id: "onto-changed", exit: exitRefused, final: true,
			about: "An upgrade has one base for all its branches, and its ledger says which commit that is. In this clone the tag names another one, so a branch resolved here would not stand where the others stand.",
		},
		{
			id: "missing-commits", exit: exitRefused,
			about: "A rebase stops only at conflicts, so a commit that is missing although nothing was in its way was not left out by anybody: the rebase was ended early (git rebase --quit, a reset). Waived, the commits count as dropped, and the ledger says that no reason was given.",
		},
		{
			id: "not-moodle", exit: exitUnexpected, is: typed[*job.NotMoodleError],
			hint:  "name the folder that holds Moodle's version.php and lib, and fetch Moodle's own tags and branches",
			about: "Nothing in the tree is a file that upstream has at the same path, as far as this clone knows upstream's history. It is not Moodle, or not the folder with Moodle in it, or Moodle's history has not been fetched.",
		},
		{
			id: "damaged", exit: exitDamaged, is: typed[*journal.DamagedError], advise: wayBack,
			about: "Something that mgit stored cannot be read. The message names it, and the hint the way back.",
		},
		{
			id: "checked-out", exit: exitRefused,
			hint:  "commit or stash what is open in that worktree, then give --update-worktrees; or switch it to another branch",
			about: "A branch that would move is checked out in a worktree. Moving it underneath would make the files there look changed. Only this branch is refused, the others go on.",
		},
		{
			id: "other-tag", exit: exitRefused,
			about: "An upgrade moves all branches to one tag, so that they never conflict because of their bases. Some of this upgrade stand on another tag of the series already. `mgit undo` takes those back, if the new tag is what you want for all.",
		},
		{
			id: "downgrade", exit: exitRefused,
			about: "The target would have an older version.php than it has now, or an .env file would pin an older one. Moodle refuses to run on a database that a newer one has seen, so the site would not start. Of a package: its version would be older than the newest one in the changelog, and servers would not take it.",
		},
		{
			id: "incomplete", exit: exitRefused,
			about: "Made afresh, the target would lack a branch that it has now, because Git cannot merge it any more: the conflict was resolved in the old target, and how is not recorded. Waived, the target is made without it.",
		},
		{
			id: "target-diverged", exit: exitRefused,
			about: "The target, or the packaging branch, here and on an internal remote each have commits that the other has not: two people have merged into it. Waived, mgit goes on from yours, and it cannot be pushed without losing theirs.",
		},
		{
			id: "rewrite-target", exit: exitRefused,
			about: "A target that is published is followed by servers and colleagues, so `mgit assemble --fresh` puts the new one on top of the old. Waived, it is replaced, and those who follow it cannot fast-forward.",
		},
		{
			id: "untested-minor", exit: exitRefused,
			about: "A patch release goes into test first. Waived, the other target gets it although test has not.",
		},
		{
			id: "branch-exists", exit: exitRefused, final: true,
			hint:  "--short NAME makes another branch of the same component",
			about: "A new branch would have the name of one that exists, here or on an internal remote. Nothing is written over.",
		},
		{
			id: "not-proven", exit: exitRefused,
			about: "A release is to be what its branches make. The target lacks a branch or its newest state, or holds something that no branch explains. Waived, the release is made as the target is, and what nobody explains stands in its manifest as commits of their own.",
		},
		{
			id: "not-remade", exit: exitRefused, final: true,
			about: "Before it tags, mgit makes a release again from its manifest and compares the trees. They differ here, or a merge cannot be made again, so that the manifest would promise what it does not hold.",
		},
		{
			id: "package-conflict", exit: exitRefused, final: true,
			about: "The packaging branch alone holds debian/, and a release never touches that, so that merging them cannot conflict. Here it does: somebody changed Moodle itself on the packaging branch. Such a change belongs on a branch of the site.",
		},
		{
			id: "no-manifest", exit: exitDamaged, is: typed[*job.ManifestError],
			hint:  "`mgit release verify TAG` says what is wrong; `mgit release diff` reads other tags by their history",
			about: "The message of a release's tag is its manifest, with a checksum over every line. This tag has none, or somebody altered it. The commit that it names is whole all the same.",
		},
		{
			id: "hooks-path", exit: exitRefused, final: true,
			about: "Git looks for hooks in a folder that is not this clone's alone: all clones of this machine have it, or it lies in the work tree, where the team's hooks or those of a program are. mgit changes hooks there only when it is told so with --into, and installs none for all clones.",
		},
		{
			id: "hook-manager", exit: exitRefused,
			about: "A program such as pre-commit, lefthook or husky looks after this hook and writes it anew when it is set up again, so that mgit's would be gone some day without a word. Its settings can call mgit. Waived, its hook is kept and called after mgit's all the same. Those of husky and Overcommit know by their names which they are and would do nothing behind mgit's, so that they cannot be.",
		},
		{
			id: "hook-kept", exit: exitRefused, final: true,
			hint:  "move it to another name, and give the command again",
			about: "The hook that is there cannot be kept under the name that mgit has for it: one is kept there already, from when mgit's was installed first, or it is a folder. Nothing is written over.",
		},
		{
			id: "push-fetch-only", exit: exitRefused,
			about: "Somebody pushes to a remote that is Moodle's, which is only fetched from. If the remote has the wrong role, `mgit config edit` changes it.",
		},
		{
			id: "push-not-public", exit: exitRefused,
			about: "Somebody pushes to a remote that the community sees, and what is pushed is not known to be for it: not a branch whose record says public = true, and not something that upstream has. Targets, releases and the mgit branch never go there.",
		},
		{
			id: "push-content", exit: exitRefused,
			about: "A branch may go to a public remote by its record, but its commits hold something that may not: an internal path, ticket or word, a file of the mgit branch, a commit of a branch that is not public, or a copy of one. The message names commit and file. Waived, it is seen by everybody and cannot be taken back.",
		},
		{
			id: "push-own-refs", exit: exitRefused,
			about: "refs/mgit/ holds the journal and the parked work of this clone. `git push --mirror` would publish it, and other clones would take these runs for their own.",
		},
		{
			id: "push-merged", exit: exitRefused,
			about: "The mgit branch holds mgit's own files and is never merged into anything: on every server they would lie in Moodle's folder, and the next upgrade would carry them along. Somebody pushes a merge of it, a branch of the site that is it, or something else under its name.",
		},
		{
			id: "push-errors", exit: exitRefused,
			about: "The checks found errors in what is new to the remote on a branch of the site. Mend them in the commits that they are in, or let them pass by their names: `mgit push --allow ID` or MGIT_ALLOW=ID for this push, a line \"Mgit-Allow: ID REASON\" in a commit's message for good.",
		},
		{
			id: "push-no-role", exit: exitRefused, final: true,
			hint:  "`mgit init --internal REMOTE` or `--public REMOTE` gives it a role; `mgit config trust` confirms what a colleague set",
			about: "mgit does not know whose repository that is, and so pushes nothing there. Roles belong to URLs: after `git remote set-url` a remote has none.",
		},
		{
			id: "push-upstream", exit: exitRefused, final: true,
			about: "The remote is Moodle's, which is only fetched from. Fixes for Moodle go to your own public repository, under a name like MDL-12345-main.",
		},
		{
			id: "push-kind", exit: exitRefused, final: true,
			about: "`mgit push` publishes branches of the site, targets and release tags: the latter two to internal remotes only. The mgit branch is shared by `mgit sync`, and refs/mgit/ stays in its clone.",
		},
		{
			id: "push-tag-exists", exit: exitRefused, final: true,
			about: "The remote has a tag of that name, which names something else. Whoever fetched it would never get yours. Make the release under the next number.",
		},
		{
			id: "push-rewrite-target", exit: exitRefused,
			about: "A target was rewritten here: what the remote has of it is not in the new one. Servers that pull it could not fast-forward.",
		},
		{
			id: "push-rules-pending", exit: exitRefused, final: true,
			hint:  "`mgit config trust` shows the change and confirms it",
			about: "The rules for what the community may see have changed on the mgit branch, and nobody has confirmed that in this clone. Until then nothing goes to a public remote.",
		},
		{
			id: "push-together", exit: exitRefused, final: true,
			about: "What belongs together is pushed together or not at all: a target with its releases, a set with its branches. One of them was refused, so the others stay here too.",
		},
		{
			id: "cut-over", exit: exitRefused,
			about: "The branch that servers pull would not move forward: its commits are not all in the target, or somebody took it back. That is usual when a site moves to a new version, and somebody should have looked. What it names now gets a tag, and the servers need `git reset --keep`.",
		},
		{
			id: "worktree-dirty", exit: exitRefused, final: true,
			hint:  "commit or stash them, or leave --switch away",
			about: "To check a branch out, files in the work tree change. mgit does not do that where something is not committed yet. Nor does it commit an .env file with changes in it that are not its own, or in the middle of a merge.",
		},
		{
			id: "duplicate-key", exit: exitRefused,
			about: "A variable is set twice in an .env file, to different values. Shells and Docker Compose take the last one, other readers may not, and whoever wrote it may not know. Waived, a bump writes the new value at all its places, and a promotion takes the last one.",
		},
		{
			id: "file-changed", exit: exitRefused, final: true,
			hint:  "give the command again",
			about: "Between reading a file and writing it somebody else changed it. What they wrote was left alone.",
		},
		{
			id: "tag-exists", exit: exitRefused, final: true,
			hint:  "give another name",
			about: "A tag of this name exists, here or, for a release, at an internal remote. Somebody may have fetched it, and servers and backups know what they run by it, so that it is never moved.",
		},
		{
			id: "shallow", exit: exitRefused, final: true,
			hint:  "`git fetch --unshallow` brings the history that is missing",
			about: "The clone has only the newest part of its history. Which commits are a branch's own cannot be known from that, and a guess could lose some.",
		},
		{
			id: "tracker-pending", exit: exitRefused, final: true,
			hint:  "`mgit config trust` shows the change and confirms it",
			about: "Which tracker the site has stands on the mgit branch, and that came from somebody else. What the ledger says, and your key, go to a server only once you have confirmed it in this clone.",
		},
		{
			id: "token-elsewhere", exit: exitRefused,
			hint:  "look with `mgit config show` where the tracker is, and set MGIT_TRACKER_TOKEN to the key of that server",
			about: "A key belongs to the host that it was first sent to from this clone, so that nobody gets it by changing the tracker's address. Waived, the key is sent to the new host, and belongs to that from then on.",
		},
		{
			id: "many-dropped", exit: exitRefused,
			hint:  "`mgit tracker status` names the branches; look in the tracker who set that",
			about: "More branches than usual, over five and over a tenth, were dropped or held in the tracker since the last sync: by a bulk edit, a change of the workflow, or an account that somebody took over. A sync leaves them as they are, does all else and ends with 4. Waived, it takes them; `--take ledger` sets them back in the tracker, and a sync of some of the branches takes those.",
		},
		{
			id: "tracker-no-key", exit: exitUsage, is: typed[*job.NoKeyError],
			hint:  "set MGIT_TRACKER_TOKEN, or give the command on a terminal: mgit asks, and git keeps the key if it has a credential.helper",
			about: "The tracker has to know who writes. The key comes from the variable MGIT_TRACKER_TOKEN, else from git credential, where it is kept as git keeps passwords; on a terminal mgit asks. It is in no file of mgit's.",
		},
		{
			id: "tracker-key", exit: exitUnexpected, is: sentinel(tracker.ErrKey),
			hint:  "look whether MGIT_TRACKER_TOKEN is the key of this server, or let git forget the one it keeps: `git credential reject`",
			about: "The tracker was reached and does not know the key: it was mistyped, has run out, or is that of another server. In Redmine it stands on the page \"My account\". Nothing was written there.",
		},
		{
			id: "tracker-off", exit: exitUnexpected, is: sentinel(tracker.ErrSwitchedOff),
			hint:  "in Redmine: Administration > Settings > API > Enable REST web service",
			about: "The tracker's interface for programs is switched off. Its administrator has to switch it on.",
		},
		{
			id: "tracker-project", exit: exitUnexpected, is: sentinel(tracker.ErrProject),
			hint:  "look at tracker.project (`mgit config show`), and whether the key's owner is a member of it",
			about: "The tracker has no project of that name, or shows it to others only.",
		},
		{
			id: "tracker-setting", exit: exitUnexpected, is: typed[*tracker.SettingError],
			hint:  "`mgit config edit` sets it to one of the names that the tracker has, `mgit config edit --unset` leaves the choice to mgit",
			about: "A setting names a type of issue or a status that the tracker does not have, or not in this project. A tracker would put another one in its place without a word, so nothing was written there.",
		},
		{
			id: "tracker-rights", exit: exitUnexpected, is: sentinel(tracker.ErrRights),
			hint:  "ask the tracker's administrator for the right to see, add and edit issues, to add notes and to manage subtasks",
			about: "The key is known, and its owner may not do in this project what mgit needs. What a tracker ignores without a word is not this: it is named in the report.",
		},
		{
			id: "tracker-slow", exit: exitUnreachable, is: sentinel(tracker.ErrSlow),
			hint:  "give `mgit tracker sync` again when the tracker has less to do",
			about: "Two syncs at once are kept apart by a note in the tracker itself, and that works only while a change takes less than some seconds. This one takes longer, so nothing more was written, and nothing is there twice.",
		},
		{
			id: "tracker-mark", exit: exitUnexpected, is: sentinel(tracker.ErrMark),
			hint:  "look in the tracker whether the description of the upgrade's issue ends with lines of mgit's, and what takes them away",
			about: "Every issue has a line in its description by which any clone finds it again. This tracker changes or drops that line: another program rewrites descriptions, or the text was cut off.",
		},
		{
			id: "tracker-refused", exit: exitUnexpected, is: isTrackerRefusal,
			hint:  "`--verbose` shows the requests that were sent",
			about: "The tracker answered in a way that mgit has no better name for. What was done before is done, and the next `mgit tracker sync` goes on.",
		},
		{
			id: "newer-format", exit: exitUnexpected, is: sentinel(config.ErrNewer),
			hint:  "install the newest mgit: a later one than this wrote the file",
			about: "A file of settings, or of the mgit branch, is in a format that this mgit does not know, because a later one wrote it. Nothing was done: what is not understood is not guessed.",
		},
		{
			id: "ledger", exit: exitDamaged, is: typed[*upgrade.FileError],
			hint:  "put it right on the mgit branch: `git worktree add DIR mgit`, edit the file there, commit; `mgit config check` looks at it, and `git log -p mgit -- upgrades` has what stood there before",
			about: "The ledger of an upgrade stands as a text on the mgit branch, and people edit it. Something in it cannot be taken: the message names file, line and what is allowed there. Nothing was done and nothing in the file is lost.",
		},
		{
			id: "settings", exit: exitUnexpected, is: typed[config.Problems],
			hint:  "`mgit config check` lists all that is wrong; `mgit config edit` changes what stands on the mgit branch",
			about: "A file of settings cannot be used as it stands. The message names file, line and key. Nothing was done, because a setting that is guessed could move branches to the wrong place.",
		},
		{
			id: "usage", exit: exitUsage,
			about: "mgit did not understand the command line. Nothing was done. `mgit help` lists the commands, `mgit help COMMAND` explains one.",
		},
		{
			id: "needs-answer", exit: exitUsage,
			about: "mgit would have to ask you something, and there is no terminal to ask on (a pipe, a CI job, --json). The message names the flag that gives the answer; --yes takes the proposed answer everywhere.",
		},
		{
			id: "unexpected", exit: exitUnexpected,
			about: "Something went wrong that mgit has no better name for: a full disk, a permission, a program that failed, or a fault in mgit. Before its commit point a run has changed nothing. `--verbose` shows the git commands that led here.",
		},
	}
}
