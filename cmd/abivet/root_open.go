package main

import (
	"io/fs"
	"os"
)

// openRoot opens a user space by its name.
func openRoot(name string) (fs.FS, func() error, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, nil, err
	}
	return root.FS(), root.Close, nil
}
