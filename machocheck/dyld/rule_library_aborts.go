package dyld

import "github.com/abivet/abivet/abi"

var libraryAborts = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "library-aborts",
		Title:    "a library of the system ends the process that loads it",
		Severity: abi.Error,
		Why: `macOS still has /usr/lib/libcrypto.dylib and libssl.dylib, for programs of long ago.
Since 10.15 they call abort() when anything else loads them: "Invalid dylib load. Clients
should not load the unversioned libcrypto dylib as it does not have a stable ABI." The
crash report names no cause but that line. It hits Python packages that look for "crypto"
by ctypes.util.find_library, and programs that were linked with -lcrypto and an SDK that
still had it.`,
		Fix: `Bring an OpenSSL or LibreSSL of your own and load it by its path, or use the Security
framework.`,
		Refs: []string{"https://github.com/wbond/asn1crypto/issues/158", "https://github.com/civetweb/civetweb/issues/1147"},
	},
	Check: byCategory(Poisoned),
}
