//go:build unix

package audit

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRawFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	content := bytes.Repeat([]byte("0123456789"), 5000)
	require.NoError(t, os.WriteFile(name, content, 0o600))
	file, err := Source{}.open(name)
	require.NoError(t, err)
	size, err := sizeOf(file)
	require.NoError(t, err)
	assert.Equal(t, int64(len(content)), size)
	assert.NoError(t, iotest.TestReader(struct {
		io.Reader
		io.ReaderAt
	}{file, file.(io.ReaderAt)}, content))
	require.NoError(t, file.Close())
	_, err = file.Read(make([]byte, 1))
	assert.ErrorContains(t, err, name, "which file it was")
	_, err = Source{}.open(name + "x")
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// What has come in the place of a file is not waited for, and is none.
func TestRawFileOfPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip(err)
	}
	file, err := Source{}.open(name)
	require.NoError(t, err)
	defer file.Close()
	_, err = sizeOf(file)
	assert.ErrorIs(t, err, errNoFile)
	_, err = file.Read(make([]byte, 1))
	assert.ErrorIs(t, err, syscall.ESPIPE)
}
