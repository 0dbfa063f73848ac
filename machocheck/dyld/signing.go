package dyld

import (
	"fmt"
	"io"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

// mayUseVariables reports whether a program with the hardened runtime allows
// the environment to change where libraries are looked for.
func mayUseVariables(m *machocheck.File) bool {
	return m.Signature.Entitled("com.apple.security.cs.allow-dyld-environment-variables")
}

// isAppleSilicon is where every file needs a signature, and a true one.
func isAppleSilicon(m *machocheck.File) bool {
	return m.Platform == abi.Platform{OS: "darwin", Arch: "arm64"}
}

// oddSignature refuses a library whose signature the kernel does not take, which
// dyld finds out before it maps anything. Origin: Loader::mapSegments.
func oddSignature(m *machocheck.File, name string) *refusal {
	sig := &m.Signature
	switch {
	case !sig.Present || !isAppleSilicon(m):
		return nil
	case sig.Problem != "":
		return &refusal{
			category: BadSignature, text: fmt.Sprintf("code signature invalid in <%s> '%s'", uuidOf(m), name),
			why: "it cannot be understood: " + sig.Problem, rule: "signature-damaged",
		}
	}
	if c := sig.Directories[0]; !c.Scattered && c.Limit < sig.Offset {
		return &refusal{
			category: BadSignature, text: "code signature does not cover entire file up to signature",
			why: fmt.Sprintf("it covers %#x bytes of %#x", c.Limit, sig.Offset), rule: "signature-damaged",
		}
	}
	return nil
}

// verify holds the signature of an object against its bytes. The kernel looks at
// a page when it is first touched, which some always are; of the others nothing
// is known. Origin: vm_fault_cs_check_violation of xnu's osfmk/vm/vm_fault.c.
func (s *state) verify(o *Object) {
	if sig := &o.File.Signature; !s.request.Hashes || !isAppleSilicon(o.File) || !sig.Present || sig.Problem != "" {
		return
	}
	name := shown(o.Path)
	c, err := o.image.hashed()
	switch {
	case err != nil:
		s.process.doubt(fmt.Sprintf("%s: the hashes of its signature: %v", name, err))
	case c.Damaged == 0:
	default:
		if i := slices.IndexFunc(c.Damage, func(d machocheck.Damage) bool { return d.Needed != "" }); i >= 0 {
			s.process.fail(Failure{
				Category: BadSignature, Object: name, Subject: name, Rule: "signature-damaged", Message: name + ": " + killed,
				Why: fmt.Sprintf("changed after it was signed: %s; it has %s", differs(c, c.Damage[i]), c.Damage[i].Needed),
			})
			return
		}
		s.process.doubt(fmt.Sprintf("%s was changed after it was signed: %s; the kernel kills the process when it touches that", name, differs(c, c.Damage[0])))
	}
}

func differs(c machocheck.CodeDirectory, d machocheck.Damage) string {
	text := fmt.Sprintf("the hash of %s differs", d)
	if c.Damaged > 1 {
		text += fmt.Sprintf(", and %d more", c.Damaged-1)
	}
	return text
}

// hash reckons the hashes of the directory that the kernel goes by.
func (img *image) hash() (machocheck.CodeDirectory, error) {
	var c machocheck.CodeDirectory
	err := img.with(func(r io.ReaderAt) error {
		part := io.NewSectionReader(r, img.slice.Offset, img.slice.Size)
		read, err := machocheck.Read(part, img.slice.Size, machocheck.WantSignature|machocheck.WantHashes)
		if err == nil && len(read[0].Signature.Directories) > 0 {
			c = read[0].Signature.Directories[0]
		}
		return err
	})
	return c, err
}
