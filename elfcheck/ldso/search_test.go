package ldso

import (
	"bytes"
	"debug/elf"
	"io/fs"

	"github.com/abivet/abivet/internal/elfbuild"
)

var lib = so("liba.so")

// searches are about where a library is looked for. Most are shared objects,
// which both loaders open.
func searches() map[string]loading {
	return map[string]loading{
		"a library by RUNPATH":           {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d")), "/d/liba.so": lib}},
		"a library by RPATH":             {files: files{"/c/main": with(so("m", "liba.so"), rpath("/d")), "/d/liba.so": lib}},
		"a library nowhere":              {files: files{"/c/main": so("m", "liba.so")}},
		"beside the file is nowhere":     {files: files{"/c/main": so("m", "liba.so"), "/c/liba.so": lib}},
		"the first of two is blamed":     {files: files{"/c/main": so("m", "liba.so", "libb.so")}},
		"in a default directory":         {files: files{"/c/main": so("m", "liba.so"), "/usr/lib/liba.so": lib}},
		"in the multiarch directory":     {files: files{"/c/main": so("m", "liba.so"), multiarch + "liba.so": lib}},
		"/usr/local/lib without a cache": {files: files{"/c/main": so("m", "liba.so"), "/usr/local/lib/liba.so": lib}},
		"/lib64 is no default":           {files: files{"/c/main": so("m", "liba.so"), "/usr/lib64/liba.so": lib}},
		"RUNPATH is not passed on":       {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d")), "/d/liba.so": so("liba.so", "libb.so"), "/d/libb.so": so("libb.so")}},
		"RPATH is passed on":             {files: files{"/c/main": with(so("m", "liba.so"), rpath("/d")), "/d/liba.so": so("liba.so", "libb.so"), "/d/libb.so": so("libb.so")}},
		"RPATH is passed on twice": {files: files{"/c/main": with(so("m", "liba.so"), rpath("/d")), "/d/liba.so": so("liba.so", "libb.so"),
			"/d/libb.so": so("libb.so", "libe.so"), "/d/libe.so": so("libe.so")}},
		"RPATH passes through an object with RUNPATH": {files: files{"/c/main": with(so("m", "liba.so"), rpath("/d")),
			"/d/liba.so": with(so("liba.so", "libb.so"), runpath("/e")), "/e/libb.so": so("libb.so", "libe.so"), "/d/libe.so": so("libe.so")}},
		"an object with RUNPATH does not ask the RPATH above it": {files: files{"/c/main": with(so("m", "liba.so"), rpath("/d")), "/d/liba.so": with(so("liba.so", "libb.so"), runpath("/e")), "/d/libb.so": so("libb.so")}},
		"RPATH beside RUNPATH is ignored":                        {files: files{"/c/main": with(so("m", "liba.so"), rpath("/d"), runpath("/e")), "/d/liba.so": lib}},
		"RUNPATH beside RPATH counts":                            {files: files{"/c/main": with(so("m", "liba.so"), rpath("/d"), runpath("/e")), "/e/liba.so": lib}},
		"RPATH before LD_LIBRARY_PATH": {request: Request{LibraryPath: []string{"/e"}}, files: files{"/c/main": with(so("m", "liba.so"), rpath("/d"), calls(ref("f"))),
			"/d/liba.so": with(lib, has(def("f"))), "/e/liba.so": lib}},
		"RUNPATH after LD_LIBRARY_PATH": {request: Request{LibraryPath: []string{"/e"}}, files: files{"/c/main": with(so("m", "liba.so"), runpath("/d"), calls(ref("f"))),
			"/d/liba.so": with(lib, has(def("f"))), "/e/liba.so": lib}},
		"LD_PRELOAD brings a symbol":                 preloading(Request{Preload: []string{"/d/libp.so"}}),
		"LD_PRELOAD by name":                         preloading(Request{Preload: []string{"libp.so"}, LibraryPath: []string{"/d"}}),
		"LD_PRELOAD of what is not there":            preloading(Request{Preload: []string{"/d/none.so"}}),
		"LD_PRELOAD of what needs what is not there": preloading(Request{Preload: []string{"/d/libq.so"}}),
		"LD_PRELOAD of no library":                   preloading(Request{Preload: []string{"/d/text", "/d/libp.so"}}),
		"LD_LIBRARY_PATH is for all":                 {request: Request{LibraryPath: []string{"/e"}}, files: files{"/c/main": so("m", "liba.so"), "/e/liba.so": so("liba.so", "libb.so"), "/e/libb.so": so("libb.so")}},
		"LD_LIBRARY_PATH goes on to the second":      {request: Request{LibraryPath: []string{"/none", "/e"}}, files: files{"/c/main": so("m", "liba.so"), "/e/liba.so": lib}},
		"LD_LIBRARY_PATH with an empty element":      {request: Request{LibraryPath: []string{"/none", ""}, Dir: "/"}, files: files{"/c/main": so("m", "liba.so"), "/liba.so": lib}},
		"LD_LIBRARY_PATH with $ORIGIN":               {request: Request{LibraryPath: []string{"$ORIGIN/../e"}}, files: files{"/c/main": so("m", "liba.so"), "/e/liba.so": lib}},
		"a path needs no search":                     {files: files{"/c/main": so("m", "/d/liba.so"), "/d/liba.so": lib}},
		"a path that is not there":                   {files: files{"/c/main": so("m", "/d/liba.so")}},
		"a relative path":                            {files: files{"/c/main": so("m", "d/liba.so"), "/d/liba.so": lib}},
		"a path with $ORIGIN":                        {files: files{"/c/main": so("m", "$ORIGIN/d/liba.so"), "/c/d/liba.so": lib}},
		"NODEFLIB":                                   {files: files{"/c/main": with(so("m", "liba.so"), flags1(flagNoDefLib)), "/usr/lib/liba.so": lib}},
		"NODEFLIB of another object": {files: files{"/c/main": so("m", "liba.so"), "/usr/lib/liba.so": with(so("liba.so", "libb.so"), flags1(flagNoDefLib)),
			"/usr/lib/libb.so": so("libb.so")}},
		"a soname is a name from then on [soname2]":        {files: files{"/c/main": with(so("m", "liba.so", "libb.so.1"), runpath("/d")), "/d/liba.so": so("libb.so.1")}},
		"a soname is none before it is loaded [soname2]":   {files: files{"/c/main": with(so("m", "libb.so.1", "liba.so"), runpath("/d")), "/d/liba.so": so("libb.so.1")}},
		"a soname keeps another file out [conflict]":       {files: files{"/c/main": with(so("m", "liba.so", "libb.so"), runpath("/d"), calls(ref("f"))), "/d/liba.so": so("libb.so"), "/d/libb.so": with(so("libb.so"), has(def("f")))}},
		"one file under two names is loaded once [inode]":  {files: files{"/c/main": with(so("m", "liba.so", "libb.so"), runpath("/d")), "/d/liba.so": with(so(""), has(def("f"))), "/d/libb.so": link("liba.so")}},
		"hard links are one file":                          {files: files{"/c/main": with(so("m", "liba.so", "libb.so"), runpath("/d")), "/d/liba.so": with(so("x"), tls(900), tlsOwn()), "/d/libb.so": hardlink("/d/liba.so")}},
		"copies are two files":                             {files: files{"/c/main": with(so("m", "liba.so", "libb.so"), runpath("/d")), "/d/liba.so": with(so(""), tls(900), tlsOwn()), "/d/libb.so": with(so(""), tls(900), tlsOwn())}},
		"needs in a circle":                                {files: files{"/c/main": with(so("m", "liba.so"), rpath("/d")), "/d/liba.so": so("liba.so", "libb.so"), "/d/libb.so": so("libb.so", "liba.so")}},
		"it needs itself":                                  {files: files{"/c/main": with(so("main", "main"), rpath("/c"))}},
		"a link to the library":                            {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d")), "/d/liba.so": link("../e/x"), "/e/x": lib}},
		"a link that leads nowhere is passed over":         {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d", "/e")), "/d/liba.so": link("none"), "/e/liba.so": lib}},
		"RUNPATH with a colon":                             {files: files{"/c/main": with(so("m", "liba.so"), runpath("/none:/d")), "/d/liba.so": lib}},
		"RUNPATH with a semicolon is one name":             {files: files{"/c/main": with(so("m", "liba.so"), runpath("/none;/d")), "/d/liba.so": lib}},
		"links in a circle":                                {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": link("liba.so"), "/e/liba.so": lib}},
		"a directory of that name":                         {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": dir{0o755}, "/e/liba.so": lib}},
		"a file in the place of a directory":               {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d": "text", "/e/liba.so": lib}},
		"a file that others may not read":                  {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": perm{lib, 0o600}, "/e/liba.so": lib}},
		"a file that nobody else may read":                 {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d")), "/d/liba.so": perm{lib, 0o600}}},
		"a directory that others may not search":           {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d": dir{0o700}, "/d/liba.so": lib, "/e/liba.so": lib}},
		"a script in the place of a library":               {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": "/* GNU ld script */ INPUT(x)" + string(bytes.Repeat([]byte(" "), 64)), "/e/liba.so": lib}},
		"an empty file":                                    {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": "", "/e/liba.so": lib}},
		"a library of another class is passed over":        {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": i386, "/e/liba.so": lib}},
		"only a library of another class":                  {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d")), "/d/liba.so": i386}},
		"a library of another machine is passed over":      {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": arm64, "/e/liba.so": lib}},
		"only a library of another machine":                {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d")), "/d/liba.so": arm64}},
		"a library of another byte order":                  {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": s390x, "/e/liba.so": lib}},
		"an empty RPATH is none":                           {files: files{"/c/main": with(so("m", "liba.so"), rpath("")), "/liba.so": lib}},
		"an empty element is the working directory":        {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:")), "/liba.so": lib}},
		"a relative directory":                             {files: files{"/c/main": with(so("m", "liba.so"), runpath("d")), "/d/liba.so": lib}},
		"the directory is no part of the name":             {files: files{"/c/main": with(so("m", "liba.so", "/d/liba.so"), runpath("/d")), "/d/liba.so": lib}},
		"a path is not known by its last part":             {files: files{"/c/main": so("m", "/d/x.so", "x.so"), "/d/x.so": so("")}},
		"$ORIGIN of a library is where it was found":       {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d")), "/d/liba.so": link("../e/liba.so"), "/e/liba.so": with(so("liba.so", "libb.so"), runpath("$ORIGIN")), "/e/libb.so": so("libb.so")}},
		"$ORIGIN of a library is not where its link leads": {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d")), "/d/liba.so": link("../e/liba.so"), "/e/liba.so": with(so("liba.so", "libb.so"), runpath("$ORIGIN")), "/d/libb.so": so("libb.so")}},
		"an unreadable main file":                          {request: Request{Path: "/c/main"}, files: files{"/c/main": perm{so("m"), fs.FileMode(0o600)}}},
		"a hwcaps directory is taken first":                {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d"), calls(ref("f"))), "/d/liba.so": lib, "/d/glibc-hwcaps/x86-64-v3/liba.so": with(lib, has(def("f")))}},
		"a hwcaps directory hides a good library":          {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d"), calls(ref("f"))), "/d/liba.so": with(lib, has(def("f"))), "/d/glibc-hwcaps/x86-64-v2/liba.so": lib}},
		"a hwcaps directory of a default directory":        {files: files{"/c/main": with(so("m", "liba.so"), calls(ref("f"))), "/usr/lib/liba.so": lib, "/usr/lib/glibc-hwcaps/x86-64-v3/liba.so": with(lib, has(def("f")))}},
		"the old directory of processors":                  {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d"), calls(ref("f"))), "/d/liba.so": lib, "/d/haswell/liba.so": with(lib, has(def("f")))}},
		"the old directories together":                     {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d"), calls(ref("f"))), "/d/liba.so": lib, "/d/tls/x86_64/liba.so": with(lib, has(def("f")))}},
		"x86_64 alone":                                     {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d"), calls(ref("f"))), "/d/liba.so": lib, "/d/x86_64/liba.so": with(lib, has(def("f")))}},
		"x86_64 in a default directory":                    {files: files{"/c/main": with(so("m", "liba.so"), calls(ref("f"))), "/usr/lib/liba.so": lib, "/usr/lib/x86_64/liba.so": with(lib, has(def("f")))}},
	}
}

var (
	i386  = elfbuild.Image{Machine: elf.EM_386, Narrow: true, NoAddend: true, SOName: "liba.so", Stack: plain}
	arm64 = elfbuild.Image{Machine: elf.EM_AARCH64, SOName: "liba.so", Stack: plain}
	s390x = elfbuild.Image{Machine: elf.EM_S390, BigEndian: true, SOName: "liba.so", Stack: plain}
)

// tokens are about what $ORIGIN and the others stand for.
func tokens() map[string]loading {
	at := func(path, real string) loading {
		return loading{files: files{"/c/main": with(so("m", "liba.so"), runpath(path)), real: lib}}
	}
	return map[string]loading{
		"$ORIGIN":                        at("$ORIGIN", "/c/liba.so"),
		"${ORIGIN}":                      at("${ORIGIN}/d", "/c/d/liba.so"),
		"$ORIGIN and up":                 at("$ORIGIN/../d", "/d/liba.so"),
		"$ORIGINX is a name":             at("/$ORIGINX", "/$ORIGINX/liba.so"),
		"$ORIGIN_ is a name":             at("/$ORIGIN_", "/$ORIGIN_/liba.so"),
		"$ORIGIN and what is no letter":  at("$ORIGIN-1", "/c-1/liba.so"),
		"${ORIGIN without an end":        at("/${ORIGIN", "/${ORIGIN/liba.so"),
		"${ORIGINX}":                     at("/${ORIGINX}", "/${ORIGINX}/liba.so"),
		"$ORIGIN not at the start":       at("/d$ORIGIN", "/d/c/liba.so"),
		"$ORIGIN twice":                  at("$ORIGIN/$ORIGIN", "/c/c/liba.so"),
		"$LIB":                           at("/d/$LIB", "/d/lib/x86_64-linux-gnu/liba.so"),
		"${LIB}":                         at("/d/${LIB}/x", "/d/lib/x86_64-linux-gnu/x/liba.so"),
		"$LIB is not lib64 here":         at("/d/$LIB", "/d/lib64/liba.so"),
		"$NONE is a name":                at("/$NONE", "/$NONE/liba.so"),
		"a dollar alone":                 at("/$", "/$/liba.so"),
		"two dollars":                    at("/$$ORIGIN", "/$/c/liba.so"),
		"$ORIGIN and a good directory":   at("$NONE:/d", "/d/liba.so"),
		"$LIB voids a path of musl's":    at("/d:$LIB", "/d/liba.so"),
		"slashes at the end":             at("$ORIGIN///", "/c/liba.so"),
		"slashes within":                 at("$ORIGIN//d", "/c/d/liba.so"),
		"an element twice":               at("/d:/d", "/d/liba.so"),
		"$ORIGIN in RPATH":               {files: files{"/c/main": with(so("m", "liba.so"), rpath("$ORIGIN")), "/c/liba.so": lib}},
		"$ORIGIN of a program":           {files: files{"/c/main": with(program("liba.so"), runpath("$ORIGIN/../d")), "/d/liba.so": lib}},
		"$ORIGIN of a program by a link": {request: Request{Path: "/e/main"}, files: files{"/e/main": link("../c/main"), "/c/main": with(program("liba.so"), runpath("$ORIGIN")), "/c/liba.so": lib}},
	}
}

// preloading is a library that takes a symbol which only a preloaded one has.
func preloading(r Request) loading {
	return loading{request: r, files: files{
		"/c/main": with(so("m"), takes(ref("f"))), "/d/libp.so": with(so("libp.so"), has(def("f"))), "/d/libq.so": so("libq.so", "none.so"), "/d/text": "INPUT(libc)",
	}}
}
