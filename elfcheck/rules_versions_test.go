package elfcheck

import "github.com/abivet/abivet/abi"

var glibcFloorCases = map[string]judged{
	"newer than the target":         {needs(need("GLIBC_2.38", "__isoc23_strtol")), debian12, []string{"error: needs GLIBC_2.38 from libc.so.6 (__isoc23_strtol); debian:12 has 2.36"}},
	"equal":                         {needs(need("GLIBC_2.36", "arc4random")), debian12, nil},
	"older":                         {needs(need("GLIBC_2.2.5", "puts")), debian12, nil},
	"2.9 is older than 2.36":        {needs(need("GLIBC_2.9", "pipe2")), debian12, nil},
	"2.10 is newer than 2.9":        {needs(need("GLIBC_2.10", "f")), with("GLIBC", "2.9"), []string{"error: GLIBC_2.10 | has 2.9"}},
	"2.9 is older than 2.10":        {needs(need("GLIBC_2.9", "f")), with("GLIBC", "2.10"), nil},
	"a patch level is newer":        {needs(need("GLIBC_2.3.4", "f")), with("GLIBC", "2.3"), []string{"error: GLIBC_2.3.4 | has 2.3"}},
	"charged to the loader":         {needs(VersionNeed{File: "ld-linux-x86-64.so.2", Version: "GLIBC_2.37", Symbols: []string{"__rseq_offset"}, Strong: 1}), debian12, []string{"error: from ld-linux-x86-64.so.2 (__rseq_offset)"}},
	"libgcc's own GLIBC_2.0":        {needs(VersionNeed{File: "libgcc_s.so.1", Version: "GLIBC_2.0", Symbols: []string{"__register_frame"}, Strong: 1}), with("GLIBC", "1.0"), nil},
	"newest first":                  {needs(need("GLIBC_2.37", "a"), need("GLIBC_2.40", "b")), debian12, []string{"error: GLIBC_2.40", "error: GLIBC_2.37"}},
	"many symbols":                  {needs(need("GLIBC_2.38", "a", "b", "c", "d", "e", "f")), debian12, []string{"error: (a, b, c, d and 2 more)"}},
	"symbols were not read":         {needs(need("GLIBC_2.38")), debian12, []string{"error: needs GLIBC_2.38 from libc.so.6; debian:12"}},
	"a name that is no name":        {needs(need("GLIBC_2.38", "a); debian:12 has 2.99")), debian12, []string{`error: ("a); debian:12 has 2.99")`}},
	"weak, with a strong symbol":    {needs(VersionNeed{File: libc, Version: "GLIBC_2.38", Weak: true, Symbols: []string{"a"}, Strong: 1}), debian12, []string{"error: GLIBC_2.38"}},
	"weak, and so are its symbols":  {needs(VersionNeed{File: libc, Version: "GLIBC_2.38", Weak: true, Symbols: []string{"a"}}), debian12, nil},
	"weak symbols without the flag": {needs(VersionNeed{File: libc, Version: "GLIBC_2.38", Symbols: []string{"a"}}), debian12, []string{"error: GLIBC_2.38"}},
	"private is no number":          {needs(need("GLIBC_PRIVATE", "x")), debian12, nil},
	"a marker is no number":         {needs(need("GLIBC_ABI_DT_RELR")), debian12, nil},
	"another namespace":             {needs(need("GLIBCXX_3.4.33", "x")), debian12, nil},
	"musl is for other rules":       {needs(need("GLIBC_2.38", "x")), alpine, nil},
}

func with(namespace string, v abi.Version) abi.Target {
	return abi.Target{Name: "old", Platform: amd64, Symbols: map[string]abi.Version{namespace: v}}
}

var glibcMarkerCases = map[string]judged{
	"known to lack it":       {needs(need("GLIBC_ABI_GNU2_TLS")), debian12, []string{"error: needs GLIBC_ABI_GNU2_TLS from libc.so.6; debian:12 does not have it"}},
	"known to have it":       {needs(need("GLIBC_ABI_DT_RELR")), debian12, nil},
	"not known":              {needs(need("GLIBC_ABI_GNU_TLS")), debian12, nil},
	"goes without":           {needs(VersionNeed{File: libc, Version: "GLIBC_ABI_GNU2_TLS", Weak: true}), debian12, nil},
	"another's marker":       {needs(need("CXXABI_LDBL")), debian12, nil},
	"no number stands in":    {needs(need("GLIBC_ABI_DT_RELR")), with("GLIBC", "2.17"), nil},
	"a number stands beside": {needs(need("GLIBC_2.34", "x")), debian12, nil},
}

func private(symbols ...string) File {
	f := needs(need("GLIBC_PRIVATE", symbols...))
	for _, name := range symbols {
		f.Imports = append(f.Imports, Symbol{Name: name, Version: "GLIBC_PRIVATE", Library: libc})
	}
	return f
}

var glibcPrivateCases = map[string]judged{
	"used":                      {private("_dl_sym", "__libc_dlopen_mode"), abi.Target{}, []string{"warning: libc.so.6 | _dl_sym, __libc_dlopen_mode"}},
	"asked for, and not used":   {needs(need("GLIBC_PRIVATE")), abi.Target{}, nil},
	"glibc's own library":       {libraryOfGlibc(), abi.Target{}, nil},
	"glibc's own program":       {private("__gconv_open"), abi.Target{}, nil},
	"glibc's own preload":       {named("libmemusage.so", private("__clock_gettime")), abi.Target{}, nil},
	"another library":           {named("libmem.so", private("__clock_gettime")), abi.Target{}, []string{"warning: __clock_gettime"}},
	"no private symbol":         {needs(need("GLIBC_2.2.5", "puts")), abi.Target{}, nil},
	"defines something private": {File{VersionDefs: []VersionDef{{Name: "X_PRIVATE"}}}, abi.Target{}, nil},
}

func named(soname string, f File) File { f.SOName = soname; return f }

func libraryOfGlibc() File {
	f := private("_dl_sym")
	f.VersionDefs = []VersionDef{{Name: "libm.so.6", Base: true}, {Name: "GLIBC_2.2.5"}}
	return f
}

var libstdcxxFloorCases = map[string]judged{
	"newer than the target":  {needs(need("GLIBCXX_3.4.31", "_ZSt1x")), debian12, []string{"error: needs GLIBCXX_3.4.31 | _ZSt1x | has 3.4.30"}},
	"equal":                  {needs(need("GLIBCXX_3.4.30", "x"), need("CXXABI_1.3.13", "x")), debian12, nil},
	"3.4.9 is older":         {needs(need("GLIBCXX_3.4.9", "x")), debian12, nil},
	"3.4 has no third part":  {needs(need("GLIBCXX_3.4", "x")), debian12, nil},
	"the other namespace":    {needs(need("CXXABI_1.3.15", "x")), debian12, []string{"error: CXXABI_1.3.15 | has 1.3.13"}},
	"both":                   {needs(need("GLIBCXX_3.4.33", "x"), need("CXXABI_1.3.15", "x")), debian12, []string{"error: CXXABI", "error: GLIBCXX"}},
	"a marker it has":        {needs(need("CXXABI_FLOAT128", "x")), debian12, nil},
	"a marker it lacks":      {needs(need("CXXABI_LDBL", "x")), debian12, []string{"error: needs CXXABI_LDBL | debian:12 does not have it"}},
	"weak marker":            {needs(VersionNeed{File: "x", Version: "CXXABI_LDBL", Weak: true}), debian12, nil},
	"a namespace of its own": {needs(need("GLIBCXX_LDBL_3.4.99", "x")), debian12, nil}, // and it is skipped
	"glibc is not it":        {needs(need("GLIBC_2.99", "x")), debian12, nil},
}

var runtimeFloorCases = map[string]judged{
	"newer GCC":                {needs(need("GCC_14.0.0", "x")), debian12, []string{"error: GCC_14.0.0 | has 12.0.0"}},
	"two parts":                {needs(need("GCC_11.0", "__aarch64_cas1_acq")), debian12, nil},
	"GCC_11.0 above 7.0.0":     {needs(need("GCC_11.0", "__aarch64_cas1_acq")), with("GCC", "7.0.0"), []string{"error: GCC_11.0 | has 7.0.0"}},
	"equal, with another form": {needs(need("GCC_12.0", "x")), debian12, nil},
	"underscores are dots":     {needs(need("OPENSSL_1_1_0", "x")), debian12, nil},
	"and compare as such":      {needs(need("OPENSSL_1_1_1", "x")), with("OPENSSL", "1.1.0"), []string{"error: OPENSSL_1_1_1 | has 1.1.0"}},
	"newer OpenSSL":            {needs(need("OPENSSL_3.2.0", "x")), debian12, []string{"error: OPENSSL_3.2.0 | has 3.0.0"}},
	"a namespace unknown":      {needs(need("ZLIB_9.9", "x")), debian12, nil}, // and it is skipped
	"a marker it lacks":        {needs(need("FOO_MARK", "x")), debian12, []string{"error: needs FOO_MARK"}},
	"not glibc's":              {needs(need("GLIBC_2.99", "x"), need("GLIBC_ABI_GNU2_TLS")), debian12, nil},
	"not libstdc++'s":          {needs(need("GLIBCXX_3.4.99", "x")), debian12, nil},
}

var weakVersionCases = map[string]judged{
	"above the target":        {needs(VersionNeed{File: libc, Version: "GLIBC_2.38", Weak: true, Symbols: []string{"a"}}), debian12, []string{"note: asks for GLIBC_2.38 from libc.so.6 (a), weakly; debian:12 has 2.36"}},
	"equal":                   {needs(VersionNeed{File: libc, Version: "GLIBC_2.36", Weak: true, Symbols: []string{"a"}}), debian12, nil},
	"a strong symbol":         {needs(VersionNeed{File: libc, Version: "GLIBC_2.38", Weak: true, Symbols: []string{"a"}, Strong: 1}), debian12, nil},
	"the flag is what counts": {needs(VersionNeed{File: libc, Version: "GLIBC_2.38", Symbols: []string{"a"}}), debian12, nil},
	"a namespace unknown":     {needs(VersionNeed{File: libc, Version: "ZLIB_2", Weak: true}), debian12, nil},
}
