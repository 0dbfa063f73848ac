package elfcheck

import "github.com/abivet/abivet/abi"

// Rules lists the rules over one ELF file.
func Rules() []abi.Rule[*File] {
	return []abi.Rule[*File]{}
}
