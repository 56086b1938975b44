#!/usr/bin/env bash
# take.sh [DIR] takes the pictures of the README: the screen of mgit on the demo's site, in a real xterm.
#
# It needs Xvfb, xterm, ImageMagick, tmux and a font, from Debian's packages xvfb, xterm, imagemagick, tmux,
# x11-utils and fonts-dejavu-core. The demo is the same every time, so the pictures change only where mgit does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=$(realpath "${1:-docs/pictures}")
mkdir -p "$out"

for program in Xvfb xterm import convert tmux xwininfo; do
	if ! command -v "$program" >/dev/null; then
		printf 'take.sh needs %s: apt-get install xvfb xterm imagemagick tmux x11-utils fonts-dejavu-core\n' "$program" >&2
		exit 1
	fi
done

work=$(mktemp -d)
display=$((90 + RANDOM % 900))
socket=mgit-pictures-$$
cleanup() {
	tmux -L "$socket" kill-server 2>/dev/null || true
	[ -z "${xvfb:-}" ] || kill "$xvfb" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT

go build -o "$work/bin/mgit" ./cmd/mgit
export PATH="$work/bin:$PATH" HOME="$work/home" XDG_CONFIG_HOME="$work/home/.config" TMUX=
mkdir -p "$HOME"
git config --global user.name "Ada Lovelace"
git config --global user.email ada@example.org
code=0
mgit demo "$work/demo" >/dev/null 2>&1 || code=$?
# 4 says that some branches wait for a person, as the demo's do.
if [ "$code" -ne 0 ] && [ "$code" -ne 4 ]; then
	printf 'mgit demo ended with %d\n' "$code" >&2
	exit 1
fi

# The live tree beside the clone is the site that runs.
mgit -C "$work/demo/site" config edit site.live.path "$work/demo/live" >/dev/null
mgit -C "$work/demo/site" config edit site.live.environment production >/dev/null
mgit -C "$work/demo/site" config edit site.live.target deployment >/dev/null

Xvfb ":$display" -screen 0 1920x1200x24 -nolisten tcp >/dev/null 2>&1 &
xvfb=$!
for _ in $(seq 100); do [ -S "/tmp/.X11-unix/X$display" ] && break; sleep 0.1; done
export DISPLAY=":$display"

# settled waits until the screen has not changed for half a second.
settled() {
	local before='' now same=0
	for _ in $(seq 150); do
		now=$(tmux -L "$socket" capture-pane -ept s)
		if [ "$now" = "$before" ]; then same=$((same + 1)); else same=0; fi
		[ "$same" -ge 5 ] && return
		before=$now
		sleep 0.1
	done
}

# picture NAME GEOMETRY BACKGROUND FOREGROUND KEY… starts the screen, presses keys and takes a picture of the window.
picture() {
	local name=$1 geometry=$2 background=$3 foreground=$4
	shift 4
	xterm -T "$socket" -bg "$background" -fg "$foreground" -fa 'DejaVu Sans Mono' -fs 11 -geometry "$geometry" \
		-e tmux -L "$socket" -f /dev/null new-session -s s "cd '$work/demo/site' && exec mgit" \; set -g status off &
	local xterm=$!
	for _ in $(seq 100); do tmux -L "$socket" has-session -t s 2>/dev/null && break; sleep 0.1; done
	sleep 1
	settled
	local key
	for key in "$@"; do
		tmux -L "$socket" send-keys -t s "$key"
		settled
	done
	local window
	window=$(xwininfo -root -tree | grep "\"$socket\"" | awk '{print $1}' | head -1)
	import -window "$window" -strip png:- | convert png:- +dither -colors 64 -define png:compression-level=9 "$out/$name.png"
	tmux -L "$socket" kill-server
	wait "$xterm" 2>/dev/null || true
	printf '%s\n' "$out/$name.png"
}

dark=('#1e1e1e' '#dddddd')
light=('#ffffff' '#222222')
picture branches 120x30 "${dark[@]}" G j k k
picture upgrade 120x30 "${dark[@]}" 2
picture upgrade-light 120x30 "${light[@]}" 2
picture conflict 150x20 "${dark[@]}" 3 G Enter
picture conflict-light 150x20 "${light[@]}" 3 G Enter
picture corehacks 120x30 "${dark[@]}" 4 j
picture targets 120x30 "${light[@]}" 5
picture help 80x24 "${light[@]}" '?'

# hack NAME FILE EDIT makes a branch that changes a file of v4.1.0 by an expression of sed.
hack() {
	local index=$work/index blob tree
	blob=$(git show "v4.1.0:$2" | sed "$3" | git hash-object -w --stdin)
	GIT_INDEX_FILE=$index git read-tree v4.1.0
	GIT_INDEX_FILE=$index git update-index --cacheinfo "100644,$blob,$2"
	tree=$(GIT_INDEX_FILE=$index git write-tree)
	rm "$index"
	git branch "LUVLE-4.1-hack-$1" "$(git commit-tree -p "v4.1.0^{commit}" -m "$1: A change" "$tree")"
}

# The demo has one pair of branches that meet. For the map of conflicts a few more change what others change.
cd "$work/demo/site"
hack mod_forum-prefix mod/forum/lib.php 's/.*Aw:.*/    $known = [];/'
hack mod_forum-threads mod/forum/lib.php '$a // The threads of the site.'
hack core_user-names user/lib.php '$a // The names of the site.'
hack core_user-sorting user/lib.php '$a // Sorted by the site.'
hack core-labels lib/moodlelib.php '$a // The labels of the site.'
hack core-footer lib/moodlelib.php '2a // The footer of the site.'
cd - >/dev/null
picture heatmap 150x24 "${light[@]}" 5 c n
