package dyld

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

var sliceMissing = abi.Rule[*Process]{
	Doc:   machocheck.SliceMissingDoc,
	Check: byCategory(WrongArch),
}
