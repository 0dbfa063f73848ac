package machocheck

import (
	"github.com/abivet/abivet/abi"
)

var unsignedARM64 = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "unsigned-arm64",
		Title:    "an arm64 file has no code signature",
		Severity: abi.Error,
		Why: `On Apple silicon the kernel runs no arm64 code without a signature; one made by the
linker, of nobody in particular (ad hoc), is enough. A program without any is killed when
it is started ("Killed: 9"), a library is not loaded ("code signature invalid"). Linkers
sign by themselves; a tool that changes the file afterwards and does not know of
signatures removes or breaks it.`,
		Fix: `Sign as the last step: codesign -s - FILE on a Mac, or rcodesign or quill elsewhere.`,
		Refs: []string{
			"https://developer.apple.com/documentation/macos-release-notes/macos-big-sur-11_0_1-universal-apps-release-notes",
		},
	},
	Check: checkUnsignedARM64,
}

func checkUnsignedARM64(f *File, _ abi.Target) []abi.Finding {
	if !f.Loaded() || f.Signature.Present || (f.Platform != abi.Platform{OS: darwin, Arch: "arm64"}) {
		return nil
	}
	return []abi.Finding{{
		Message:  "has no LC_CODE_SIGNATURE; a Mac with Apple silicon asks for one: codesign -s - FILE",
		Evidence: []string{"no load command LC_CODE_SIGNATURE"},
		Subject:  "signature",
	}}
}
