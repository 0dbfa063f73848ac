// Package machocheck reads Mach-O files into plain data and holds the rules
// that judge them: whether the kernel and dyld of a macOS release start and
// load a file, and what of it breaks on another machine.
//
// [Read] gives one [File] for each architecture of a universal file. It follows
// the load commands, as dyld does, and never judges. [Rules] judge one File,
// [UniversalRules] all of one universal file together.
package machocheck
