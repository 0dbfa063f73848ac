package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/internal/tiny"
)

// A target is what every file is held against: one that was read has a
// platform, means the same when it is read again, and can be judged by.
func FuzzTarget(f *testing.F) {
	for _, text := range []string{
		"platform: linux/amd64\nlibc: glibc\nsymbols: {GLIBC: 2.31, GLIBCXX: 3.4.28}\nmarkers: {GLIBC_ABI_DT_RELR: false}\nlibraries: [libc.so.6]\nforbidden: {libz.so.1: [_dist_code]}\nisa: v2\npage_size: 4096\nkernel: 5.10\n",
		"name: mac\nplatform: darwin/arm64\nmin_os: 13.0\n",
		"platform: linux/arm64\nlibc: musl\nlibc_version: 1.2.5\n",
		"a: &a [x, x]\nb: &b [*a, *a]\nplatform: *b\n",
		"platform: linux/amd64\n---\nplatform: linux/386\n",
	} {
		f.Add([]byte(text))
	}
	image := tiny.ELF{SOName: "libtiny.so.1", Needs: []tiny.Need{{Library: "libc.so.6", Versions: []tiny.Version{{Name: "GLIBC_2.34", Symbols: []string{"f"}}}}}}.Bytes()
	name := filepath.Join(f.TempDir(), "libtiny.so")
	require.NoError(f, os.WriteFile(name, image, 0o666))
	f.Fuzz(func(t *testing.T, data []byte) {
		target, err := parseTarget(data)
		if err != nil {
			return
		}
		if target.Platform.OS == "" || target.Platform.Arch == "" {
			t.Fatalf("no platform: %+v", target)
		}
		if again, err := parseTarget(bytes.Clone(data)); err != nil || !reflect.DeepEqual(again, target) {
			t.Fatalf("%+v became %+v, %v", target, again, err)
		}
		report, err := audit.Check(t.Context(), audit.Files(name), audit.Options{Targets: []abi.TargetSet{{target}}, Workers: 1})
		if err != nil || len(report.Results) != 1 || report.Results[0].Err != nil {
			t.Fatalf("%+v, %v", report, err)
		}
	})
}

func TestLargeTargetFile(t *testing.T) {
	_, err := readTargetFile("/dev/zero")
	if os.IsNotExist(err) {
		t.Skip("no /dev/zero here")
	}
	assert.ErrorContains(t, err, "more than 1048576 bytes")
}
