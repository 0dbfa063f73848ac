package dyld

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

var unsignedARM64 = abi.Rule[*Process]{
	Doc:   machocheck.UnsignedARM64Doc,
	Check: byCategory(CodeSignature),
}
