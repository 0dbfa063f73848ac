package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
)

// checkout is a bare git repository. Its history says what day a file is from.
type checkout struct{ dir string }

// clone copies a repository, from its URL or a directory, to a place that the
// caller removes.
func clone(repository string) (checkout, error) {
	dir, err := os.MkdirTemp("", "refresh-")
	if err != nil {
		return checkout{}, err
	}
	if _, err := filter(nil, "git", "clone", "--quiet", "--bare", repository, dir); err != nil {
		os.RemoveAll(dir)
		return checkout{}, err
	}
	return checkout{dir}, nil
}

func (c checkout) remove() { os.RemoveAll(c.dir) }

// read returns a file and the day it was last changed.
func (c checkout) read(path string) (text []byte, day string, err error) {
	listed, err := c.git("ls-tree", "--name-only", "HEAD", path)
	if err != nil {
		return nil, "", err
	}
	if len(listed) == 0 {
		return nil, "", fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	if text, err = c.git("show", "HEAD:"+path); err != nil {
		return nil, "", err
	}
	changed, err := c.git("log", "-1", "--format=%cs", "--", path)
	return text, strings.TrimSpace(string(changed)), err
}

func (c checkout) git(args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = c.dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}
