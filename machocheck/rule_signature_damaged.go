package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var signatureDamaged = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "signature-damaged",
		Title:    "the code signature is not that of these bytes",
		Severity: abi.Error,
		Why: `A code signature holds a hash of each page of the file and of its own other parts. A tool
that changes the file afterwards and does not know of signatures leaves them behind:
strip, install_name_tool, lipo, UPX, an editor of strings or versions. Apple silicon
kills a program when it touches such a page ("Killed: 9", "Code Signature Invalid") and
does not load such a library. It may work for as long as nobody touches the page.

An Intel Mac runs what is signed ad hoc without looking; it kills a program with the
hardened runtime, and Gatekeeper refuses either. There it is a warning without the
hardened runtime.`,
		Fix: `Sign once more, as the last step: codesign -f -s - FILE (or with the certificate, the
entitlements and --options runtime that it had); rcodesign and quill do so elsewhere. The
llvm tools (llvm-strip, llvm-install-name-tool) renew a signature of the linker's.`,
		Refs: []string{
			"https://github.com/apple-oss-distributions/xnu/blob/main/bsd/kern/ubc_subr.c",
			"https://github.com/tpoechtrager/osxcross/issues/305",
		},
	},
	Check: checkSignatureDamaged,
	Skip:  skipSignatureDamaged,
}

func skipSignatureDamaged(f *File, _ abi.Target) string {
	if s := f.Signature; f.Loaded() && s.Present && s.Problem == "" && !s.Verified {
		return "the hashes of the signature were not asked for"
	}
	return ""
}

func checkSignatureDamaged(f *File, _ abi.Target) []abi.Finding {
	s := f.Signature
	if !f.Loaded() || !s.Present {
		return nil
	}
	severity := abi.Error
	if f.Platform.Arch != "arm64" && s.Flags&(HardenedRuntime|Hard|Kill) == 0 {
		severity = abi.Warning
	}
	found := func(severity abi.Severity, message string, evidence ...string) []abi.Finding {
		evidence = append(evidence, fmt.Sprintf("LC_CODE_SIGNATURE: %#x bytes at %#x", s.Size, s.Offset))
		return []abi.Finding{{Severity: severity, Message: message, Evidence: evidence, Subject: "signature"}}
	}
	if s.Problem != "" {
		return found(severity, "the code signature cannot be understood: "+s.Problem)
	}
	for i, c := range s.Directories {
		if i > 0 {
			severity = abi.Warning // the kernel goes by the first
		}
		if c.Damaged > 0 {
			return found(severity, c.damageMessage(), c.damageEvidence()...)
		}
		if !c.Scattered && c.Limit < s.Offset {
			return found(severity, fmt.Sprintf("the code signature covers %#x bytes of the %#x before it: %q",
				c.Limit, s.Offset, "code signature does not cover entire file up to signature"))
		}
	}
	return nil
}

func (c CodeDirectory) damageMessage() string {
	first := c.Damage[0].String()
	if c.Damaged > 1 {
		first += fmt.Sprintf(" and %d more", c.Damaged-1)
	}
	return fmt.Sprintf("changed after it was signed (%s): the hash of %s differs", c.Hash, first)
}

func (c CodeDirectory) damageEvidence() []string {
	var all []string
	for _, d := range c.Damage {
		all = append(all, "differs: "+d.String())
	}
	return append(all, fmt.Sprintf("code directory %q: %d pages of %#x bytes, flags %#x, cdhash %s",
		c.Identifier, c.Pages, c.PageSize, c.Flags, c.CDHash))
}
