#!/usr/bin/env bash
# A real Redmine for the tests: Debian's package, with SQLite, on 127.0.0.1 only. Each server has a
# database of its own and a name; as many run at once as are started.
#
#   redmine.sh possible                  whether one can be installed here; prints why not
#   redmine.sh install                   packages, and a database with users, roles and a project
#   redmine.sh start NAME                starts a server, with what it held before; prints its address
#   redmine.sh stop NAME | drop NAME     ends it | and throws away what it holds
#   redmine.sh kill NAME                 ends it as a power failure would
#   redmine.sh setting NAME KEY VALUE    a setting: rest_api_enabled 0, text_formatting markdown …
#   redmine.sh rights NAME ROLE ±RIGHT…  gives a role a right, or takes it: +manage_subtasks -edit_issues
#   redmine.sh sql NAME SQL [VALUE…]     a statement on its database
#   redmine.sh test ARGUMENT…            installs, starts, runs `go test` with MGIT_REDMINE set, drops:
#                                        test ./internal/tracker/...
#
# Keys are a letter 40 times: a admin, b manager, c a second manager, d developer, e reporter,
# f somebody who is no member. The project is moodle-upgrade, with a subproject and a project beside it.
#
# Seen with Redmine 5.0.4 of Debian 12. It needs root or sudo without a password.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${MGIT_REDMINE_HOME:-/var/tmp/mgit-redmine-test}
code=/usr/share/redmine
packages=(redmine redmine-sqlite ruby-webrick)

root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Redmine runs as the user who owns its folders.
as_redmine() {
	root runuser -u www-data -- env RAILS_ENV=production REDMINE_INSTANCE=default "$@"
}

die() {
	printf '%s\n' "$*" >&2
	exit 1
}

installed() {
	local state
	for package in "${packages[@]}"; do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || return 1
		[ "$state" = installed ] || return 1
	done
}

available() {
	root apt-get install -qq --simulate "${packages[@]}" >/dev/null 2>&1
}

# What stands in the way of a Redmine here; nothing if it can be had.
possible() {
	if ! command -v apt-get >/dev/null; then
		echo "there is no apt-get"
	elif ! { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
		echo "packages need root, or sudo without a password"
	elif ! command -v runuser >/dev/null; then
		echo "there is no runuser"
	elif ! installed && ! available && ! { root apt-get update -qq >/dev/null 2>&1 && available; }; then
		echo "the packages ${packages[*]} are not available"
	else
		return 0
	fi
	return 1
}

# The template belongs to this version of the seeds and of Redmine.
template() {
	local id
	id=$({ cat "$here/seed.rb"; dpkg-query -W -f '${Version}' redmine; } | sha256sum)
	printf '%s/template-%s.db\n' "$home" "${id:0:16}"
}

set_up() {
	if ! installed; then
		# The defaults are the same; after a purge there is no question to answer.
		printf '%s\n' 'redmine redmine/instances/default/dbconfig-install boolean true' \
			'redmine redmine/instances/default/database-type select sqlite3' \
			'redmine redmine/instances/default/default-language select en' |
			root debconf-set-selections 2>/dev/null || true
		root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 \
			install -qq -y --no-install-recommends "${packages[@]}" >&2
	fi
	local packaged=/var/lib/dbconfig-common/sqlite3/redmine/instances/default/redmine_default to new
	to=$(template)
	if root test -s "$to"; then return; fi
	root test -s "$packaged" || die "the package redmine has made no SQLite database at $packaged"
	root install -d -o www-data -g www-data "$home"
	new=$to.$$
	root install -o www-data -g www-data -m 600 "$packaged" "$new"
	root install -m 644 "$here/seed.rb" "$home/seed.$$.rb"
	(cd "$code" && as_redmine DATABASE_URL="sqlite3:$new" bundle exec rails runner "$home/seed.$$.rb") ||
		die "the database cannot be filled"
	root rm -f "$home/seed.$$.rb"
	root mv "$new" "$to"
}

# name checks one, and prints the folder of its server.
folder() {
	case ${1:-} in
	'' | *[!a-zA-Z0-9_-]*) die "a server is named by letters and digits" ;;
	esac
	printf '%s/%s\n' "$home" "$1"
}

free_port() {
	ruby -rsocket -e 'server = TCPServer.new("127.0.0.1", 0); puts server.addr[1]'
}

# answers reports whether a server serves at a port, and whether it is the one that was started:
# somebody else may have taken the port.
answers() {
	root kill -0 "$2" 2>/dev/null && curl -sf -o /dev/null --max-time 10 "http://127.0.0.1:$1/login"
}

start() {
	local dir port webrick pid
	dir=$(folder "$1")
	root test -e "$(template)" || set_up
	if ! root test -d "$dir"; then
		root install -d -o www-data -g www-data "$dir"
		root install -o www-data -g www-data -m 600 "$(template)" "$dir/redmine.db"
	fi
	# Ruby 3.1 has no webrick of its own any more, and Redmine's lock file lacks the packaged one.
	webrick=$(dirname "$(dpkg -L ruby-webrick | grep '/lib/webrick\.rb$')")
	# One request at a time: SQLite gives up where two transactions meet, and waiting for one
	# another they would stop all of Ruby.
	printf '%s\n' "require '$code/config/environment'" 'use Rack::Lock' 'run Rails.application' |
		root tee "$home/config.ru" >/dev/null
	for _ in 1 2 3; do
		# A server that was there before keeps its address.
		port=$(root cat "$dir/port" 2>/dev/null) || port=$(free_port)
		root rm -f "$dir/pid"
		(cd "$code" && as_redmine RUBYLIB="$webrick" DATABASE_URL="sqlite3:$dir/redmine.db" \
			sh -c 'echo "$2" >"$1/port"; exec setsid rackup -E production -s webrick -o 127.0.0.1 -p "$2" -P "$1/pid" "$3" >>"$1/log" 2>&1 </dev/null' \
			rackup "$dir" "$port" "$home/config.ru") >/dev/null 2>&1 </dev/null &
		for _ in $(seq 300); do
			sleep 0.1
			pid=$(root cat "$dir/pid" 2>/dev/null) || pid=
			if [ -n "$pid" ] && answers "$port" "$pid"; then
				printf 'http://127.0.0.1:%s\n' "$port"
				return
			fi
			kill -0 $! 2>/dev/null || break
		done
		root rm -f "$dir/port"
	done
	root tail -n 5 "$dir/log" >&2
	die "Redmine did not start"
}

# end SIGNAL NAME
end() {
	local dir pid
	dir=$(folder "$2")
	pid=$(root cat "$dir/pid" 2>/dev/null) || return 0
	root kill "-$1" "$pid" 2>/dev/null || true
	for _ in $(seq 100); do
		root kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	root kill -KILL "$pid" 2>/dev/null || true
	root rm -f "$dir/pid"
}

# ruby_on NAME PROGRAM [ARGUMENT…] runs a program with `db`, in one transaction.
ruby_on() {
	local dir program
	dir=$(folder "$1")
	program=$2
	shift 2
	as_redmine ruby -rsqlite3 -ryaml -e "
		db = SQLite3::Database.new(ARGV.shift)
		db.busy_timeout = 20_000
		db.transaction(:immediate) { $program }" "$dir/redmine.db" "$@"
}

setting() {
	ruby_on "$1" '
		db.execute("DELETE FROM settings WHERE name = ?", [ARGV[0]])
		# The servers read their settings again when one is newer than all they have.
		newest = db.get_first_value("SELECT max(updated_on) FROM settings") || ""
		now = [Time.now.utc, (Time.parse(newest + " UTC") rescue Time.at(0)) + 1].max
		db.execute("INSERT INTO settings (name, value, updated_on) VALUES (?, ?, ?)",
			[ARGV[0], ARGV[1], now.utc.strftime("%F %T.%6N")])' "$2" "$3"
}

rights() {
	local name=$1
	shift
	ruby_on "$name" '
		role = ARGV.shift
		text = db.get_first_value("SELECT permissions FROM roles WHERE name = ?", [role]) or abort "no role #{role}"
		all = YAML.load(text, permitted_classes: [Symbol])
		ARGV.each { |a| a[0] == "+" ? all |= [a[1..].to_sym] : all -= [a[1..].to_sym] }
		db.execute("UPDATE roles SET permissions = ? WHERE name = ?", [all.to_yaml, role])' "$@"
}

sql() {
	local name=$1
	shift
	ruby_on "$name" 'db.execute(ARGV.shift, ARGV).each { |row| puts row.join("\t") }' "$@"
}

run_tests() {
	local name=suite-$$ reason
	reason=$(possible) || {
		printf 'no Redmine here: %s\n' "$reason"
		return 0
	}
	set_up
	trap 'end TERM '"$name"'; root rm -rf "'"$(folder "$name")"'"' EXIT
	MGIT_REDMINE=$(start "$name")
	export MGIT_REDMINE
	cd "$(go env GOMOD | xargs dirname)"
	go test -count 1 -timeout 20m -run Redmine "$@"
}

command=${1:-}
shift || true
case $command in
possible) possible ;;
install) set_up ;;
start) start "$@" ;;
stop) end TERM "$@" ;;
kill) end KILL "$@" ;;
drop)
	end TERM "$@"
	root rm -rf "$(folder "$1")"
	;;
setting) setting "$@" ;;
rights) rights "$@" ;;
sql) sql "$@" ;;
test) run_tests "$@" ;;
*)
	sed -n '2,21s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
	exit 2
	;;
esac
