// Package testdata holds the fixtures; README.md tells of them.
package testdata

//go:generate go run ../internal/fixture/generate .
