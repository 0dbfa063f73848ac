// Package docs holds documents, and the tests that keep them true: the rules
// are described in the words of their code, and every run that a document shows
// is run again.
package docs

//go:generate go test . -run TestRules|TestRuns -update
