package audit

import (
	"strings"

	"github.com/abivet/abivet/abi"
)

// targetsFor returns the targets that a file of a platform is judged against:
// of every set the one for that platform. Where no set has one, it is the
// nearest, so that a file for another platform is a finding and not a pass.
// Without sets it is one target that promises nothing.
func targetsFor(sets []abi.TargetSet, p abi.Platform) []abi.Target {
	if len(sets) == 0 {
		return []abi.Target{{}}
	}
	var exact []abi.Target
	var near abi.Target
	var nearSet abi.TargetSet
	for i, set := range sets {
		t, ok := nearestIn(set, p)
		if ok {
			exact = append(exact, t)
		} else if i == 0 || near.Platform.OS != p.OS && t.Platform.OS == p.OS {
			near, nearSet = t, set
		}
	}
	if exact == nil {
		if near.Platform.Arch != p.Arch {
			near.Platform.Arch = architectures(nearSet, near.Platform)
		}
		return []abi.Target{near}
	}
	return exact
}

// nearestIn is TargetSet.For, but for Android: its files are ELF for Linux, and
// nothing in them has to name the system. The target is then called that too,
// since rules compare platforms. Of another system, the nearest is the one of
// the same processor.
func nearestIn(set abi.TargetSet, p abi.Platform) (t abi.Target, ok bool) {
	near, _ := set.For(p)
	for _, t := range set {
		if t.Serves(p) {
			t.Platform = p
			return t, true
		}
		if near.Platform.OS != p.OS && t.Platform.Arch == p.Arch {
			near = t
		}
	}
	return near, false
}

// architectures are all that a set is for on the system of a platform, as a
// sentence has them: none of them is the one that was meant.
func architectures(set abi.TargetSet, p abi.Platform) string {
	var all []string
	for _, t := range set {
		if t.Platform.OS == p.OS {
			all = append(all, t.Platform.Arch)
		}
	}
	last := len(all) - 1
	if last < 1 {
		return p.Arch
	}
	return strings.Join(all[:last], ", ") + " and " + all[last]
}
