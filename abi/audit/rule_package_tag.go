package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// PackageRules are the rules over a package.
func PackageRules() []abi.Rule[*Package] { return []abi.Rule[*Package]{packageTag} }

var packageTag = abi.Rule[*Package]{
	Doc: abi.Doc{
		ID:       "package-tag",
		Title:    "a package claims a platform that its native files do not keep",
		Severity: abi.Error,
		Why: `Installers choose a wheel by the platform tags in its name and do not look inside. Where
a tag promises more than the files keep (an older glibc, a library that is not there,
another processor, an older macOS) the package is installed and does not import. A
wheel that claims any platform and has native files is a warning, and so is one whose
WHEEL says something else than its name.`,
		Fix:  `give the wheel the tag that its files keep, or build it where that is what they need: auditwheel repair and delocate do both`,
		Refs: []string{"https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/", "https://peps.python.org/pep-0600/"},
	},
	Check: checkPackageTag,
	Skip: func(p *Package, _ abi.Target) string {
		var unknown []string
		for _, tag := range p.Tags {
			if _, ok := parseTag(tag); !ok && tag != "any" {
				unknown = append(unknown, tag)
			}
		}
		if len(unknown) > 0 {
			return fmt.Sprintf("what %s promises is not known", strings.Join(unknown, ", "))
		}
		return ""
	},
}

func checkPackageTag(p *Package, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	truth := p.TrueTag()
	for _, tag := range p.Tags {
		f := abi.Finding{Subject: tag}
		if truth != "" {
			f.Fix = fmt.Sprintf("the tag that all its files keep is %s; or build it where that is what they need: auditwheel repair and delocate do both", truth)
		}
		if tag == "any" {
			first := p.Files[0]
			f.Severity = abi.Warning
			f.Message = fmt.Sprintf("claims any platform, and has %d native files: %s is for %s", len(p.Names()), first.Path, first.Platform())
			findings = append(findings, f)
			continue
		}
		c, ok := parseTag(tag)
		if !ok {
			continue
		}
		if why := c.broken(p); len(why) > 0 {
			const few = 10
			f.Message = fmt.Sprintf("claims %s; %s", tag, why[0])
			if more := len(why) - 1; more > 0 {
				f.Message += fmt.Sprintf(", and %d more", more)
			}
			f.Evidence = why[:min(few, len(why))]
			findings = append(findings, f)
		}
	}
	return append(findings, otherInside(p)...)
}

// otherInside compares the tags of the name with those that the package says
// inside.
func otherInside(p *Package) []abi.Finding {
	name, inner := slices.Sorted(slices.Values(p.Tags)), slices.Sorted(slices.Values(p.Inner))
	if slices.Equal(name, inner) || len(inner) == 0 {
		return nil
	}
	return []abi.Finding{{
		Severity: abi.Warning,
		Subject:  "WHEEL",
		Message:  fmt.Sprintf("the name claims %s, WHEEL says %s", strings.Join(name, ", "), strings.Join(inner, ", ")),
		Fix:      "rename the wheel with python -m wheel tags, which writes both",
	}}
}
