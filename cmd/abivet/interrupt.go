package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/internal/ar"
	"github.com/abivet/abivet/internal/rawfile"
)

// interruptible has signals end a command in order: a report that is not whole is
// thrown away, or says so. The second signal ends it at once.
func interruptible(c *cobra.Command) (stop func()) {
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	c.SetContext(ctx)
	return stop
}

// brief reports whether a command writes what it finds out about one native file, or
// knows by itself, at once, and nothing else. A signal simply ends that: there is no half of it, and the
// two threads of the runtime that wait for one cost a tenth of what such a run takes.
func brief(c *cobra.Command, paths []string) bool {
	switch c.Name() {
	case "explain", "targets", "version": // of which nothing is read
		return true
	case "check", "load", "show", "tree":
	default:
		return false
	}
	if len(paths) != 1 || c.Flags().Changed("output") {
		return false
	}
	roots, _ := c.Flags().GetStringArray("root") // show has none
	for _, root := range roots {
		if info, err := os.Stat(root); err != nil || !info.IsDir() {
			return false // an image, to be unpacked
		}
	}
	file, err := rawfile.Open(paths[0]) // which does not wait for a pipe
	if err != nil {
		return false
	}
	defer file.Close()
	var start [8]byte
	n, _ := file.ReadAt(start[:], 0) // a shorter one is none
	return audit.IsNative(start[:n]) && !ar.IsArchive(start[:n])
}
