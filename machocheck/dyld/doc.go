// Package dyld tells what the dynamic loader of macOS would do with a file in a
// directory: an application bundle, an unpacked wheel or npm package, a root.
// Which libraries it finds and where it looks, whether it takes them, whether
// symbols bind, and at what it stops. Nothing is run, and no Mac is asked.
//
// The loader is modelled after its published source (dyld 852 to 1378, macOS 11
// to 26) and the kernel's (xnu to 11417). The libraries of the system are no
// files since macOS 11: what is known of them comes from a small table, or from
// the SDK that the caller points at. What neither tells is not judged, and the
// [Process] says so; it is never taken for a failure, nor for a pass in silence.
package dyld
