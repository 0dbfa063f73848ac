package main

import (
	"fmt"
	"io"
	"time"
)

// newProgress returns a function that shows on a terminal how far long work
// has come, and one that takes that away again.
func newProgress(w io.Writer) (show func(int), done func()) {
	const patience, pause = time.Second, 100 * time.Millisecond
	next, shown := time.Now().Add(patience), false
	show = func(n int) {
		if now := time.Now(); now.After(next) {
			fmt.Fprintf(w, "\rlooked at %d files", n)
			next, shown = now.Add(pause), true
		}
	}
	done = func() {
		if shown {
			fmt.Fprint(w, "\r\x1b[K")
		}
	}
	return show, done
}
