package elfcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// AccidentalCgoDoc documents the rules accidental-cgo, over a program and over
// the packages of a build.
var AccidentalCgoDoc = abi.Doc{
	ID:       "accidental-cgo",
	Title:    "needs a C library for Go's resolver and nothing else",
	Severity: abi.Warning,
	Why: `Where a C compiler is at hand, cgo is on, and the packages net and os/user call
glibc's resolver and user database. The program then needs a loader, a C library and
a version of it on every system that it runs on, and fails on Alpine, in a scratch
image and on older distributions, for code that Go has in pure form as well.`,
	Fix:  `build with CGO_ENABLED=0; or, to keep cgo for other reasons, with -tags netgo,osusergo`,
	Refs: []string{"https://pkg.go.dev/net#hdr-Name_Resolution", "https://github.com/golang/go/issues/58550"},
}

var accidentalCgo = abi.Rule[*File]{
	Doc:   AccidentalCgoDoc,
	Check: checkAccidentalCgo,
}

// goC lists what a program imports from C whose packages use cgo in net, os/user
// and runtime/cgo alone. Origin: nm -D of net/http programs linked by Go 1.21
// to 1.26, internally and externally, and the cgo files of those packages.
var goC = strings.Fields(`__errno_location __gmon_start__ __libc_start_main __cxa_finalize __stack_chk_fail __fprintf_chk __vfprintf_chk
 _ITM_deregisterTMCloneTable _ITM_registerTMCloneTable abort clearenv fprintf fputc free fwrite malloc mmap munmap nanosleep
 pthread_attr_destroy pthread_attr_getstack pthread_attr_getstacksize pthread_attr_init pthread_attr_setdetachstate
 pthread_attr_setstacksize pthread_cond_broadcast pthread_cond_wait pthread_create pthread_detach pthread_getattr_np
 pthread_key_create pthread_mutex_lock pthread_mutex_unlock pthread_self pthread_setspecific pthread_sigmask setegid setenv
 seteuid setgid setgroups setregid setresgid setresuid setreuid setuid sigaction sigaddset sigemptyset sigfillset sigismember
 stderr strerror sysconf unsetenv vfprintf`)

// goResolver lists the imports of net and os/user: without one of them it is
// other code that asked for cgo.
var goResolver = strings.Fields(`freeaddrinfo gai_strerror getaddrinfo getgrgid_r getgrnam_r getgrouplist getnameinfo getpwnam_r getpwuid_r
 res_search res_nsearch res_ninit res_nclose __res_search __res_nsearch __res_ninit __res_nclose`)

func checkAccidentalCgo(f *File, _ abi.Target) []abi.Finding {
	if f.Go == nil || f.Go.Settings["CGO_ENABLED"] != "1" || f.Kind != Executable && f.Kind != PIE || len(f.Imports) == 0 {
		return nil
	}
	var resolver []string
	for _, s := range f.Imports {
		switch {
		case slices.Contains(goResolver, s.Name):
			resolver = append(resolver, s.Name)
		case !slices.Contains(goC, s.Name):
			return nil
		}
	}
	if len(resolver) == 0 {
		return nil
	}
	slices.Sort(resolver)
	evidence := append([]string{"Go build information: build\tCGO_ENABLED=1"}, f.Floor()...)
	return []abi.Finding{{
		Message:  fmt.Sprintf("needs %s for Go's own resolver and user database alone (%s)", wording.List(f.Needed), wording.List(resolver)),
		Evidence: evidence,
		Subject:  "CGO_ENABLED",
	}}
}
