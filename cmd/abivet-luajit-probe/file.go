package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/luajit"
	"github.com/abivet/abivet/machocheck"
)

// fileSays tells the LuaJIT of a file without running it; of a universal file
// that of the slice for this machine. A file for another machine is an error: a
// loader would say that there is none.
func fileSays(name string) (*luajit.Info, error) {
	here := abi.Platform{OS: runtime.GOOS, Arch: runtime.GOARCH}
	f, err := elfcheck.ReadFile(name, elfcheck.WantLuaJIT)
	if err == nil && f.Platform != here {
		return nil, fmt.Errorf("the file is for %s, the probe runs on %s", f.Platform, here)
	}
	if err == nil {
		return orNone(f.LuaJIT), nil
	}
	if !errors.Is(err, abi.ErrFormat) {
		return nil, err
	}
	slices, err := machocheck.ReadFile(name, machocheck.WantLuaJIT)
	if err != nil {
		return nil, err
	}
	for _, s := range slices {
		if s.Platform == here {
			return orNone(s.LuaJIT), nil
		}
	}
	return nil, fmt.Errorf("the file is for %s, the probe runs on %s", slices[0].Platform, here)
}

func orNone(info *luajit.Info) *luajit.Info {
	if info == nil {
		return &luajit.Info{Role: luajit.None}
	}
	return info
}
