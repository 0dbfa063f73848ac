// Command abivet says whether native code loads and works in a user space. It
// reads files and never runs them.
//
//	abivet check --target debian:11 dist/
//	abivet show dist/libfoo.so
//	abivet load --root rootfs/ dist/app
//	abivet targets
//	abivet explain glibc-floor
//
// # Exit codes
//
//	0  clean
//	1  findings at or above --fail-on (default: error)
//	2  usage: an unknown flag, format, target or rule, or a target file that is
//	   not there or damaged
//	3  could not check: no native file, a file or user space that cannot be read or is
//	   damaged, or a package of which nothing could be laid out in --root
//
// They are the same in every format. A run that has both findings and files
// that could not be checked ends with 3: there may be more.
//
// # Limitations
//
// Without --root a file is judged by itself: which libraries a loader would
// find, and whether they define what the file imports, is not looked at. With
// it, only what is linked is: what a program opens at run time by a name that it
// computes cannot be seen. What constructors and resolvers of indirect functions
// do is not foreseen.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	if !userCollects() {
		startWithRoom()
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// startWithRoom puts the first collection of garbage off until the heap has 16
// MiB instead of 4: most runs end before that, and a collection is a good part of
// what a single closure costs. From then on all is as ever.
func startWithRoom() {
	const room = 400
	usual := debug.SetGCPercent(room)
	runtime.AddCleanup(new([64]byte), func(percent int) {
		if now := debug.SetGCPercent(percent); now != room {
			debug.SetGCPercent(now) // a command has chosen for itself
		}
	}, usual)
}

// userCollects reports whether the user has said when to collect garbage.
func userCollects() bool { return os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" }
