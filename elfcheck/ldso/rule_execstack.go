package ldso

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

var execStack = abi.Rule[*Process]{
	Doc:   elfcheck.ExecStackDoc,
	Check: byCategory(ExecStack),
}
