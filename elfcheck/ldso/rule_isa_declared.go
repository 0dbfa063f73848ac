package ldso

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

var isaDeclared = abi.Rule[*Process]{
	Doc:   elfcheck.ISADeclaredDoc,
	Check: byCategory(ISA),
}
