// Package symbols knows from which release on the libraries of the system have
// a name: glibc and musl, and the libstdc++ of GCC. A relocatable object asks
// for names without versions, so that this is all that can be held against a
// target before it is linked.
//
// What is told is the first release in which any library of that C library has
// the name, in whatever version: names move between libraries (pthread_sigmask
// from libpthread to libc with 2.32, everything with 2.34) and get newer default
// versions (memcpy with 2.14), and an object takes what is there where it is
// linked. So it is a lower bound: an older library lacks the name for certain,
// and what a newer one writes into the linked file is seen in that file alone.
//
// The tables are data with an origin and a date, decoded when they are first
// asked. They are written anew by refresh, from glibc's own lists of its ABI,
// the sources and packages of musl, and the libraries of GCC.
package symbols

//go:generate go run ./refresh -glibc=$GLIBC_REPOSITORY -musl=$MUSL_REPOSITORY -packages=$DEBIAN_PACKAGES
