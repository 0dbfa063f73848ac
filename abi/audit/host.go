package audit

import (
	"slices"
	"sync"

	"github.com/abivet/abivet/abi/extension"
)

// Hosts are what is known of the program of --host: whose extensions it does not
// open, by what it is asked to be: a platform, a slice on a release. Of the other files of a directory most
// are then laid out once, and not first in the program and then without it.
type hosts struct {
	mu    sync.Mutex
	lacks map[string]map[extension.Host]bool // there is a map where the program starts
}

// passesOver reports whether the program is known to start, and not to be a host
// of any of some extensions.
func (h *hosts) passesOver(asked string, extensions []extension.Info) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	lacks, starts := h.lacks[asked]
	return starts && !slices.ContainsFunc(extensions, func(x extension.Info) bool { return !lacks[x.Host] })
}

// learn notes that the program starts and, where it has opened a file, that it
// is the host of none of the extensions that this is.
func (h *hosts) learn(asked string, extensions []extension.Info, opened bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lacks == nil {
		h.lacks = map[string]map[extension.Host]bool{}
	}
	if h.lacks[asked] == nil {
		h.lacks[asked] = map[extension.Host]bool{}
	}
	for _, x := range extensions {
		if opened {
			h.lacks[asked][x.Host] = true
		}
	}
}
