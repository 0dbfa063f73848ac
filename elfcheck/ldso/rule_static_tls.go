package ldso

import "github.com/abivet/abivet/abi"

var staticTLS = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "static-tls",
		Title:    "no room for its thread-local storage",
		Severity: abi.Error,
		Why: `Code with initial-exec thread-local storage wants it at a fixed distance from the
thread pointer, where only the program's start makes room. dlopen has what glibc
keeps in reserve, about 1.6 KiB for all libraries together ("cannot allocate memory
in static TLS block"); musl has none.`,
		Fix: `compile the library with -ftls-model=global-dynamic (jemalloc: --disable-initial-exec-tls);
or link or preload it at the start; or raise GLIBC_TUNABLES=glibc.rtld.optional_static_tls`,
		Refs: []string{"https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-tls.c", muslLoadSource},
	},
	Check: checkStaticTLS,
}

// checkStaticTLS only warns of a library that may well be there from the start
// of the program, as the runtimes of sanitizers are.
func checkStaticTLS(p *Process, _ abi.Target) []abi.Finding {
	findings := failures(p, StaticTLS)
	for i := range findings {
		if p.Plugin && p.Libc != abi.Musl {
			findings[i].Severity = abi.Warning
		}
	}
	return findings
}
