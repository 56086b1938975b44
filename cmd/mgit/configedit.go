package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newConfigEditCommand(c *call) *cobra.Command {
	var unset bool
	cmd := &cobra.Command{
		Use:   "edit [KEY [VALUE]]",
		Short: "Change the settings on the mgit branch",
		Args:  words("[KEY]", "[VALUE]"),
		Long: `Opens mgit.toml of the mgit branch in your editor, validates what you saved and commits it there. With
KEY and VALUE it sets that one key; comments and order of the file stay. VALUE is TOML, or plain text;
a list can be given with commas. ` + "`mgit undo`" + ` takes the change back. The editor is Git's.`,
		Example: `  mgit config edit
  mgit config edit series 4.5
  mgit config edit 'targets."4.5"' test,training,deployment
  mgit config edit --unset tracker.project`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.configEdit(cmd.Context(), args, unset) },
	}
	cmd.Flags().BoolVar(&unset, "unset", false, "remove KEY")
	return cmd
}

func (c *call) configEdit(ctx context.Context, args []string, unset bool) error {
	switch {
	case unset && len(args) != 1:
		return &usageError{text: "--unset takes one KEY", hint: "usage: mgit config edit --unset KEY"}
	case !unset && len(args) == 1:
		return &usageError{text: "mgit config edit " + args[0] + " needs VALUE", hint: "usage: mgit config edit KEY VALUE, or mgit config edit --unset KEY"}
	}
	site, err := c.openDespite(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	var edit *job.ConfigEdit
	switch {
	case len(args) == 0:
		edit, err = c.editSettings(ctx, site)
	case unset:
		edit, err = job.PlanConfigValue(ctx, site, args[0], nil)
	default:
		edit, err = job.PlanConfigValue(ctx, site, args[0], &args[1])
	}
	if err != nil {
		return err
	}
	run := 0
	if !c.flags.dryRun {
		if run, err = edit.Apply(ctx); err != nil {
			return err
		}
	}
	return c.answer(ctx, answer{result: edit, run: run, text: func(w io.Writer, p palette) error {
		c.writeConfigEdit(w, p, edit, run)
		return nil
	}})
}

func (c *call) writeConfigEdit(w io.Writer, p palette, edit *job.ConfigEdit, run int) {
	var changes []job.PendingInfo
	for _, k := range edit.Changes {
		changes = append(changes, job.PendingInfo(k))
	}
	writeDifference(w, p, changes)
	text := "Nothing changes."
	switch {
	case run != 0:
		text = fmt.Sprintf("Written to %s on the mgit branch. This was run %d.", edit.File, run)
	case !edit.Unchanged():
		text = "Nothing was written."
	}
	fmt.Fprintln(w, p.strong(text))
}

// editSettings lets a person edit mgit.toml until it is right.
func (c *call) editSettings(ctx context.Context, site *job.Site) (*job.ConfigEdit, error) {
	editor, err := c.editor(site)
	if err != nil {
		return nil, err
	}
	old, err := job.SettingsText(ctx, site)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "mgit-config-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "mgit.toml")
	if err := os.WriteFile(path, old, 0o600); err != nil {
		return nil, err
	}
	for {
		if err := c.runEditor(ctx, editor, path); err != nil {
			return nil, err
		}
		now, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		edit, err := job.PlanConfigText(ctx, site, old, now)
		var usage *job.UsageError
		if err == nil || !errors.As(err, &usage) || !c.canAsk() {
			return edit, err
		}
		for line := range strings.Lines(usage.Text) {
			fmt.Fprintln(c.stderr, printable(strings.TrimRight(line, "\n")))
		}
		again, askErr := c.confirm(ctx, question{text: "Edit it again?", proposal: "yes", flag: "--yes"})
		if ctx.Err() != nil {
			return nil, askErr
		}
		if askErr != nil || !again {
			return nil, err
		}
	}
}

// editor is the program that edits: mgit's own setting, which never comes from
// the mgit branch, then as git-var(1) finds it.
func (c *call) editor(site *job.Site) (string, error) {
	editor := cmp.Or(site.Config.Editor, c.get("GIT_EDITOR"), site.CoreEditor(), c.get("VISUAL"), c.get("EDITOR"))
	if editor == "" && c.isDumb() {
		return "", &usageError{
			id: "needs-answer", text: "there is no terminal for an editor, and none is named",
			hint: "`mgit config edit KEY VALUE` needs none; GIT_EDITOR or core.editor names one",
		}
	}
	return cmp.Or(editor, "vi"), nil
}

// runEditor hands the editor to a shell, as Git does: it may have arguments.
func (c *call) runEditor(ctx context.Context, editor, path string) error {
	cmd := exec.CommandContext(ctx, "sh", "-c", editor+` "$@"`, editor, path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.stdin, c.stderr, c.stderr
	cmd.Env = c.childVars()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("run the editor %q: %w", editor, err)
	}
	return nil
}
