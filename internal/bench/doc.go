// Package bench measures mgit against git: the built program as a whole process,
// writing included, on branches of a site on Moodle's real history. It is tests
// only, run by `make bench`; docs/benchmarks.md keeps what they print.
//
//	MGIT_BENCH=1         run them at all
//	MGIT_MOODLE          a clone of Moodle with its tags and stable branches
//	MGIT_GIT_REPLAY      a git that has `git replay` (2.44 and later)
//	MGIT_PROGRAM         measure this mgit instead of building one
//
// Times are medians of runs taken in turn, ours and git's, so that a busy machine
// slows both; only the ratios of neighbours mean something elsewhere. Whether results are
// right is for the tests of the other packages to say; here they are compared so
// far that it is certain that both did the same work.
package bench
