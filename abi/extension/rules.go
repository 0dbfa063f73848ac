package extension

import (
	"iter"

	"github.com/abivet/abivet/abi"
)

// HostABI is the rule over a file alone, of a format of which files tells what
// each is an extension of.
func HostABI[F any](files func(F) iter.Seq[File]) abi.Rule[F] {
	return abi.Rule[F]{
		Doc:   HostABIDoc,
		Check: each(files, File.checkHostABI),
		Skip: func(f F, _ abi.Target) string {
			for x := range files(f) {
				if why := x.Undecided(); why != "" {
					return why
				}
			}
			return ""
		},
	}
}

// LinksHost is the rule of extensions that bring a host of their own.
func LinksHost[F any](files func(F) iter.Seq[File]) abi.Rule[F] {
	return abi.Rule[F]{
		Doc:   LinksHostDoc,
		Check: each(files, func(x File, _ abi.Target) []abi.Finding { return x.checkLinksHost() }),
	}
}

// Exports is the rule of extensions that leave a library of their own to the host.
func Exports[F any](files func(F) iter.Seq[File]) abi.Rule[F] {
	return abi.Rule[F]{
		Doc:   exportsDoc,
		Check: each(files, func(x File, _ abi.Target) []abi.Finding { return x.checkExports() }),
	}
}

// each checks all that a file is an extension of, and says by what that is known.
func each[F any](files func(F) iter.Seq[File], check func(File, abi.Target) []abi.Finding) func(F, abi.Target) []abi.Finding {
	return func(f F, t abi.Target) (found []abi.Finding) {
		for x := range files(f) {
			found = append(found, x.withEvidence(check(x, t))...)
		}
		return found
	}
}
