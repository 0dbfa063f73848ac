package machocheck

import (
	"fmt"
	"path"
	"strings"

	"github.com/abivet/abivet/abi"
)

var installNameNotPortable = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "install-name-not-portable",
		Title:    "whoever links against the library gets a path of the build machine",
		Severity: abi.Note,
		Why: `The linker copies the install name of a library into everything that is linked against
it, and dyld looks for the library there. For a library that is only loaded by dlopen, a
plugin or an extension, the name does not matter, and a fifth of those that are published
have such a one. For a library to be linked against it is a trap: its users need it by
that path. A relative name is a warning, unless it ends like a plugin's (.node, .so): the
path is looked up in the directory that the program is started from.`,
		Fix: `Build the library with -Wl,-install_name,@rpath/NAME (Go: -ldflags
'-extldflags "-Wl,-install_name,@rpath/libx.dylib"'), or change it afterwards:
install_name_tool -id @rpath/NAME FILE, and sign again.`,
		Refs: []string{"https://github.com/golang/go/issues/12700"},
	},
	Check: checkInstallNameNotPortable,
}

func checkInstallNameNotPortable(f *File, _ abi.Target) []abi.Finding {
	if f.Kind != Library || f.ID.Name == "" {
		return nil
	}
	where := strangePath(f.ID.Name)
	if where == "" {
		return nil
	}
	finding := abi.Finding{
		Message:  fmt.Sprintf("its install name is %q, %s; want one that begins with @rpath if it is to be linked against", f.ID.Name, where),
		Evidence: []string{fmt.Sprintf("LC_ID_DYLIB %q", f.ID.Name)},
		Subject:  f.ID.Name,
	}
	if !strings.HasPrefix(f.ID.Name, "/") && !isPlugin(f.ID.Name) {
		finding.Severity = abi.Warning
	}
	return []abi.Finding{finding}
}

// isPlugin reports whether a library is named as one that is only loaded by its
// host. A Go c-shared library often has no extension at all.
func isPlugin(name string) bool {
	extension := path.Ext(name)
	return extension != "" && extension != ".dylib"
}
