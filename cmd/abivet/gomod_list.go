package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/gomod"
)

// list asks the go command for the packages of a build. It is all that is run;
// with cgo on, so that what needs it is seen, and for another platform nothing
// is compiled.
func (f gomodFlags) list(ctx context.Context, sets []abi.TargetSet, patterns []string, stderr io.Writer) (*gomod.Build, error) {
	for _, p := range patterns {
		if strings.HasPrefix(p, "-") {
			return nil, fmt.Errorf("package %q: want a pattern of the go command", p)
		}
	}
	if err := f.exists(ctx, stderr); err != nil {
		return nil, err
	}
	goos, goarch := f.platform(sets)
	env := append(os.Environ(), "CGO_ENABLED=1")
	if goos != "" {
		env = append(env, "GOOS="+goos)
	}
	if goarch != "" {
		env = append(env, "GOARCH="+goarch)
	}
	words, err := runGo(ctx, env, stderr, "env", "GOOS", "GOARCH")
	if err != nil {
		return nil, err
	}
	platform := strings.Fields(string(words))
	if len(platform) != 2 {
		return nil, unchecked(fmt.Errorf("go env GOOS GOARCH: %q, want two words", words))
	}
	args := []string{"list", "-deps", "-json=" + gomod.Fields}
	if f.tags != "" {
		args = append(args, "-tags="+f.tags)
	}
	packages, err := runGo(ctx, env, stderr, append(append(args, "--"), patterns...)...)
	if err != nil {
		return nil, err
	}
	b, err := gomod.Read(bytes.NewReader(packages), abi.Platform{OS: platform[0], Arch: platform[1]})
	switch {
	case err != nil:
		return nil, unchecked(err)
	case len(b.Packages) == 0:
		return nil, unchecked(fmt.Errorf("go list: no package matches %s", cmp.Or(strings.Join(patterns, " "), ".")))
	}
	return b, nil
}

// exists refuses a platform that no Go builds for: go list takes any word, and
// finds no file for it. GOOS and GOARCH of the environment would have the tool
// itself built for them.
func (f gomodFlags) exists(ctx context.Context, stderr io.Writer) error {
	if f.goos == "" && f.goarch == "" {
		return nil
	}
	list, err := runGo(ctx, append(os.Environ(), "GOOS=", "GOARCH="), stderr, "tool", "dist", "list")
	if err != nil {
		return err
	}
	for _, pair := range strings.Fields(string(list)) {
		goos, goarch, _ := strings.Cut(pair, "/")
		if (f.goos == "" || f.goos == goos) && (f.goarch == "" || f.goarch == goarch) {
			return nil
		}
	}
	return fmt.Errorf("--goos %q --goarch %q: want a pair that %q names", f.goos, f.goarch, "go tool dist list")
}

// platform is what was asked for, or that of the targets where they have one
// alone.
func (f gomodFlags) platform(sets []abi.TargetSet) (goos, goarch string) {
	var p abi.Platform
	for i, set := range sets {
		for j, t := range set {
			switch {
			case i+j == 0:
				p = t.Platform
			case p.OS != t.Platform.OS:
				return f.goos, f.goarch
			case p.Arch != t.Platform.Arch:
				p.Arch = ""
			}
		}
	}
	return cmp.Or(f.goos, p.OS), cmp.Or(f.goarch, p.Arch)
}

// serves refuses a target that has nothing for the platform of the build: it
// would be reported on and not be judged.
func serves(sets []abi.TargetSet, p abi.Platform) error {
	for _, set := range sets {
		if _, ok := set.For(p); !ok {
			return fmt.Errorf("target %s: the build is for %s, which it is not for; --goos and --goarch choose another, a build at a time", set[0].Name, p)
		}
	}
	return nil
}

func runGo(ctx context.Context, env []string, stderr io.Writer, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = env
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	said := strings.TrimSpace(complaint.String())
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return nil, unchecked(fmt.Errorf("go %s: %s", args[0], cmp.Or(said, err.Error())))
	case err != nil:
		return nil, unchecked(fmt.Errorf("the go command is asked for the packages: %w", err))
	case said != "" && len(out) > 0:
		fmt.Fprintln(stderr, said) // such as a pattern that matches nothing beside others
	}
	return out, nil
}
