// Package container finds native files in containers of files, recursively and
// without unpacking them: zip archives (wheels, .jar, .apk of
// Android, .nupkg, .conda), tars, bare or compressed with gzip, bzip2, xz or
// zstd (npm packages, crates, gems, .conda, .apk of Alpine), Debian packages, RPM
// packages, and single files that are compressed. What a container is comes
// from its bytes, never from its name.
//
// A [Walker] is handed to abi/audit, which therefore needs no decompressor:
//
//	sources := audit.Files("dist/")
//	for i := range sources {
//		sources[i].Containers = container.Walker{}
//	}
//
// Most of what a container holds is not native. Of a member of a zip archive as
// much is decompressed as tells that, a tar is decompressed and not held. A
// member that is stored as it is, in a file, is read in place; one that was
// compressed is held while it is read, its first 16 MiB in memory and the rest in a
// temporary file. All of it is bounded: see [Limits].
package container
