package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/abivet/abivet/internal/tiny"
)

// deb FILE PACKAGE PLACE... writes a Debian package of files that stand at these places below
// the directory PACKAGE; apk FILE PACKAGE PLACE... one of Alpine.
func writeDeb(ts *testscript.TestScript, _ bool, args []string) {
	control := tarOf(ts, true, "control", []byte("Package: "+args[1]+"\n"))
	write(ts, args[0], tiny.Archive(
		tiny.Member{Name: "debian-binary", Data: []byte("2.0\n")},
		tiny.Member{Name: "control.tar.gz", Data: packed(ts, control)},
		tiny.Member{Name: "data.tar.gz", Data: packed(ts, tarOf(ts, true, filesOf(ts, "./", args[1:])...))},
	))
}

// The parts of such a package are a tar each and have no end but the last one.
func writeAPK(ts *testscript.TestScript, _ bool, args []string) {
	about := tarOf(ts, false, ".PKGINFO", []byte("pkgname = "+args[1]+"\n"))
	write(ts, args[0], append(packed(ts, about), packed(ts, tarOf(ts, true, filesOf(ts, "", args[1:])...))...))
}

// filesOf returns names and contents in turn.
func filesOf(ts *testscript.TestScript, prefix string, args []string) (files []any) {
	for _, place := range args[1:] {
		data, err := os.ReadFile(filepath.Join(ts.MkAbs(args[0]), place))
		ts.Check(err)
		files = append(files, prefix+place, data)
	}
	return files
}

func tarOf(ts *testscript.TestScript, ended bool, files ...any) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		data := files[i+1].([]byte)
		ts.Check(w.WriteHeader(&tar.Header{Name: files[i].(string), Mode: 0o755, Size: int64(len(data))}))
		_, err := w.Write(data)
		ts.Check(err)
	}
	if !ended {
		ts.Check(w.Flush())
		return b.Bytes()
	}
	ts.Check(w.Close())
	return b.Bytes()
}

func packed(ts *testscript.TestScript, data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	ts.Check(err)
	ts.Check(w.Close())
	return b.Bytes()
}
