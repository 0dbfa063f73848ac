// Package targets knows user spaces by name: debian:12, manylinux_2_28,
// alpine:3.20, macos:13. It turns a name into what that user space promises, an
// [abi.TargetSet].
//
// A distribution promises its C library, the compiler's runtimes and their
// symbol versions, and not a list of libraries, since anything can be installed
// there. A policy such as manylinux promises its list and nothing beyond it.
//
// Everything it knows is data, in the directory data: each table has an origin,
// a date and the way it is refreshed. Records that were read from the real
// libraries are marked measured; the others follow from the versions of glibc
// and GCC that a release ships, through the tables glibc.json and gcc.json.
package targets

//go:generate go run ./refresh debian
//go:generate go run ./refresh images
//go:generate go run ./refresh auditwheel
