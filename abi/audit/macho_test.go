package audit

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/tiny"
	"github.com/abivet/abivet/machocheck"
)

var (
	intel = tiny.MachO{MinOS: [2]byte{10, 15}}
	apple = tiny.MachO{ARM64: true, MinOS: [2]byte{14, 0}}
)

// macos is a set of targets for macOS 13.
func macos(arches ...string) abi.TargetSet {
	var set abi.TargetSet
	for _, a := range arches {
		set = append(set, abi.Target{Name: "macos:13", Platform: abi.Platform{OS: "darwin", Arch: a}, MinOS: "13"})
	}
	return set
}

func TestUniversal(t *testing.T) {
	files := FilesIn(mapFS(map[string][]byte{
		"lib.a":     tiny.UniversalArchive(intel, apple),
		"lib.dylib": tiny.Universal(intel, apple),
	}))
	report, err := Check(context.Background(), files, Options{})
	require.NoError(t, err)
	require.Len(t, report.Results, 4)
	for i, want := range []struct{ path, member, arch, floor string }{
		{"lib.a", "object.o", "amd64", "macOS 10.15"},
		{"lib.a", "object.o", "arm64", "macOS 14.0"},
		{"lib.dylib", "", "amd64", "macOS 10.15"},
		{"lib.dylib", "", "arm64", "macOS 14.0"},
	} {
		r := report.Results[i]
		require.NoError(t, r.Err)
		assert.Equal(t, want.path, r.Path)
		assert.Equal(t, want.member, r.Member)
		assert.Equal(t, "macho", r.Format)
		assert.Equal(t, abi.Platform{OS: "darwin", Arch: want.arch}, r.Platform)
		assert.Equal(t, []string{want.floor}, r.Floor)
	}
}

// said is a rule that says what it was asked.
func said(id string) abi.Rule[*machocheck.File] {
	return abi.Rule[*machocheck.File]{Doc: abi.Doc{ID: id}, Check: func(f *machocheck.File, t abi.Target) []abi.Finding {
		return []abi.Finding{{Message: f.Platform.Arch + " against " + t.Platform.OS + t.Platform.Arch}}
	}}
}

func saidOfAll(id string) abi.Rule[[]*machocheck.File] {
	return abi.Rule[[]*machocheck.File]{Doc: abi.Doc{ID: id}, Check: func(all []*machocheck.File, t abi.Target) []abi.Finding {
		return []abi.Finding{{Message: "all against " + t.Platform.OS + t.Platform.Arch}}
	}}
}

// Which target judges which slice.
func TestSlices(t *testing.T) {
	tests := map[string]struct {
		file    []byte
		targets []abi.TargetSet
		want    [][]string // messages, for each slice
	}{
		"no target":                    {tiny.Universal(intel, apple), nil, [][]string{{"amd64 against ", "all against "}, {"arm64 against "}}},
		"each its own":                 {tiny.Universal(intel, apple), []abi.TargetSet{macos("amd64", "arm64")}, [][]string{{"amd64 against darwinamd64", "all against darwinamd64"}, {"arm64 against darwinarm64"}}},
		"only one is asked":            {tiny.Universal(intel, apple), []abi.TargetSet{macos("arm64")}, [][]string{{"all against darwinarm64"}, {"arm64 against darwinarm64"}}},
		"thin":                         {apple.Bytes(), []abi.TargetSet{macos("amd64", "arm64")}, [][]string{{"arm64 against darwinarm64", "all against darwinarm64"}}},
		"thin, the other":              {apple.Bytes(), []abi.TargetSet{macos("amd64")}, [][]string{{"arm64 against darwinamd64", "all against darwinamd64"}}},
		"another system":               {apple.Bytes(), []abi.TargetSet{on("old", "amd64")}, [][]string{{"arm64 against linuxamd64"}}},
		"the same processor elsewhere": {apple.Bytes(), []abi.TargetSet{on("old", "amd64", "arm64")}, [][]string{{"arm64 against linuxarm64"}}},
		"two sets":                     {apple.Bytes(), []abi.TargetSet{macos("amd64"), macos("arm64")}, [][]string{{"arm64 against darwinarm64", "all against darwinamd64", "all against darwinarm64"}}},
		"one is for linux":             {apple.Bytes(), []abi.TargetSet{on("old", "arm64"), macos("arm64")}, [][]string{{"arm64 against darwinarm64", "all against darwinarm64"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			j := &judge{targets: tt.targets, rules: ruleset{
				macho:     []abi.Rule[*machocheck.File]{said("one")},
				universal: []abi.Rule[[]*machocheck.File]{saidOfAll("all")},
			}}
			var got [][]string
			for e := range Read(context.Background(), FilesIn(mapFS(map[string][]byte{"f": tt.file})), Want{}) {
				require.NoError(t, e.Err)
				r := j.result(e)
				var messages []string
				for _, f := range r.Findings {
					messages = append(messages, f.Message)
				}
				got = append(got, messages)
				if len(messages) == 0 || messages[0] == "all against darwinarm64" && len(tt.want) == 2 {
					assert.Equal(t, []abi.Skipped{{Rule: "one", Why: "target macos:13 loads the slice for darwin/arm64"}}, r.Skipped)
				}
			}
			assert.Equal(t, tt.want, got)
		})
	}
}
