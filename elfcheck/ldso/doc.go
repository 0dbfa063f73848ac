// Package ldso tells what the dynamic loaders of glibc and musl would do with a
// file in a user space: which libraries they find and where they look, whether
// versions and symbols bind, and at what they stop. Nothing is run.
//
// The loaders are modelled after their sources (glibc 2.31 to 2.43, musl 1.2)
// and held against their own verdicts. What a loader takes from its
// surroundings (environment, processor, the program that opens a plugin) is an
// input; what no file tells makes a verdict unknown, with the reason.
package ldso
