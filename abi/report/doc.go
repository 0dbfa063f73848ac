// Package report writes an [abi.Report] as text for people, and as JSON, lines
// of JSON and SARIF for programs. A writer never decides: it shows every
// finding, every rule that did not judge and every file that could not be
// checked.
package report
