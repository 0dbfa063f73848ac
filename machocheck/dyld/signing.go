package dyld

import "github.com/abivet/abivet/machocheck"

// mayUseVariables reports whether a program with the hardened runtime allows
// the environment to change where libraries are looked for.
func mayUseVariables(m *machocheck.File) bool {
	return m.Signature.Entitled("com.apple.security.cs.allow-dyld-environment-variables")
}
