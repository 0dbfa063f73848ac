package extension

import "github.com/abivet/abivet/abi"

// HostABIDoc is of an extension and a host that do not go together.
var HostABIDoc = abi.Doc{
	ID:       "extension-host-abi",
	Title:    "an extension asks its host for what that does not have",
	Severity: abi.Error,
	Why: `An extension is made for one interface of its host, and says so in its name, in its
entry or in a mark inside. The host goes by that: CPython imports _x.abi3.so in every
release, Node.js compares NODE_MODULE_VERSION, PHP, Perl and PostgreSQL compare their
marks, Erlang the version of its NIF interface, Lua a number, Go the hash of every package.
What the file then really asks for is looked up when it is loaded: "undefined symbol:
_PyUnicode_Ready", or, where a structure has changed, found out by a crash.

Found are: a file that says abi3 and asks for names that CPython has outside the stable
ABI (they change and go with any release: 269 went with 3.9); one that is named for a
release of CPython which lacks what it asks for, or which is not the one whose library it
needs; one whose names no single release of Lua has; and, where the target says which
CPython (PYTHON) or Node-API (NAPI) there is at least, a file of the stable interface that
asks for more. With --host, the file is held against the very program that is to load it.

A name that is asked for weakly is not counted, nor is one that no release of the host has:
it is another library's.`,
	Fix: `Build the extension for the host that it must load in:
  C       #define Py_LIMITED_API 0x03080000 before Python.h, with the floor of the wheel's
          tag; cibuildwheel and setuptools py_limited_api alone define nothing
  Cython  cythonize with limited_api; a module that was cythonized without is never abi3
  Rust    pyo3 = { features = ["abi3-py38"] }; napi = { features = ["napi8"] }
  CMake   Python_add_library(x MODULE USE_SABI 3.8 ...)
  Node    -DNAPI_VERSION=8, and no nan and no v8.h; or one build for each NODE_MODULE_VERSION
or call it what it is: _x.cpython-311-x86_64-linux-gnu.so, cp311-cp311.`,
	Refs: []string{
		"https://docs.python.org/3/c-api/stable.html",
		"https://peps.python.org/pep-0384/",
		"https://peps.python.org/pep-3149/",
		"https://nodejs.org/api/n-api.html#node-api-version-matrix",
		"https://www.postgresql.org/docs/current/xfunc-c.html#XFUNC-C-DYNLOAD",
	},
}

// LinksHostDoc is of an extension that brings a host of its own.
var LinksHostDoc = abi.Doc{
	ID:       "extension-links-host",
	Title:    "an extension links the library of its host",
	Severity: abi.Warning,
	Why: `The program that loads an extension has the interpreter in it already. Where the
extension needs the interpreter's library as well, it loads only where that very library
is there ("libpython3.11.so.1.0: cannot open shared object file": most builds of CPython
have none), and on macOS it brings a second interpreter with a state of its own: the first
call with an object of the other crashes.

Found are: a file that says abi3, for every release of CPython, and needs the library of
one; a file for macOS that needs CPython's framework or library; a module of Lua with a
runtime beside it; an extension of PHP that needs the library of the embedding. What
distributions link on purpose is none: libruby, libperl, libnode and libR where the
interpreter itself is in that library, libjvm by the JDK, libpython by extensions of one
release. Nor is a library that begins a Lua or a CPython itself and hands its own modules
to that. A wheel, a gem, a jar or a package of npm that brings the library of the host it
is installed by is found all the same: auditwheel takes libpython out, and no policy has it.`,
	Fix: `Leave the library out; its functions are found in the program:
  C       python3-config --ldflags without --embed; macOS: cc -bundle -undefined dynamic_lookup
  CMake   Python_add_library(x MODULE), find_package(Python COMPONENTS Development.Module),
          not Development and not Python::Python
  Meson   py.extension_module, without dependency('python3-embed')
  Rust    pyo3 with the feature extension-module
  Lua     cc -shared without -llua5.4 and -lluajit-5.1`,
	Refs: []string{
		"https://docs.python.org/3.8/whatsnew/3.8.html#debug-build-uses-the-same-abi-as-release-build",
		"https://peps.python.org/pep-0513/#libpythonx-y-so-1",
		"https://github.com/python/cpython/issues/80902",
		"http://lua-users.org/wiki/BuildingModules",
	},
}

// exportsDoc is of an extension with a library in it that others may replace.
var exportsDoc = abi.Doc{
	ID:       "extension-exports",
	Title:    "an extension exports a library that it has in it, and calls it through the loader",
	Severity: abi.Note,
	Why: `A library that is linked into an extension from an archive is exported with it, unless it
is hidden, and its functions are then called through the loader, which takes the first
definition that the process has: that of the host, or of a library that the host needs,
where there is one. A zlib, an OpenSSL or a SQLite of another release works on structures
that this one has made, and the process crashes far from the cause, on those machines alone
whose host has the library.

Found are widespread libraries, by functions that every release of them has, where the
extension both defines a function of theirs and has a relocation for it. What an extension
exports beside its entry and calls directly is no hazard: hosts open extensions so that
others do not see their names. Node.js exports its own OpenSSL, zlib, libuv, nghttp2, c-ares
and Brotli for its addons, so that there it is a warning: the host's are taken.`,
	Fix: `Hide what is not the entry:
  C       compile the library with -fvisibility=hidden, or link with -Wl,--exclude-libs,ALL, with a
          version script that keeps the entry alone, or at least with -Wl,-Bsymbolic
  node-gyp  "cflags": ["-fvisibility=hidden"], "ldflags": ["-Wl,--exclude-libs,ALL"]
or link the shared library that the host has.`,
	Refs: []string{
		"https://www.akkadia.org/drepper/dsohowto.pdf",
		"https://github.com/openssl/openssl/issues/18257",
		"https://github.com/pyca/cryptography/issues/3824",
	},
}
