package dyld

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

var platformMismatch = abi.Rule[*Process]{
	Doc:   machocheck.PlatformMismatchDoc,
	Check: byCategory(WrongPlatform),
}
