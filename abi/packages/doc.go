// Package packages knows what packages say that their native files run on: the
// tags of a wheel, npm's os, cpu and libc, a gem's platform, the processor of a
// package of Debian, conda or Alpine, and the paths in a jar. It holds the files
// against that, and says what they keep.
//
// A [Reader] is given the manifests and the files of a container as they are
// met, and returns the [Package]s that have native files. [Rules] judge these.
// What a file is comes from its bytes alone; its name and place are what the
// package says of it.
package packages
