package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/targets"
)

// targetFlags are the ways to say what the files must run on.
type targetFlags struct {
	names, files []string
	pieces       pieces
}

// pieces are a target in single promises.
type pieces struct {
	glibc, musl, macos   string
	glibcxx, cxxabi, gcc string // beside glibc
	arch                 string
}

func (f *targetFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVar(&f.names, "target", nil, "a user `space` by name, such as debian:11 or manylinux_2_28/arm64; may be repeated")
	flags.StringArrayVar(&f.files, "target-file", nil, "a target as a `file` in YAML; may be repeated")
	flags.StringVar(&f.pieces.glibc, "glibc", "", "oldest glibc, such as 2.17")
	flags.StringVar(&f.pieces.gcc, "gcc", "", "with --glibc: the GCC `version` whose runtimes are there, such as 4.8")
	flags.StringVar(&f.pieces.glibcxx, "glibcxx", "", "with --glibc: newest GLIBCXX `version` of libstdc++, such as 3.4.19")
	flags.StringVar(&f.pieces.cxxabi, "cxxabi", "", "with --glibc: newest CXXABI `version` of libstdc++, such as 1.3.7")
	flags.StringVar(&f.pieces.musl, "musl", "", "oldest musl, such as 1.2.3")
	flags.StringVar(&f.pieces.macos, "macos", "", "oldest macOS, such as 13 or 10.15")
	flags.StringVar(&f.pieces.arch, "arch", "", "with --glibc, --musl or --macos: one `architecture` alone, such as amd64")
	if err := c.RegisterFlagCompletionFunc("target", completeTargets); err != nil {
		panic(err) // the flag does not exist
	}
}

// sets looks everything up. The name is all of it, for the report.
func (f *targetFlags) sets() ([]abi.TargetSet, string, error) {
	var sets []abi.TargetSet
	var names []string
	for _, name := range f.names {
		set, err := targets.Lookup(name)
		if err != nil {
			return nil, "", err
		}
		sets, names = append(sets, set), append(names, name)
	}
	for _, file := range f.files {
		t, err := readTargetFile(file)
		if err != nil {
			return nil, "", fmt.Errorf("--target-file: %w", err)
		}
		sets, names = append(sets, abi.TargetSet{t}), append(names, t.Name)
	}
	pieces, err := f.pieces.sets()
	if err != nil {
		return nil, "", err
	}
	for _, set := range pieces {
		sets, names = append(sets, set), append(names, set[0].Name)
	}
	return sets, strings.Join(names, ","), nil
}

func (p pieces) sets() ([]abi.TargetSet, error) {
	if p.glibc == "" && (p.glibcxx != "" || p.cxxabi != "" || p.gcc != "") {
		return nil, errors.New("--glibcxx, --cxxabi and --gcc say more of a target: want --glibc beside them")
	}
	if p.arch != "" && p.glibc == "" && p.musl == "" && p.macos == "" {
		return nil, errors.New("--arch says more of a target: want --glibc, --musl or --macos beside it")
	}
	var sets []abi.TargetSet
	for _, piece := range []struct{ family, version string }{{"glibc", p.glibc}, {"musl", p.musl}, {"macos", p.macos}} {
		if piece.version == "" {
			continue
		}
		spec := piece.family + ":" + piece.version
		if p.arch != "" {
			spec += "/" + p.arch
		}
		set, err := targets.Lookup(spec)
		if err != nil {
			return nil, err
		}
		if piece.family == "glibc" {
			if err := p.addRuntimes(set); err != nil {
				return nil, err
			}
		}
		sets = append(sets, set)
	}
	return sets, nil
}

// addRuntimes adds what is said of libstdc++ and libgcc.
func (p pieces) addRuntimes(set abi.TargetSet) error {
	for i := range set {
		t := &set[i]
		if p.gcc != "" {
			symbols, markers, err := targets.GCC(abi.Version(p.gcc), t.Platform.Arch)
			if err != nil {
				return fmt.Errorf("--gcc: %w", err)
			}
			for namespace, v := range symbols {
				t.Symbols[namespace] = v
			}
			for marker, there := range markers {
				t.Markers[marker] = there
			}
			t.Name += " GCC " + p.gcc
		}
		for _, piece := range []struct{ namespace, version string }{{"GLIBCXX", p.glibcxx}, {"CXXABI", p.cxxabi}} {
			if piece.version == "" {
				continue
			}
			v, err := abi.ParseVersion(piece.version)
			if err != nil {
				return fmt.Errorf("--%s: %w", strings.ToLower(piece.namespace), err)
			}
			t.Symbols[piece.namespace] = v
			t.Name += " " + piece.namespace + "_" + piece.version
		}
	}
	return nil
}

func completeTargets(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, r := range targets.All() {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	return names, cobra.ShellCompDirectiveNoFileComp
}
