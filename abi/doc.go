// Package abi holds the words that everything else in this module is said in:
// platforms, versions, targets, rules, findings and reports. It knows no file
// format and imports the standard library alone.
//
// The three steps are kept apart. A reader (elfcheck, machocheck) turns bytes
// into plain data and never judges. A [Rule] turns that data and a [Target]
// into findings and never reads or prints. A writer (abi/report) turns a
// [Report] into text and never decides.
package abi
