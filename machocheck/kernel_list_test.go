package machocheck

import (
	"testing"

	"github.com/abivet/abivet/abi"
)

// What the kernel refuses, a rule says more of, and the rule finds it.
func TestKernelRefusals(t *testing.T) {
	ids := map[string]bool{}
	for _, r := range Rules() {
		ids[r.ID] = true
	}
	for _, r := range UniversalRules() {
		ids[r.ID] = true
	}
	for _, c := range kernelChecks {
		if !ids[c.rule] {
			t.Errorf("%s: no such rule", c.rule)
		}
	}
	preview := File{Platform: apple, Arch: "arm64e", Kind: Executable, Bits: 64, Entry: EntryMain, Dylinker: dynamicLoader}
	refused := func() bool {
		for _, r := range preview.KernelRefusals("26.0") {
			if r.Rule == arm64ePreview.ID {
				return true
			}
		}
		return false
	}
	if !refused() || len(arm64ePreview.Check(&preview, abi.Target{})) == 0 {
		t.Error("arm64e: want it refused")
	}
	preview.Signature = Signature{Present: true, Directories: []CodeDirectory{{Platform: 1}}}
	if refused() || len(arm64ePreview.Check(&preview, abi.Target{})) > 0 {
		t.Error("arm64e of Apple: want it started")
	}
}
