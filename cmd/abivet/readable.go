package main

import (
	"regexp"
	"sync"

	"github.com/ianlancetaylor/demangle"
)

// mangled is a name of C++ or Rust as compilers write it.
var mangled = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b_(?:Z|R)[A-Za-z][A-Za-z0-9_.$]+`) })

// readable puts what people write behind each mangled name. The name itself
// stays: it is what is searched for. What is very long says no more than the
// name does.
func readable(line string) string {
	const most, longest = 120, 1024
	return mangled().ReplaceAllStringFunc(line, func(name string) string {
		if len(name) > longest {
			return name
		}
		// A name may stand for one that is exponentially longer: at most 2^10.
		written, err := demangle.ToString(name, demangle.NoParams, demangle.NoTemplateParams, demangle.LLVMStyle, demangle.MaxLength(10))
		if err != nil || len(written) > most {
			return name
		}
		return name + " (" + written + ")"
	})
}
