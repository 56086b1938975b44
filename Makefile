# `go run ./cmd/mgit demo` and `go test ./...` need no make; this file is for the rest.

GO       ?= go
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
EPOCH    := $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
LDFLAGS  := -s -w -X main.version=$(VERSION)
TARGETS  := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
FUZZTIME ?= 1m
CASES    ?= 100000
BRANCHES ?= 5000
BENCH    ?= .
REDMINE_BRANCHES ?= 250

.PHONY: build check test bench real managers redmine-test layout fuzz cover man pictures dist vuln clean

build: ## ./mgit for this machine
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o mgit ./cmd/mgit

check: ## what CI runs
	./.ci/run

test:
	$(GO) test ./...

# MGIT_MOODLE=/path/to/a/clone/of/moodle is what is measured; MGIT_GIT_REPLAY=/path/to/git, 2.44 or newer,
# adds the comparison with `git replay`. BENCH=Bars measures only what is promised.
bench: ## the ratios against Git that docs/benchmarks.md keeps, then the small benchmarks
	MGIT_BENCH=1 $(GO) test -count 1 -timeout 2h -v -run '$(BENCH)' ./internal/bench
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchtime 1x -count 1 ./internal/...

real: ## the tests on Moodle's real history: MGIT_MOODLE=/path/to/a/clone/of/moodle
	$(GO) test -count 1 -timeout 2h -v -run 'Moodle|TestHistoryOf|TestRealReleases|TestWholeRelease' ./internal/git ./internal/moodle ./internal/rebase ./internal/assemble ./internal/upstream ./internal/live ./internal/hunk ./internal/corehack ./internal/clash ./internal/forecast ./internal/plugins ./internal/check ./internal/job ./cmd/mgit

# pre-commit and lefthook, where they are on the PATH: they must be programs that are installed beside the project.
# MGIT_HUSKY=/path/to/node_modules/husky tells where `npm install husky` has put it.
managers: ## the hooks with the programs that look after hooks: pre-commit, lefthook, husky
	MGIT_MANAGERS=1 $(GO) test -count 1 -v -run 'TestWith(PreCommit|Lefthook|Husky)' ./cmd/mgit

# Debian's redmine is installed where root, or sudo without a password, can; else a reason is printed.
redmine-test: ## the tests on a real Redmine: installs, starts and stops it; REDMINE_BRANCHES=250
	MGIT_CASES=$(REDMINE_BRANCHES) ./internal/tracker/redmine/testdata/redmine.sh test -v ./internal/tracker/...

layout: ## the upgrade below public/ on a tree as large as Moodle, with git rebase beside it: minutes
	MGIT_CASES=1 $(GO) test -count 1 -timeout 2h -v -run 'AcrossTheMove|TableWrittenByHand|SiteIsWhatItSays|EveryPathHasAPlace' ./internal/layout/... ./internal/assemble ./internal/job

# Two kinds: the property and kill tests in their long form, then every fuzz target for FUZZTIME.
fuzz: ## the long runs: hours
	MGIT_FUZZ=1 MGIT_CASES=$(CASES) MGIT_BRANCHES=$(BRANCHES) $(GO) test -count 1 -timeout 12h -v -run 'Identity|BranchesAre|Kill|Resolution|Random|Property|LoseNothing|IsAGitRebase|EveryPair|SyncsAtOnce' ./internal/... ./cmd/... ./tui/...
	@grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's/:func / /' | \
	while read -r file name; do \
		echo "== $$name ($$file)"; \
		$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" || exit 1; \
	done

cover: ## statement coverage over all packages
	$(GO) test -coverpkg=./... -coverprofile=coverage.out ./...
	$(GO) tool cover -func=coverage.out | tail -n 1

man: ## manual pages in dist/man
	$(GO) run -tags man ./cmd/mgit man dist/man

# Debian's xvfb, xterm, imagemagick, tmux, x11-utils and fonts-dejavu-core.
pictures: ## the pictures of the README, taken of the demo in a real terminal
	./docs/pictures/take.sh

vuln: ## known vulnerabilities in what is called; needs the network
	$(GO) run golang.org/x/vuln/cmd/govulncheck@latest ./...

# The same commit gives the same bytes: no build paths, no clock, no owner.
dist: man ## dist/mgit-VERSION-OS-ARCH.tar.gz with SHA256SUMS
	@set -eu; for target in $(TARGETS); do \
		name=mgit-$(VERSION)-$$(echo $$target | tr / -); \
		rm -rf "dist/$$name"; mkdir -p "dist/$$name/man/man1"; \
		echo "== $$name"; \
		CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} \
			$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o "dist/$$name/mgit" ./cmd/mgit; \
		ln -s mgit "dist/$$name/git-mgit"; \
		cp LICENSE README.md CHANGELOG.md "dist/$$name/"; \
		cp dist/man/*.1 "dist/$$name/man/man1/"; \
		tar -C dist --sort=name --owner=0 --group=0 --numeric-owner --mtime=@$(EPOCH) --mode=u=rwX,go=rX \
			-cf - "$$name" | gzip -9n > "dist/$$name.tar.gz"; \
		rm -rf "dist/$$name"; \
	done
	cd dist && sha256sum mgit-$(VERSION)-*.tar.gz > SHA256SUMS && cat SHA256SUMS

clean:
	rm -rf dist mgit coverage.out
