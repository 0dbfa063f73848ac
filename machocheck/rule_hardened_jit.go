package machocheck

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
)

var hardenedRuntimeJIT = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "hardened-runtime-jit",
		Title:    "a program makes code at run time and the hardened runtime does not let it",
		Severity: abi.Warning,
		Why: `The hardened runtime, which notarization asks for, lets a program map memory that is
writable and executable only where its signature says so. Without the entitlement mmap
with MAP_JIT fails: a compiler at run time falls back to its interpreter, or the program
ends. Only the entitlements of the program count, not those of its libraries.

That a program makes code is known by its use of pthread_jit_write_protect_np, which
does nothing else.`,
		Fix: `Sign with the entitlement: codesign -f -s IDENTITY --options runtime --entitlements FILE,
where FILE is a property list with com.apple.security.cs.allow-jit true. A compiler that
does not use MAP_JIT needs com.apple.security.cs.allow-unsigned-executable-memory.`,
		Refs: []string{
			"https://developer.apple.com/documentation/bundleresources/entitlements/com.apple.security.cs.allow-jit",
			"https://developer.apple.com/documentation/apple-silicon/porting-just-in-time-compilers-to-apple-silicon",
		},
	},
	Check: checkHardenedRuntimeJIT,
}

// jitProtection begins the names of functions that nobody calls but who makes
// code.
const jitProtection = "_pthread_jit_write_"

// jitEntitlements let a program make code, each in its way.
var jitEntitlements = []string{
	"com.apple.security.cs.allow-jit",
	"com.apple.security.cs.allow-unsigned-executable-memory",
	"com.apple.security.cs.disable-executable-page-protection",
}

func checkHardenedRuntimeJIT(f *File, t abi.Target) []abi.Finding {
	s := &f.Signature
	if f.Kind != Executable || f.Platform.OS != darwin || s.Flags&HardenedRuntime == 0 {
		return nil
	}
	if len(checkLuaJITHardenedRuntime(f, t)) > 0 {
		return nil // it is LuaJIT that imports this, and that rule says so
	}
	for _, key := range jitEntitlements {
		if s.Entitled(key) {
			return nil
		}
	}
	for _, i := range f.Imports {
		if !strings.HasPrefix(i.Name, jitProtection) {
			continue
		}
		return []abi.Finding{{
			Message: fmt.Sprintf("makes code at run time (imports %q) and its hardened runtime does not have the entitlement %s",
				i.Name, jitEntitlements[0]),
			Evidence: []string{fmt.Sprintf("code directory: flags %#x", s.Flags), fmt.Sprintf("%d entitlements", len(s.Entitlements))},
			Subject:  jitEntitlements[0],
		}}
	}
	return nil
}
