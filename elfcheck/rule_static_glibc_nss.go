package elfcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

var staticGlibcNSS = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "static-glibc-nss",
		Title:    "is static, and opens libraries of its glibc when it runs",
		Severity: abi.Warning,
		Why: `getaddrinfo, getpwnam and their like ask the services that /etc/nsswitch.conf names, and
iconv its converters; glibc opens a library for each (libnss_*.so.2, gconv/*.so), in a static
program too. These need libc.so.6 beside the copy in the program, of exactly the release
it was linked with: of another one they fail in silence, stop at an assertion or crash, and where
there is none, names are not found. From glibc 2.34 on the services files and dns are in the
program; sss, systemd, ldap, mdns and the others are not. A note where only the passwd
database is asked, or nothing tells which: glob and wordexp bring that, for paths that
begin with ~. A stripped program does not show whether it calls iconv_open or dlopen.`,
		Fix: `link dynamically, or statically with musl, which asks files and DNS itself; of Go programs,
build with CGO_ENABLED=0 or -tags netgo,osusergo`,
		Refs: []string{
			"https://sourceware.org/glibc/wiki/FAQ#Even_statically_linked_programs_need_some_shared_libraries_which_is_not_acceptable_for_me.__What_can_I_do.3F",
			"https://sourceware.org/git/?p=glibc.git;a=blob;f=nss/nss_module.c",
		},
	},
	Check: checkStaticGlibcNSS,
}

func checkStaticGlibcNSS(f *File, _ abi.Target) []abi.Finding {
	n := f.NameService
	if n == nil {
		return nil
	}
	asked := slices.DeleteFunc(slices.Clone(n.Databases), func(name string) bool { return name == "passwd" })
	finding := abi.Finding{Subject: "glibc"}
	if n.Switch {
		finding.Evidence = append(finding.Evidence, `the program has the string "/etc/nsswitch.conf"`)
	}
	for _, name := range n.Functions {
		finding.Evidence = append(finding.Evidence, "it has the function "+name)
	}
	for _, name := range n.Databases {
		finding.Evidence = append(finding.Evidence, fmt.Sprintf("it has the function __nss_%s_lookup2", name))
	}
	switch {
	case len(n.Functions) > 0:
		finding.Message = fmt.Sprintf("is static and has glibc's %s, which opens libraries of the glibc that it was linked with", strings.Join(n.Functions, ", "))
	case len(asked) > 0:
		finding.Message = fmt.Sprintf("is static and asks glibc's name service switch for %s, which opens libraries of the glibc that it was linked with", wording.List(n.Databases))
	default:
		finding.Severity = abi.Note
		finding.Message = "is static and has glibc's name service switch, which opens libraries of the glibc that it was linked with; glob and wordexp bring it too"
	}
	return []abi.Finding{finding}
}
