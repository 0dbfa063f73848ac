package machocheck

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/abivet/abivet/abi"
)

// introducedText says of itself where it comes from.
//
//go:generate go run ./refresh $ZIG
//go:embed introduced.txt
var introducedText string

// introduced has the release that each symbol came with, by processor.
var introduced = sync.OnceValue(func() map[string]map[string]abi.Version {
	amd64, arm64 := map[string]abi.Version{}, map[string]abi.Version{}
	for line := range strings.Lines(introducedText) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 3 || strings.HasPrefix(line, "#") {
			continue
		}
		amd64[fields[0]], arm64[fields[0]] = abi.Version(fields[1]), abi.Version(fields[2])
	}
	return map[string]map[string]abi.Version{"amd64": amd64, "arm64": arm64}
})

// A sieve knows of most names that it does not have them by no more than their
// first letter and how long they are.
type sieve [256]uint64

func (s *sieve) add(name string)      { s[name[0]] |= 1 << (len(name) % 64) }
func (s *sieve) may(name []byte) bool { return s[name[0]]>>(len(name)%64)&1 != 0 }

// dated has the names of introduced as in C.
var dated = sync.OnceValue(func() *sieve {
	var s sieve
	for _, names := range introduced() {
		for name := range names {
			s.add(inC(name))
		}
	}
	return &s
})
