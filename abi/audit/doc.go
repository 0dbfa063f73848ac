// Package audit checks files and directories against targets: it is the only
// package that knows every format. It finds the native files by their magic,
// in directories, static archives and universal files, reads them, runs the
// rules and collects what they say.
//
// There are four answers for a file: pass, findings, rules that could not
// judge, and could not be checked ([abi.Result.Err]). Nothing checked is never
// a pass: where no native file is found, the error is [ErrNothing].
//
// What a file is comes from its bytes alone, never from its name; what it must
// run on comes from [Options] alone, never from the machine the check runs on.
// Nothing is executed.
package audit
