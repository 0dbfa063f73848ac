// Package elfcheck reads ELF files into plain data and judges them against a
// target.
package elfcheck
