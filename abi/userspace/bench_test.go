package userspace

import (
	"archive/tar"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a loader asks most: for files that are not there, in directories that
// are asked again and again.
func BenchmarkLstatAbsent(b *testing.B) {
	dir := b.TempDir()
	require.NoError(b, os.MkdirAll(filepath.Join(dir, "usr/lib/x86_64-linux-gnu"), 0o755))
	for kind, at := range map[string]string{"directory": dir, "tar": writeFile(b, tarOf(directoryOf("usr/lib/x86_64-linux-gnu", 0o755)))} {
		b.Run(kind, func(b *testing.B) {
			s := open(b, at, Options{})
			b.ReportAllocs()
			for b.Loop() {
				_, _ = s.Lstat("usr/lib/x86_64-linux-gnu/libabsent.so.1")
			}
		})
	}
}

// The cost of 10,000 entries of an image.
func BenchmarkOpenImage(b *testing.B) {
	var files []*tar.Header
	for i := range 10_000 {
		files = append(files, regular(fmt.Sprintf("usr/share/%d/file%d", i/100, i), "text"))
	}
	name := writeFile(b, tarOf(dockerSave(testImage{layers: [][]byte{tarOf(files...)}})...))
	b.ReportAllocs()
	for b.Loop() {
		s, err := Open(name, Options{})
		require.NoError(b, err)
		require.NoError(b, s.Close())
	}
}
