package dyld

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/closure"
)

// loaderRefuses leaves out what the rules over a file say of the file that is
// asked about.
var loaderRefuses = abi.Rule[*Process]{
	Doc:   closure.LoaderRefuses,
	Check: byCategory(BadMachO, NotDlopenable, KernelRefuses, Other),
}
