package packages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// Rules are the rules over a package.
func Rules() []abi.Rule[*Package] { return []abi.Rule[*Package]{apkAlignment, bringsHost, packageTag} }

var packageTag = abi.Rule[*Package]{
	Doc: abi.Doc{
		ID:       "package-tag",
		Title:    "a package claims a platform that its native files do not keep",
		Severity: abi.Error,
		Why: `Installers choose a package by what it says of itself and do not look inside: a
wheel by the platform tags in its name, npm's by os, cpu and libc in package.json, a
gem by its platform, those of conda, Debian, Alpine and RPM by their processor. In packages
of npm, Ruby, Java and .NET that serve several platforms a program chooses by the
directory: prebuilds/linux-x64, com/sun/jna/linux-aarch64, native/Mac/x86_64. Where
that promises more than the files keep (an older glibc, the other C library, a library
that is not there, another processor, an older macOS) the package is installed and
does not load. So it is where a package of Debian or conda wants an older glibc than
its files.
A wheel that claims any platform and has native files is a warning, and so is one whose
WHEEL says something else than its name or which has them in purelib; one named cp37-abi3 has to keep to the stable
ABI of CPython 3.7, and one named cp310-cp310 has to have a file that CPython 3.10 looks
for by its name. A prebuilt file x.abi108.node of npm has to be built for that
NODE_MODULE_VERSION, and x.napi.node for none. npm installs a package that names several
platforms on each of them: where its one file serves a single one, and no script builds
another, that is a warning. That a package says linux, and needs glibc,
is a note: Alpine installs it as well.`,
		Fix:  `say what the files keep, or build them where that is what they need: for wheels auditwheel repair and delocate do both`,
		Refs: []string{"https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/", "https://peps.python.org/pep-0600/", "https://docs.npmjs.com/cli/configuring-npm/package-json#libc", "https://github.com/prebuild/node-gyp-build", "https://guides.rubygems.org/gems-with-extensions/"},
	},
	Check: checkPackageTag,
	Skip: func(p *Package, _ abi.Target) string {
		if _, unknown := p.claims(); len(unknown) > 0 {
			return fmt.Sprintf("what %s promises is not known", strings.Join(unknown, ", "))
		}
		return ""
	},
}

func checkPackageTag(p *Package, _ abi.Target) []abi.Finding {
	switch p.Kind {
	case "wheel":
		return slices.Concat(checkWheelTag(p), checkStable(p), checkRelease(p))
	case "npm":
		return slices.Concat(checkPlatforms(p), checkNodeNames(p), checkUnserved(p))
	case "gem", "jar", "nuget", "crate":
		return checkPlatforms(p)
	case "android":
		return checkABIs(p)
	}
	return append(checkFamily(p), checkFloors(p)...)
}

func checkWheelTag(p *Package) []abi.Finding {
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
			findings = append(findings, broke(f, "claims "+tag, why))
		}
	}
	return slices.Concat(findings, otherInside(p), inPurelib(p))
}

// inPurelib tells of native files that an installer puts where those for every
// machine go, x-1.0.data/purelib: a directory of another name on systems with
// lib64, and auditwheel refuses such a wheel.
func inPurelib(p *Package) []abi.Finding {
	for _, name := range p.Names() {
		if parts := strings.Split(name, "/"); len(parts) > 2 && strings.HasSuffix(parts[0], ".data") && parts[1] == "purelib" {
			return []abi.Finding{{
				Severity: abi.Warning,
				Subject:  "purelib",
				Message:  name + " is in purelib, for what runs everywhere, and is for one platform",
				Fix:      "build the wheel with ext_modules, or has_ext_modules of setuptools, so that it goes to platlib",
			}}
		}
	}
	return nil
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
