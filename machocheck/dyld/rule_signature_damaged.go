package dyld

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

var signatureDamaged = abi.Rule[*Process]{
	Doc:   machocheck.SignatureDamagedDoc,
	Check: byCategory(BadSignature),
}
