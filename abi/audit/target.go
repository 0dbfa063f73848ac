package audit

import "github.com/abivet/abivet/abi"

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
	for i, set := range sets {
		t, ok := nearestIn(set, p)
		if ok {
			exact = append(exact, t)
		} else if i == 0 || near.Platform.OS != p.OS && t.Platform.OS == p.OS {
			near = t
		}
	}
	if exact == nil {
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
		if serves(t, p) {
			t.Platform = p
			return t, true
		}
		if near.Platform.OS != p.OS && t.Platform.Arch == p.Arch {
			near = t
		}
	}
	return near, false
}

// serves reports whether a target is for files of a platform.
func serves(t abi.Target, p abi.Platform) bool {
	if t.Platform.OS == "android" && p.OS == "linux" {
		return t.Platform.Arch == p.Arch
	}
	return t.Platform == p
}
