package machocheck

import "github.com/abivet/abivet/abi"

var encrypted = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "encrypted",
		Title:    "the code is encrypted by Apple's store",
		Severity: abi.Error,
		Why: `An application that was bought in Apple's store has its code encrypted for the account that
bought it. The kernel decrypts it there and nowhere else: on another machine the program
does not start. What such a file contains cannot be looked into, either.`,
		Fix:  `Ship what your own build made, not a copy of an installed application.`,
		Refs: []string{"https://github.com/apple-oss-distributions/xnu/blob/main/bsd/kern/mach_loader.c"},
	},
	Check: checkEncrypted,
}

func checkEncrypted(f *File, _ abi.Target) []abi.Finding {
	if !f.Loaded() || !f.Encrypted {
		return nil
	}
	return []abi.Finding{{
		Message:  "has encrypted code (FairPlay), which only the machine of the account that bought it can run",
		Evidence: []string{"LC_ENCRYPTION_INFO with a cryptid that is not 0"},
		Subject:  "LC_ENCRYPTION_INFO",
	}}
}
