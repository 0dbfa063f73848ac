// Package gomod reads what the go command says of the packages of a build: the
// native files that it links and embeds, and which packages use cgo. It runs
// nothing and judges no native file; the command abivet gomod does both.
package gomod
