package ldso

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

var wrongArchitecture = abi.Rule[*Process]{
	Doc:   elfcheck.WrongArchitectureDoc,
	Check: byCategory(WrongArch),
}
