package machocheck

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
)

var dependencyNotPortable = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "dependency-not-portable",
		Title:    "a library is needed by a path that other machines do not have",
		Severity: abi.Error,
		Why: `dyld looks for a library at the path that the load command names. A path of a package
manager (/opt/homebrew, /usr/local, /opt/local), of the machine that built the file or
of something installed by hand is there on the developer's laptop and not on the user's:
"Library not loaded". A relative path is looked up in the directory that the program is
started from, and not at all in a program with the hardened runtime. The linker copies
the path from the library's own install name, so a library built without care passes
it on: Go's -buildmode=c-shared takes the bare name of -o.

A program that asks for @rpath/... and whose every LC_RPATH is such a path is no better off:
that is a warning. A library that is linked weakly may be missing; that is a note.`,
		Fix: `Ship the library beside the program and name it relative to it:
  install_name_tool -change OLD @rpath/NAME FILE, and an LC_RPATH of @loader_path/...;
  then sign again (codesign -f -s - FILE).
Or link it statically. Where you build the library, give it an install name that begins
with @rpath (-Wl,-install_name,@rpath/libx.dylib).`,
		Refs: []string{
			"https://github.com/golang/go/issues/12700",
			"https://developer.apple.com/library/archive/documentation/DeveloperTools/Conceptual/DynamicLibraries/100-Articles/RunpathDependentLibraries.html",
		},
	},
	Check: checkDependencyNotPortable,
}

func checkDependencyNotPortable(f *File, _ abi.Target) []abi.Finding {
	if !f.Loaded() {
		return nil
	}
	var findings []abi.Finding
	for _, lib := range f.Dylibs {
		where := strangePath(lib.Name)
		if where == "" {
			findings = append(findings, f.strangeRPath(lib)...)
			continue
		}
		finding := abi.Finding{
			Message:  fmt.Sprintf("needs %q, %s; want a path in /usr/lib or /System, or one from @rpath, @loader_path or @executable_path", lib.Name, where),
			Evidence: []string{lib.evidence()},
			Subject:  lib.Name,
		}
		if lib.Link == Weak {
			finding.Severity = abi.Note
			finding.Message = fmt.Sprintf("needs %q weakly, %s; where it is missing the program goes on without it", lib.Name, where)
		}
		findings = append(findings, finding)
	}
	return findings
}

// strangeRPath finds a library that a program asks for by @rpath where all that
// stands for it are absolute paths of another machine. A library may be found by
// the paths of what loads it.
func (f *File) strangeRPath(lib Dylib) []abi.Finding {
	if f.Kind != Executable || len(f.RPaths) == 0 || !strings.HasPrefix(lib.Name, "@rpath/") {
		return nil
	}
	evidence := []string{lib.evidence()}
	for _, rpath := range f.RPaths {
		if !strings.HasPrefix(rpath, "/") || strangePath(rpath+"/") == "" {
			return nil
		}
		evidence = append(evidence, fmt.Sprintf("LC_RPATH %q", rpath))
	}
	finding := abi.Finding{
		Severity: abi.Warning,
		Message:  fmt.Sprintf("needs %q, and @rpath stands for %q, %s; want an LC_RPATH of @loader_path/... or @executable_path/...", lib.Name, f.RPaths[0], strangePath(f.RPaths[0]+"/")),
		Evidence: evidence,
		Subject:  lib.Name,
	}
	if lib.Link == Weak {
		finding.Severity = abi.Note
	}
	return []abi.Finding{finding}
}
