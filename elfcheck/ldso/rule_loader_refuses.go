package ldso

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/closure"
)

var loaderRefuses = abi.Rule[*Process]{
	Doc:   closure.LoaderRefuses,
	Check: byCategory(BadELF, BadReloc, NotDlopenable, LoaderAssert, IndirectExtern, Crash, Other),
}
