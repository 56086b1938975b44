// Package forecast says what Moodle's upgrade will do to the database when one
// code base takes the place of another: which steps of core's and of every
// plugin's db/upgrade.php run, in which order, and what they weigh.
//
// It reads the two trees and nothing else. PHP is not executed: a step is an `if`
// on the old version, and its weight is what its body calls, with the tables it
// names. What is no literal, or not understood, is said. How long a step takes
// depends on rows that no tree has, so the weights are classes with reasons and
// never minutes.
//
// Which trees are compared is decided in package job.
package forecast
